//! kfp 2.17 itself loads what we compile, where there is one.

use std::{fs, process::Command};

use kfp_component_yaml::{ir, lint::Outcome, lint::verdicts, read};
use kfp_test_support::Sdk;

use super::{
    cases::{CLEAN, cases},
    corners::corners,
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

/// Prints an outcome per file: loads it, and compiles a pipeline with the required arguments and one with all.
const JUDGE: &str = "
import contextlib, inspect, io, os, sys, tempfile
from kfp import compiler, components, dsl
import kfp
samples = {'integer': 7, 'int': 7, 'float': 2.5, 'double': 2.5, 'bool': True, 'boolean': True,
           'list': [1], 'jsonarray': [1], 'dict': {'k': 1}, 'jsonobject': {'k': 1}}
def judge(path):
    try:
        component = components.load_component_from_file(path)
    except Exception:
        return 'load-error'
    out = os.path.join(tempfile.mkdtemp(), 'out.yaml')
    try:
        if kfp.__version__.startswith('2.'):
            compiler.Compiler().compile(component, out)
            return 'ok'
        types = {port.name: port.type for port in component.component_spec.inputs or []}
        parameters = inspect.signature(component).parameters.values()
        for every in (False, True):
            @dsl.pipeline(name='p')
            def pipeline():
                component(**{p.name: samples.get(str(types.get(p.name)).lower(), 'text')
                             for p in parameters if every or p.default is inspect.Parameter.empty})
            with contextlib.redirect_stdout(io.StringIO()):
                compiler.Compiler().compile(pipeline, out)
        return 'ok'
    except Exception:
        return 'compile-error'
for path in sys.argv[1:]:
    print('outcome:', judge(path))
";

#[test]
fn the_sdks_themselves_judge_the_corners_as_recorded() {
    for (at, sdk) in [Sdk::Kfp1, Sdk::Kfp2].into_iter().enumerate() {
        let Some(python) = sdk.python() else {
            return;
        };
        let folder = std::env::temp_dir().join(format!("kfp-corners-{at}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let corners = corners();
        let paths: Vec<_> = (0..corners.len())
            .map(|number| folder.join(format!("{number}.yaml")))
            .collect();
        for (path, (text, _)) in paths.iter().zip(&corners) {
            fs::write(path, text).unwrap();
        }
        let judged = Command::new(python)
            .args(["-W", "ignore", "-c", JUDGE])
            .args(&paths)
            .output()
            .unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let said = String::from_utf8_lossy(&judged.stdout);
        let outcomes: Vec<&str> = said
            .lines()
            .filter_map(|line| line.strip_prefix("outcome: "))
            .collect();
        assert_eq!(
            outcomes.len(),
            corners.len(),
            "{said}\n{}",
            String::from_utf8_lossy(&judged.stderr)
        );
        let wrong: Vec<_> = outcomes
            .iter()
            .zip(&corners)
            .filter(|(outcome, (_, recorded))| **outcome != recorded[at])
            .map(|(outcome, (text, recorded))| {
                let shown: String = text.chars().take(400).collect();
                format!("recorded {}, judged {outcome}:\n{shown}", recorded[at])
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
