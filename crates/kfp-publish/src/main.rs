//! `kfp-publish`: what `cargo xtask publish` and `cargo xtask catalog` do, for a workspace without this repository's xtask.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == "catalog").is_some() {
        return kfp_publish::catalog::cli(arguments);
    }
    kfp_publish::cli(arguments)
}
