#![doc = include_str!("../README.md")]

pub mod document;
pub mod ir;
mod kfp1;
pub mod kfp1_file;
pub mod label;
pub mod lint;
pub mod load;
mod python;
pub mod read;
pub mod render;
mod rules;
mod suggest;
