//! Runs that come to the limits of the machine: its disk and its memory.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::json;
use snapbox::cmd::cargo_bin;

/// A pipeline of one task, which runs a script.
fn pipeline(name: &str, script: &str) -> String {
    json!({
        "pipelineInfo": {"name": name},
        "schemaVersion": "2.1.0",
        "components": {"comp-task": {
            "executorLabel": "exec-task",
            "outputDefinitions": {"artifacts": {"data": {
                "artifactType": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"},
            }}},
        }},
        "deploymentSpec": {"executors": {"exec-task": {"container": {
            "image": "sh",
            "command": ["sh", "-ec", script, "sh"],
            "args": ["{{$.outputs.artifacts['data'].path}}"],
        }}}},
        "root": {"dag": {"tasks": {"task": {"componentRef": {"name": "comp-task"}}}}},
    })
    .to_string()
}

/// Runs a shell script in a directory, in which `$0` is the program.
fn shell(directory: &Path, before: &[&str], script: &str) -> Output {
    let words = [before, &["sh", "-c", script]].concat();
    Command::new(words[0])
        .args(&words[1..])
        .arg(cargo_bin!("kfp-comp"))
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn a_full_disk_costs_nothing_of_earlier_runs() {
    const UNSHARE: [&str; 4] = ["unshare", "--user", "--map-root-user", "--mount"];
    let directory = tempfile::tempdir().unwrap();
    let works = Command::new(UNSHARE[0])
        .args(&UNSHARE[1..])
        .args(["sh", "-c", "mount -t tmpfs -o size=1m tmpfs ."])
        .current_dir(directory.path())
        .stderr(Stdio::null())
        .status();
    if !works.is_ok_and(|status| status.success()) {
        kfp_test_support::skip("unshare cannot mount a file system");
        return;
    }
    fs::write(
        directory.path().join("small.yaml"),
        pipeline("small", "echo done; echo 1 > $1"),
    )
    .unwrap();
    // It leaves some pages for the record, and then none.
    fs::write(
        directory.path().join("large.yaml"),
        pipeline("large", "dd if=/dev/zero of=$1 bs=4k"),
    )
    .unwrap();
    fs::create_dir(directory.path().join("disk")).unwrap();
    let script = r#"
        mount -t tmpfs -o size=1m tmpfs disk && cd disk || exit 1
        run() { "$0" run "$1" --native sh=host; }
        run ../small.yaml || exit 2
        before=$(find target -type f -exec sha256sum {} + | sort)
        run ../large.yaml 2> ../first; echo $? > ../first-code
        run ../small.yaml 2> ../second; echo $? > ../second-code
        for file in $(echo "$before" | cut -c67-); do
            test "$(echo "$before" | grep -F "  $file")" = "$(sha256sum $file)" || { echo "$file changed"; exit 3; }
        done
        "$0" runs > ../listed || exit 4
        test "$(ls target/kfp/runs | wc -l)" = 2 && test -z "$(find target -name '.kfp-comp-*')" || exit 5
        "$0" runs prune --keep 0 --cache || exit 6
        run ../small.yaml || exit 7
    "#;
    let output = shell(directory.path(), &UNSHARE, script);
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap_or_default();
    let (first, second) = (read("first"), read("second"));
    assert!(output.status.success(), "{output:?}\n{first}\n{second}");
    assert_eq!(read("first-code"), "1\n", "{first}");
    for said in [&first, &second] {
        assert!(said.contains("No space left on device"), "{said}");
    }
    // What could not be written is named, and what to do.
    assert_eq!(read("second-code"), "1\n", "{second}");
    assert!(second.contains("target/kfp/runs"), "{second}");
    assert!(
        second.contains("hint: free some space: `kfp-comp runs prune"),
        "{second}"
    );
    assert!(
        read("listed").contains("small  succeeded"),
        "{}",
        read("listed")
    );
}

#[test]
fn what_a_task_prints_is_not_kept_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let script = "yes 'a hundred million bytes' | head -c 100000000; echo; echo the end; echo 1 > $1; exit 3";
    fs::write(directory.path().join("p.yaml"), pipeline("loud", script)).unwrap();
    // 64 MiB of memory for data, in which the output would not fit.
    let output = shell(
        directory.path(),
        &["sh", "-c", "ulimit -d 65536 && exec \"$@\"", "sh"],
        "exec \"$0\" run p.yaml --native sh=host",
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("| the end"), "{said}");
    assert!(said.len() < 10_000, "{} bytes", said.len());
    let runs = directory.path().join("target/kfp/runs");
    let run = fs::read_dir(runs).unwrap().next().unwrap().unwrap().path();
    let log = fs::metadata(run.join("tasks/task/attempt-1/output.log")).unwrap();
    assert!(log.len() > 100_000_000);
    assert!(fs::metadata(run.join("report.html")).unwrap().len() < 100_000);
}
