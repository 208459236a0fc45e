//! Both platforms compiled for real, on whatever this machine is, and run.

use std::path::Path;
use std::process::Command;

use kfp_workspace::Platform;
use serde_json::Value;

use crate::support::{below, run, said, text, toolchain};
use kfp_test_support::{installed, slow};

const COMPONENT: &str = "data-preprocess";

#[test]
fn both_platforms_are_compiled_and_their_programs_run() {
    if !slow("compiling for both platforms") || !installed("skopeo") {
        return;
    }
    let Some(toolchain) = toolchain() else { return };
    let folder = tempfile::tempdir().unwrap();
    let layout = below(&folder, "layout");
    let mut publish = Command::new(env!("CARGO_BIN_EXE_kfp-publish"));
    publish.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    publish
        .args([COMPONENT, "--json", "--oci-layout"])
        .arg(&layout);
    if !toolchain.is_empty() {
        publish.args(["--toolchain", &toolchain]);
    }
    let output = publish.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let version = report["components"][0]["version"].as_str().unwrap();

    for platform in Platform::ALL {
        let arch = platform.architecture();
        let source = format!("oci:{}:{COMPONENT}:{version}", text(&layout));
        let image = below(&folder, arch);
        run(Command::new("skopeo")
            .args(["--override-arch", arch, "copy", "--quiet", &source])
            .arg(format!("dir:{}", text(&image))));
        let manifest = std::fs::read(image.join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let layer = manifest["layers"][0]["digest"].as_str().unwrap();
        let layer = image.join(layer.trim_start_matches("sha256:"));
        run(Command::new("tar")
            .arg("-xzf")
            .arg(&layer)
            .arg("-C")
            .arg(&image));

        let program = image.join(COMPONENT);
        let mut command = if platform == Platform::host() {
            Command::new(&program)
        } else {
            let emulator = format!("qemu-{}-static", platform.cpu());
            if !installed(&emulator) {
                continue;
            }
            let mut command = Command::new(emulator);
            command.arg(&program);
            command
        };
        let said = run(command.arg("--version"));
        assert_eq!(said, format!("{COMPONENT} {version}\n"));
    }
}
