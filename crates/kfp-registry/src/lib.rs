//! A small synchronous OCI registry client
