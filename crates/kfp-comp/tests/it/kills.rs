//! The runner is killed at random moments, again and again: a resumed run still does each task exactly once.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use snapbox::cmd::cargo_bin;

/// How many kills there are in all, on how many threads.
const KILLS: u64 = 200;
const THREADS: u64 = 4;
/// Two for each iteration of the loop, one before it and one after it.
const TASKS: usize = 8;
/// The sum of what the loop's iterations give.
const RESULT: i64 = 12;

/// `first`, then three iterations of `double` and `pass`, then `sum`.
fn pipeline() -> String {
    let script = |script: &str| {
        json!({"container": {"image": "sh", "command": ["sh", "-ec", script, "sh"], "args": [
        "{{$.inputs.parameters['n']}}", "{{$.outputs.parameters['out'].output_file}}"]}})
    };
    let component = |executor: &str, ty: &str| {
        json!({
            "executorLabel": executor,
            "inputDefinitions": {"parameters": {"n": {"parameterType": ty}}},
            "outputDefinitions": {"parameters": {"out": {"parameterType": "NUMBER_INTEGER"}}},
        })
    };
    let task = |component: &str, n: Value| json!({"componentRef": {"name": component}, "inputs": {"parameters": {"n": n}}});
    let output = |task: &str| json!({"taskOutputParameter": {"producerTask": task, "outputParameterKey": "out"}});
    let selector = |task: &str| json!({"valueFromParameter": {"producerSubtask": task, "outputParameterKey": "out"}});
    json!({
        "pipelineInfo": {"name": "killed"},
        "schemaVersion": "2.1.0",
        "components": {
            "comp-number": component("exec-number", "NUMBER_INTEGER"),
            "comp-sum": component("exec-sum", "LIST"),
            "comp-body": {
                "inputDefinitions": {"parameters": {"item": {"parameterType": "NUMBER_INTEGER"}}},
                "outputDefinitions": {"parameters": {"out": {"parameterType": "LIST"}}},
                "dag": {
                    "tasks": {
                        "double": task("comp-number", json!({"componentInputParameter": "item"})),
                        "pass": task("comp-number", output("double")),
                    },
                    "outputs": {"parameters": {"out": selector("pass")}},
                },
            },
        },
        "deploymentSpec": {"executors": {
            "exec-number": script("sleep 0.003; printf %s $1 > $2"),
            "exec-sum": script("sleep 0.003; printf %s $(($(echo $1 | tr -d '[]' | tr , +))) > $2"),
        }},
        "root": {
            "outputDefinitions": {"parameters": {"sum": {"parameterType": "NUMBER_INTEGER"}}},
            "dag": {
                "tasks": {
                    "first": task("comp-number", json!({"runtimeValue": {"constant": 1}})),
                    "loop": {
                        "componentRef": {"name": "comp-body"},
                        "dependentTasks": ["first"],
                        "parameterIterator": {"items": {"raw": "[3, 4, 5]"}, "itemInput": "item"},
                    },
                    "sum": task("comp-sum", output("loop")),
                },
                "outputs": {"parameters": {"sum": selector("sum")}},
            },
        },
    })
    .to_string()
}

/// Numbers that look random and are the same every time (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn start(directory: &Path, arguments: &[&str]) -> Child {
    Command::new(cargo_bin!("kfp-comp"))
        .args([
            "run",
            "p.yaml",
            "--native",
            "sh=host",
            "--no-cache",
            "--json",
            "--jobs",
            "2",
        ])
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a run after some of its events and a moment more, unless it ends before; whether it ended.
fn kill(mut child: Child, random: &mut Random) -> bool {
    // A whole run has about thirty events; none is before the first.
    let events = random.below(14);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen: Vec<_> = lines.take(usize::try_from(events).unwrap()).collect();
    thread::sleep(Duration::from_micros(random.below(4000)));
    let has_ended = seen.len() < usize::try_from(events).unwrap();
    if !has_ended {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    has_ended
}

/// What came of the run that has an end.
fn assert_each_task_was_done_once(directory: &Path) {
    let mut finished = 0;
    for run in fs::read_dir(directory.join("target/kfp/runs")).unwrap() {
        let Ok(text) = fs::read_to_string(run.unwrap().path().join("run.jsonl")) else {
            continue;
        };
        // A line that a kill has torn is not JSON.
        let events: Vec<Value> = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let Some(finish) = events.iter().find(|event| event["e"] == "finish") else {
            continue;
        };
        finished += 1;
        assert_eq!(finish["state"], "succeeded", "{text}");
        assert_eq!(finish["outputs"]["parameters"]["sum"], RESULT, "{text}");
        let mut done: BTreeMap<&str, usize> = BTreeMap::new();
        for event in events
            .iter()
            .filter(|event| event["e"] == "end" && event["state"] == "succeeded")
        {
            *done.entry(event["task"].as_str().unwrap()).or_default() += 1;
        }
        assert_eq!(done.len(), TASKS, "{text}");
        assert!(done.values().all(|times| *times == 1), "{done:?}\n{text}");
    }
    assert_eq!(finished, 1);
}

/// Whether there is a run that can be resumed: its first event is there.
fn has_begun(directory: &Path) -> bool {
    let runs = fs::read_dir(directory.join("target/kfp/runs"));
    runs.into_iter().flatten().any(|run| {
        let record = fs::read_to_string(run.unwrap().path().join("run.jsonl"));
        record.is_ok_and(|text| text.contains('\n'))
    })
}

/// Starts a run, or resumes the one there is.
fn go_on(directory: &Path) -> Child {
    let resume: &[&str] = if has_begun(directory) {
        &["--resume"]
    } else {
        &[]
    };
    start(directory, resume)
}

/// Kills so often, then lets the run end; begins anew whenever a run came to its end.
fn kill_often(seed: u64, kills: u64) {
    let mut random = Random(seed);
    let mut left = kills;
    while left > 0 {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path();
        fs::write(directory.join("p.yaml"), pipeline()).unwrap();
        let mut has_ended = false;
        while left > 0 && !has_ended {
            has_ended = kill(go_on(directory), &mut random);
            left -= u64::from(!has_ended);
        }
        if !has_ended {
            let output = go_on(directory).wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        assert_each_task_was_done_once(directory);
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_does_each_task_once() {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || kill_often(thread + 1, KILLS / THREADS));
        }
    });
}
