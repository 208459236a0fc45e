//! ONNX Runtime scores real data as the forest does.

use std::fs;
use std::path::Path;
use std::process::Command;

use forest::Examples;
use kfp_model::Model;
use kfp_test_support::models_python;
use serde_json::{Value, json};

const DATA_SETS: [(&str, usize); 4] = [
    ("iris", 150),
    ("wine", 178),
    ("digits", 1797),
    ("breast_cancer", 569),
];

fn python<P: AsRef<Path>>(python: &Path, script: &str, arguments: &[P]) -> Vec<u8> {
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
        .args(arguments.iter().map(AsRef::as_ref))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    output.stdout
}

/// Every `step`th of the rows.
fn read(folder: &Path, name: &str, step: usize) -> Examples {
    let part = |name: String| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let mut lines = text.lines();
        let header = lines.next().unwrap();
        let rows: Vec<&str> = lines.step_by(step).collect();
        format!("{header}\n{}\n", rows.join("\n"))
    };
    let (x, y) = (part(format!("x-{name}.csv")), part(format!("y-{name}.csv")));
    Examples::read(("x", x.as_bytes()), ("y", y.as_bytes())).unwrap()
}

/// The values of a table, with every seventh missing if `missing` says so.
fn values(folder: &Path, name: &str, missing: bool) -> Vec<f64> {
    let text = fs::read_to_string(folder.join(format!("x-{name}.csv"))).unwrap();
    let cells = text.lines().skip(1).flat_map(|line| line.split(','));
    let value = |(at, cell): (usize, &str)| {
        if missing && at % 7 == 0 {
            f64::NAN
        } else {
            cell.parse().unwrap()
        }
    };
    cells.enumerate().map(value).collect()
}

#[test]
fn onnx_runtime_agrees_on_every_row_of_real_tables() {
    let Some(interpreter) = models_python() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    python(&interpreter, "tests/datasets.py", &[folder.path()]);
    let (mut cases, mut files) = (Vec::new(), Vec::new());
    for (data_set, rows) in DATA_SETS {
        for kind in ["", "-binary", "-tenths"] {
            let name = format!("{data_set}{kind}");
            let model = folder.path().join(&name);
            let trained = forest::fit(&read(folder.path(), &name, 2), 50, 42).unwrap();
            trained.save(&model).unwrap();
            let loaded = Model::load(&model).unwrap();
            for missing in [false, true] {
                let values = values(folder.path(), &name, missing);
                #[expect(clippy::cast_possible_truncation, reason = "what a client sends")]
                let sent = values
                    .iter()
                    .flat_map(|&value| (value as f32).to_le_bytes());
                let table = folder.path().join(format!("{name}-{missing}"));
                fs::write(&table, sent.collect::<Vec<u8>>()).unwrap();
                files.extend([model.join("serving/onnx/model/1/model.onnx"), table]);
                cases.push((name.clone(), rows, loaded.predict(&values).unwrap()));
            }
        }
    }
    let script = "../../crates/kfp-model/tests/scores.py";
    let theirs: Vec<Value> = serde_json::from_slice(&python(&interpreter, script, &files)).unwrap();
    assert_eq!(theirs.len(), 24);
    for ((name, rows, ours), theirs) in cases.into_iter().zip(theirs) {
        assert_eq!(ours.classes.len(), rows, "{name}");
        assert_eq!(theirs["labels"], json!(ours.classes), "{name}");
        let probabilities = ours.probabilities.into_iter().map(f64::from);
        // Not close: equal, to the last bit.
        assert_eq!(
            theirs["probabilities"],
            json!(probabilities.collect::<Vec<_>>()),
            "{name}"
        );
    }
}
