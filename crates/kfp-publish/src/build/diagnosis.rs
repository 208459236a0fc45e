//! What to type when a compilation fails: by what went wrong, not by the step that failed.

use std::io::{self, Read, Write};

use super::route::{Route, install_cc, install_cxx};

/// How much of the end of cargo's output is looked at.
const KEPT_BYTES: usize = 1 << 16;

/// Passes everything on as it comes, and gives its end back as text without colours.
pub(super) fn forward(mut output: impl Read, mut to: impl Write) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = match output.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let _closed = to.write_all(&buffer[..read]);
        kept.extend(&buffer[..read]);
        if kept.len() > 2 * KEPT_BYTES {
            kept.drain(..kept.len() - KEPT_BYTES);
        }
    }
    String::from_utf8_lossy(&anstream::adapter::strip_bytes(&kept).into_vec()).into_owned()
}

/// The command or edit that helps, where cargo said `output` about `package`.
pub(super) fn hint(output: &str, package: &str, route: &Route) -> String {
    let says = |texts: &[&str]| texts.iter().any(|text| output.contains(text));
    if output.contains("--locked") && output.contains("lock file") {
        return "`cargo check` brings Cargo.lock up to date; commit it".to_owned();
    }
    if says(&["can't find crate for `std`", "can't find crate for `core`"]) {
        return format!("rustup target add {}", route.target);
    }
    if says(&["ailed to find tool", "is not installed?", "not installed?"]) {
        if says(&["++\"", "++`", "c++"]) {
            return install_cxx(route.platform);
        }
        if says(&["`cmake`", "\"cmake\""]) {
            return "apt-get install -y cmake".to_owned();
        }
        return format!("`{}` or `{ZIG}`", install_cc(route.platform));
    }
    if says(&["Could not find `protoc`", "protoc failed"]) {
        return "apt-get install -y protobuf-compiler".to_owned();
    }
    if says(&[
        "pkg-config",
        "pkg_config",
        "openssl-sys",
        "Could not find directory of OpenSSL",
    ]) {
        return "an image has no system libraries: build the library from source with the `vendored` or `bundled` \
                feature of the crate that looks for it; for TLS, use rustls instead of OpenSSL"
            .to_owned();
    }
    let needs_cc = says(&["cc-rs", "fatal error: ", "compiler_version"]);
    if route.cc.is_none() && needs_cc {
        return format!("`{}` or `{ZIG}`", install_cc(route.platform));
    }
    format!(
        "fix the errors cargo reports above (`cargo check --package {package} --target {}` is faster)",
        route.target
    )
}

/// Installs a C compiler for every platform.
pub(super) const ZIG: &str = "pip install ziglang";

#[cfg(test)]
mod tests {
    use kfp_workspace::Platform;

    use super::*;
    use crate::build::route::Linker;

    fn hint_for(output: &str) -> String {
        let route = Route {
            platform: Platform::LinuxArm64,
            target: "aarch64-unknown-linux-musl".to_owned(),
            linker: Linker::RustLld,
            cc: None,
        };
        hint(output, "word-count", &route)
    }

    #[test]
    fn each_cause_has_the_command_that_helps() {
        for (output, hint) in [
            (
                "error occurred in cc-rs: failed to find tool \"aarch64-linux-musl-gcc\": No such file or directory",
                "`apt-get install -y gcc-aarch64-linux-gnu` or `pip install ziglang`",
            ),
            (
                "error occurred in cc-rs: failed to find tool \"aarch64-linux-musl-g++\": No such file or directory",
                "apt-get install -y g++-aarch64-linux-gnu",
            ),
            (
                "failed to execute command: No such file or directory (os error 2)\nis `cmake` not installed?",
                "apt-get install -y cmake",
            ),
            (
                "error: the lock file Cargo.lock needs to be updated but --locked was passed to prevent this",
                "`cargo check` brings Cargo.lock up to date; commit it",
            ),
            (
                "error[E0463]: can't find crate for `std`",
                "rustup target add aarch64-unknown-linux-musl",
            ),
            (
                "error[E0308]: mismatched types",
                "fix the errors cargo reports above (`cargo check --package word-count --target aarch64-unknown-linux-musl` is faster)",
            ),
        ] {
            assert_eq!(hint_for(output), hint, "{output}");
        }
        let openssl = hint_for("pkg-config has not been configured to support cross-compilation.");
        assert!(
            openssl.contains("`vendored`") && openssl.contains("rustls"),
            "{openssl}"
        );
    }

    #[test]
    fn colours_do_not_hide_what_was_said() {
        let text = forward(
            &b"\x1b[1m\x1b[31merror\x1b[0m: can't find crate for `\x1b[1mstd`"[..],
            io::sink(),
        );
        assert_eq!(text, "error: can't find crate for `std`");
    }
}
