//! The program `kfp-comp`.

fn main() -> std::process::ExitCode {
    kfp_comp::main().into()
}
