//! The attribute and derive behind kfp-component
