//! `run PIPELINE`, with shell scripts as components.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;
use snapbox::cmd::cargo_bin;
use tempfile::TempDir;

/// Two tasks: `make` runs a script with `$n` and `$out`, `use` takes what it produced.
pub(crate) fn pipeline(script: &str) -> String {
    let script = serde_json::to_string(&format!("n=$1; out=$2; {script}")).unwrap();
    format!(
        r#"
pipelineInfo: {{name: two}}
schemaVersion: 2.1.0
components:
  comp-make:
    executorLabel: exec-make
    inputDefinitions: {{parameters: {{n: {{parameterType: NUMBER_INTEGER}}}}}}
    outputDefinitions: {{parameters: {{out: {{parameterType: NUMBER_INTEGER}}}}}}
  comp-use:
    executorLabel: exec-use
    inputDefinitions: {{parameters: {{n: {{parameterType: NUMBER_INTEGER}}}}}}
    outputDefinitions: {{parameters: {{out: {{parameterType: NUMBER_INTEGER}}}}}}
deploymentSpec:
  executors:
    exec-make:
      container:
        image: ghcr.io/acme/sh:1
        command: [sh, -ec, {script}, sh]
        args: ["{{{{$.inputs.parameters['n']}}}}", "{{{{$.outputs.parameters['out'].output_file}}}}"]
    exec-use:
      container:
        image: ghcr.io/acme/sh:1
        command: [sh, -ec, 'printf %s $(($1 * 2)) > $2', sh]
        args: ["{{{{$.inputs.parameters['n']}}}}", "{{{{$.outputs.parameters['out'].output_file}}}}"]
root:
  inputDefinitions:
    parameters:
      count: {{parameterType: NUMBER_INTEGER, defaultValue: 3, isOptional: true, description: "How many."}}
  outputDefinitions: {{parameters: {{double: {{parameterType: NUMBER_INTEGER}}}}}}
  dag:
    outputs: {{parameters: {{double: {{valueFromParameter: {{producerSubtask: use, outputParameterKey: out}}}}}}}}
    tasks:
      make:
        componentRef: {{name: comp-make}}
        cachingOptions: {{enableCache: true}}
        inputs: {{parameters: {{n: {{componentInputParameter: count}}}}}}
      use:
        componentRef: {{name: comp-use}}
        cachingOptions: {{enableCache: true}}
        dependentTasks: [make]
        inputs: {{parameters: {{n: {{taskOutputParameter: {{producerTask: make, outputParameterKey: out}}}}}}}}
"#
    )
}

pub(crate) struct Place(pub(crate) TempDir);

pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn with(text: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("p.yaml"), text).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin!("kfp-comp"));
        command
            .args(["run", "p.yaml", "--native", "sh=host"])
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn runs(&self) -> usize {
        fs::read_dir(self.path("target/kfp/runs")).map_or(0, Iterator::count)
    }
}

#[test]
fn a_changed_parameter_runs_what_depends_on_it_and_says_why() {
    let place = Place::with(&pipeline("printf %s $((n / 2)) > $out"));
    let ran = place.run(&[]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "double  2\n"),
        "{}",
        ran.stderr
    );
    let ran = place.run(&["--", "--count=3"]);
    assert!(
        ran.stderr.contains("Cached make") && ran.stderr.contains("Cached use"),
        "{}",
        ran.stderr
    );
    let ran = place.run(&["--", "--count", "2"]);
    assert!(
        ran.stderr.contains("; `n` was 3 and is 2"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("Cached use"), "{}", ran.stderr);
    let why = place.run(&["--why", "make"]);
    assert_eq!(why.stdout, "make ran: `n` was 3 and is 2\n");
    let ran = place.run(&["--no-cache", "--", "--count", "2"]);
    assert!(!ran.stderr.contains("Cached"), "{}", ran.stderr);
}

#[test]
fn scripts_get_every_event_as_it_is_recorded() {
    let place = Place::with(&pipeline("printf %s $n > $out"));
    let ran = place.run(&["--json"]);
    let directory = fs::read_dir(place.path("target/kfp/runs")).unwrap().next();
    let record = directory.unwrap().unwrap().path().join("run.jsonl");
    assert_eq!(ran.stdout, fs::read_to_string(record).unwrap());
    assert!(ran.stderr.contains("Succeeded make"), "{}", ran.stderr);
    let last = ran.stdout.lines().last().unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(last["state"], "succeeded");
    assert_eq!(last["outputs"]["parameters"]["double"], 6);
}

#[test]
fn a_run_whose_events_nobody_reads_is_kept_and_judged_all_the_same() {
    for (script, code) in [("printf 1 > $out", 0), ("exit 3", 1)] {
        let place = Place::with(&pipeline(script));
        let mut command = place.command(&["--json"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let directory = fs::read_dir(place.path("target/kfp/runs")).unwrap().next();
        let directory = directory.unwrap().unwrap().path();
        assert!(directory.join("outputs.json").is_file());
        assert!(directory.join("report.html").is_file());
    }
}

#[test]
fn a_graph_without_an_end_is_not_drawn() {
    let place = Place::with(
        "pipelineInfo: {name: loop}\nschemaVersion: 2.1.0\ncomponents:\n  comp-a:\n    dag:\n      tasks:\n        \
         b: {componentRef: {name: comp-a}}\n        c: {componentRef: {name: comp-a}}\nroot:\n  dag:\n    tasks:\n      \
         a: {componentRef: {name: comp-a}}\n      d: {componentRef: {name: comp-a}}\n",
    );
    let output = Command::new(cargo_bin!("kfp-comp"))
        .args(["show", "p.yaml"])
        .current_dir(place.0.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("`comp-a` contains itself"), "{stderr}");
}

#[test]
fn settings_for_a_cluster_are_named_once() {
    let platform = "---\nplatforms: {kubernetes: {deploymentSpec: {executors: {exec-make: {imagePullPolicy: Always}, exec-use: \
        {imagePullPolicy: Always}}}}}\n";
    let text = pipeline("printf %s $n > $out").replace(
        "image: ghcr.io/acme/sh:1",
        "image: ghcr.io/acme/sh:1\n        resources: {accelerator: {resourceType: nvidia.com/gpu, resourceCount: '1'}}",
    );
    let place = Place::with(&(text + platform));
    let ran = place.run(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        ran.stderr
            .matches("not applied here: `accelerator`, `imagePullPolicy`\n")
            .count(),
        1,
        "{}",
        ran.stderr
    );
}

#[test]
fn a_run_leaves_a_report_and_is_listed_until_it_is_pruned() {
    let place = Place::with(&pipeline("seq 2000; printf %s $n > $out"));
    let command = |arguments: &[&str]| {
        let output = Command::new(cargo_bin!("kfp-comp"))
            .args(arguments)
            .current_dir(place.0.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    place.run(&[]);
    place.run(&["--", "--count", "5"]);
    let listed = command(&["runs"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("  two  succeeded  "), "{listed}");
    let ids: Vec<&str> = listed
        .lines()
        .rev()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let report = place.path(&format!("target/kfp/runs/{}/report.html", ids[0]));
    let html = fs::read_to_string(report).unwrap();
    assert!(html.contains("<th scope=\"row\">make</th><td class=\"succeeded\">"));
    let compared = command(&["report", ids[0], ids[1], "--output", "both.html"]);
    assert_eq!(compared, "both.html\n");
    let html = fs::read_to_string(place.path("both.html")).unwrap();
    assert!(html.contains("<span class=\"delta\">+2</span>"), "{html}");
    let log = "target/kfp/runs/2".replace('/', "&#x2f;");
    assert!(html.contains(&format!("href=\".&#x2f;{log}")), "{html}");

    let shown = command(&["runs", "show", ids[1]]);
    assert!(shown.contains("   Succeeded make in "), "{shown}");
    let shown: Value = serde_json::from_str(&command(&["runs", "show", ids[1], "--json"])).unwrap();
    assert_eq!(shown["tasks"][0]["task"], "make");
    assert_eq!(shown["tasks"][0]["outputs"]["parameters"]["out"], 5);

    command(&["runs", "prune", "--keep", "1", "--dry-run"]);
    assert_eq!(place.runs(), 2);
    command(&["runs", "prune", "--keep", "1"]);
    assert_eq!(place.runs(), 1);
    let cached = || {
        fs::read_dir(place.path("target/kfp/cache/entries"))
            .unwrap()
            .count()
    };
    assert_eq!(cached(), 4);
    command(&["runs", "prune", "--cache"]);
    assert_eq!(cached(), 2, "those of the run that is left");
}

#[test]
fn a_report_of_a_run_that_does_not_exist_says_how_to_list_the_runs() {
    let place = Place::with(&pipeline("printf %s $n > $out"));
    let output = Command::new(cargo_bin!("kfp-comp"))
        .args(["report", "nothing"])
        .current_dir(place.0.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("could not read the run `nothing`"), "{said}");
    assert!(
        said.contains("hint: `kfp-comp runs` lists the runs"),
        "{said}"
    );
}

#[test]
fn a_failed_task_shows_what_it_printed_last() {
    let place = Place::with(&pipeline(
        "yes line | head -c 30000000; echo 'error: no luck' >&2; exit 7",
    ));
    let ran = place.run(&[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("Failed make in "), "{}", ran.stderr);
    assert!(ran.stderr.contains(": exited with 7\n"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("             | error: no luck\n"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("Omitted use, which needs make"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.len() < 5000, "{} bytes", ran.stderr.len());
}

#[test]
fn what_can_be_foretold_is_said_before_anything_runs() {
    let good = pipeline("exit 1");
    let cases = [
        (
            good.replace("2.1.0", "2.2.0"),
            &[][..],
            "schema version `2.2.0`",
            "p.yaml:3:",
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n".to_owned(),
            &[],
            "not a pipeline of KFP 2",
            "hint: ",
        ),
        (
            good.replace("[make]", "[make, use]"),
            &[],
            "waits for itself",
            "p.yaml:",
        ),
        (
            good.replace("[make]", "[mak]"),
            &[],
            "waits for `mak`",
            "hint: there is `make`",
        ),
        (
            good.replace(
                "{componentInputParameter: count}",
                "{runtimeValue: {constant: x}}",
            ),
            &[],
            "is a NUMBER_INTEGER, and it is given a string",
            "p.yaml:",
        ),
        (
            good.replace(
                "dependentTasks: [make]",
                "dependentTasks: [make]\n        triggerPolicy: {condition: \"'it's' == ''\"}",
            ),
            &[],
            "is not CEL",
            "hint: ",
        ),
        (
            good.replace("acme/sh:1", "acme/other:1"),
            &["--engine", "none"],
            "nothing on this machine runs the image `ghcr.io/acme/other:1`",
            "hint: ",
        ),
        (
            good.clone(),
            &["--", "--count", "many"],
            "`--count`: `many` is not a whole number",
            "",
        ),
        (
            good.clone(),
            &["--", "--cuont", "1"],
            "has no parameter `--cuont`; its parameters are [--count]",
            "",
        ),
        (
            good.replace(", defaultValue: 3, isOptional: true", ""),
            &[],
            "`count` is not optional",
            "",
        ),
        (
            good.clone(),
            &["--only", "mkae"],
            "has no task `mkae`",
            "hint: its tasks are make, use",
        ),
        (good.clone(), &["--resume"], "was not run here yet", ""),
    ];
    for (text, arguments, message, more) in cases {
        let place = Place::with(&text);
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2), "{message}: {}", ran.stderr);
        assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
        assert!(
            ran.stderr.contains(message) && ran.stderr.contains(more),
            "{message}: {}",
            ran.stderr
        );
        assert_eq!(place.runs(), 0, "{message}");
    }
}

#[test]
fn what_cannot_be_foretold_fails_its_task() {
    for (script, message) in [
        (
            "printf NaN > $out",
            "the output `out`: \"NaN\" is not a NUMBER_INTEGER",
        ),
        (
            "printf '[1]' > $out",
            "the output `out`: \"[1]\" is not a NUMBER_INTEGER",
        ),
        (":", "could not read the output parameter `out`"),
        ("kill -9 $$", "was stopped by signal 9"),
    ] {
        let place = Place::with(&pipeline(script));
        let ran = place.run(&[]);
        assert_eq!(ran.code, Some(1), "{script}");
        assert!(ran.stderr.contains(message), "{script}: {}", ran.stderr);
    }
}

fn wait_for(path: &Path) -> String {
    for _ in 0..2000 {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => thread::sleep(Duration::from_millis(5)),
        }
    }
    panic!("`{}` was not written", path.display());
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill")
        .args(["-s", name, &pid])
        .status()
        .unwrap();
    assert!(sent.success());
}

fn is_running(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.starts_with(" Z"))
}

fn assert_ends(pid: &str) {
    for _ in 0..1000 {
        if !is_running(pid) {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("process {pid} still runs");
}

#[test]
fn an_interrupt_leaves_no_process() {
    let place = Place::with(&pipeline(
        "sleep 600 & echo $! > ../../../../../../../pid; wait",
    ));
    let mut child = place.command(&[]).stderr(Stdio::null()).spawn().unwrap();
    let sleeper = wait_for(&place.path("pid"));
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_ends(&sleeper);
}

#[test]
fn a_killed_run_is_taken_up_where_it_stopped() {
    let base = "../../../../../../..";
    let script = format!("echo made >> {base}/notes; printf 4 > $out");
    let text = pipeline(&script).replace(
        "'printf %s $(($1 * 2)) > $2'",
        &format!("'test -e {base}/gate || {{ echo $$ > {base}/pid; sleep 600; }}; printf 8 > $2'"),
    );
    let place = Place::with(&text);
    let mut child = place
        .command(&["--no-cache"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let program = wait_for(&place.path("pid"));
    signal(&child, "KILL");
    child.wait().unwrap();
    fs::write(place.path("gate"), "").unwrap();
    let ran = place.run(&["--resume", "--no-cache"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "double  8\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_to_string(place.path("notes")).unwrap(), "made\n");
    assert_eq!(place.runs(), 1);
    assert_ends(&program);
}

#[test]
fn iris_runs_from_this_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    let url = format!("file://{}", root.join("pipelines/iris/iris.csv").display());
    let output = Command::new(cargo_bin!("kfp-comp"))
        .args([
            "run",
            "pipelines/iris/iris.yaml",
            "--json",
            "--",
            "--url",
            &url,
        ])
        .current_dir(&root)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let events = String::from_utf8(output.stdout).unwrap();
    let finish: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    let metrics = &finish["outputs"]["artifacts"]["metrics"][0]["metadata"];
    assert_eq!(
        metrics["accuracy_score"], 0.966_666_666_666_666_7,
        "{stderr}"
    );
}

#[test]
fn a_python_file_is_compiled_by_the_python_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let graph = |python: &str| {
        let output = Command::new(cargo_bin!("kfp-comp"))
            .args([
                "show",
                "pipelines/iris/kfp2.py",
                "--graph",
                "--python",
                python,
            ])
            .current_dir(&root)
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (succeeded, _, stderr) = graph("there-is-none");
    assert!(
        !succeeded && stderr.contains("hint: name a Python that has kfp 2"),
        "{stderr}"
    );
    let Some(python) = std::env::var_os("KFP2_PYTHON") else {
        let required = std::env::var("KFP_REQUIRE_TIERS").is_ok_and(|tiers| tiers == "1");
        assert!(!required, "KFP2_PYTHON must name a python with kfp 2.17");
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: KFP2_PYTHON does not name a python with kfp 2.17"
        );
        return;
    };
    let (succeeded, stdout, stderr) = graph(python.to_str().unwrap());
    assert!(succeeded, "{stderr}");
    assert!(
        stdout.contains("  data-preprocess: data-preprocess:0.1.0, after data-ingestion\n"),
        "{stdout}"
    );
}
