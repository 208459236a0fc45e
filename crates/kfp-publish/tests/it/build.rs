//! What the workspace and the user tell cargo and the C compilers reaches the published program.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::said;
use crate::support::workspace::{Layout, compilable, host};

/// A workspace whose component compiles only with `--cfg acme_unstable`.
fn demanding() -> TempDir {
    compilable("#[cfg(not(acme_unstable))]\ncompile_error!(\"needs --cfg acme_unstable\");")
}

fn build(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut publish = Command::new(env!("CARGO_BIN_EXE_kfp-publish"));
    publish
        .current_dir(folder)
        .args(["--quiet", "--oci-layout", "out", "--platform", &host()])
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .envs(variables.iter().copied());
    publish.output().unwrap()
}

/// The builder's label of the one image in the layout.
fn builder(folder: &Path) -> String {
    let manifest = Layout(folder.join("out")).manifest();
    let builder = manifest["annotations"]["dev.kfp-comp.builder"].as_str();
    builder.unwrap().to_owned()
}

#[test]
fn flags_of_the_workspace_and_of_the_environment_reach_the_program() {
    let config = ".cargo/config.toml";
    let cases: [(&str, &[(&str, &str)]); 5] = [
        ("[build]\nrustflags = [\"--cfg\", \"acme_unstable\"]\n", &[]),
        (
            "[target.'cfg(target_os = \"linux\")']\nrustflags = \"--cfg acme_unstable\"\n",
            &[],
        ),
        ("", &[("RUSTFLAGS", "--cfg acme_unstable")]),
        (
            "",
            &[("CARGO_ENCODED_RUSTFLAGS", "--cfg\u{1f}acme_unstable")],
        ),
        ("", &[("CARGO_BUILD_RUSTFLAGS", "--cfg acme_unstable")]),
    ];
    let folder = demanding();
    fs::create_dir(folder.path().join(".cargo")).unwrap();
    for (text, variables) in cases {
        fs::write(folder.path().join(config), text).unwrap();
        let output = build(folder.path(), variables);
        assert!(
            output.status.success(),
            "{text} {variables:?}: {}",
            said(&output)
        );
        assert!(
            builder(folder.path()).ends_with("; rustflags --cfg acme_unstable"),
            "{}",
            builder(folder.path())
        );
    }
    fs::write(folder.path().join(config), "").unwrap();
    let output = build(folder.path(), &[]);
    assert!(!output.status.success());
    let report = said(&output);
    assert!(
        report.contains(
            "hint: fix the errors cargo reports above (`cargo check --package count --target "
        ),
        "{report}"
    );
}

#[test]
fn c_flags_of_the_user_are_kept_and_named() {
    let folder = demanding();
    let script = "fn main() { let found = std::env::vars().any(|(name, value)| \
                  name.starts_with(\"CFLAGS\") && value.contains(\"-DACME\") && value.contains(\"-U_FORTIFY_SOURCE\")); \
                  assert!(found, \"CFLAGS are lost\"); }";
    fs::write(folder.path().join("components/count/build.rs"), script).unwrap();
    let flags = ("RUSTFLAGS", "--cfg acme_unstable");
    let output = build(folder.path(), &[flags, ("CFLAGS", "-DACME")]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        builder(folder.path()).contains("; CFLAGS -DACME; "),
        "{}",
        builder(folder.path())
    );

    // Another script, since cargo runs one again only if it changes.
    let script = script.replace("-DACME", "-DCONFIGURED");
    fs::write(folder.path().join("components/count/build.rs"), script).unwrap();
    assert!(!build(folder.path(), &[flags]).status.success());
    fs::create_dir(folder.path().join(".cargo")).unwrap();
    let config = "[env]\nCFLAGS = \"-DCONFIGURED\"\n";
    fs::write(folder.path().join(".cargo/config.toml"), config).unwrap();
    let output = build(folder.path(), &[flags]);
    assert!(output.status.success(), "{}", said(&output));
}
