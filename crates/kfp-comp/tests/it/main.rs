//! The program as its users meet it.

mod generate;
mod help;
mod init;
mod new;
mod refused;
mod run;
mod support;
