//! kfp 2.17 itself loads what we compile, where there is one.

use std::{fs, process::Command};

use kfp_component_yaml::{ir, lint::Outcome, lint::verdicts, read};
use kfp_test_support::Sdk;

use super::{
    cases::{CLEAN, cases},
    shared::note,
};

const LOAD: &str = "
import sys
from kfp import compiler, components
for path in sys.argv[1:]:
    component = components.load_component_from_file(path)
    compiler.Compiler().compile(component, path + '.again.yaml')
";

#[test]
fn kfp_2_loads_the_ir_and_compiles_it_again() {
    let Some(python) = Sdk::Kfp2.python() else {
        return;
    };
    let folder = std::env::temp_dir().join(format!("kfp-ir-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut texts: Vec<String> = cases().into_iter().map(|(_, text)| text).collect();
    texts.push(CLEAN.into());
    let mut paths = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        // An IR without an image no longer loads, and lint says so.
        let usable = verdicts(text).1.outcome == Outcome::Ok && !text.contains("image: ''");
        if let (true, Ok(file)) = (usable, read::read(text)) {
            let path = folder.join(format!("{number}.yaml"));
            fs::write(&path, ir::compile(&file).unwrap().to_yaml()).unwrap();
            paths.push(path);
        }
    }
    assert!(paths.len() > 20);
    let done = Command::new(python)
        .arg("-W")
        .arg("ignore")
        .arg("-c")
        .arg(LOAD)
        .args(&paths)
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    note(&format!("kfp 2.17 loads and compiles {} IRs", paths.len()));
}
