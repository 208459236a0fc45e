//! Pipelines that kfp 2.17 compiled: `tests/kfp/pipelines.py`.

use std::{fs, path::Path};

use kfp_pipeline::{Pipeline, Severity, check};

#[test]
fn nothing_is_wrong_with_what_kfp_compiles() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kfp/compiled");
    let mut count = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let pipeline = Pipeline::read(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(pipeline.spec.pipeline_info.name, name);
        let errors: Vec<String> = check(&pipeline)
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        assert_eq!(errors, [""; 0], "{name}");
        count += 1;
    }
    assert_eq!(count, 38);
}
