//! Options of `run PIPELINE`: watching, secrets, and what may be pulled.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use crate::pipeline::{Place, pipeline};

/// Lines of a program's stderr as they come.
struct Lines(std::io::Lines<BufReader<std::process::ChildStderr>>);

impl Lines {
    fn of(child: &mut Child) -> Self {
        Self(BufReader::new(child.stderr.take().unwrap()).lines())
    }

    /// Reads until a line with these words, and gives all that were read.
    fn until(&mut self, words: &str) -> String {
        let mut all = String::new();
        for line in &mut self.0 {
            let line = line.unwrap();
            all = format!("{all}{line}\n");
            if line.contains(words) {
                return all;
            }
        }
        panic!("{words:?} is not in:\n{all}");
    }
}

#[test]
fn a_watched_pipeline_runs_again_after_each_change_until_it_is_interrupted() {
    let place = Place::with(&pipeline("printf %s $n > $out"));
    let mut child = place
        .command(&["--watch"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = Lines::of(&mut child);
    lines.until("Finished");
    lines.until("Watching");
    fs::write(
        place.path("p.yaml"),
        pipeline("printf %s $((n + 1)) > $out"),
    )
    .unwrap();
    let again = lines.until("Finished");
    assert!(
        again.contains("Changed p.yaml") && again.contains("Succeeded make"),
        "{again}"
    );
    lines.until("Watching");
    // What is wrong is said, and the next change is waited for.
    fs::write(
        place.path("p.yaml"),
        "pipelineInfo: {name: broken}\nroot: {dag: {}}\n",
    )
    .unwrap();
    let broken = lines.until("Watching");
    assert!(broken.contains("schema version"), "{broken}");
    fs::write(place.path("p.yaml"), pipeline("printf %s $n > $out")).unwrap();
    assert!(lines.until("Finished").contains("Cached make"));
    lines.until("Watching");
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_missing_secret_is_told_before_anything_runs_and_a_given_one_is_recorded_nowhere() {
    let platform = "---\nplatforms: {kubernetes: {deploymentSpec: {executors: {exec-make: {secretAsEnv: [{secretName: login, \
        keyToEnv: [{secretKey: token, envVar: TOKEN}]}], configMapAsEnv: [{configMapName: conf, \
        keyToEnv: [{configMapKey: mode, envVar: MODE}]}]}}}}}\n";
    let script = "echo \"token: $TOKEN\"; printf %s ${#TOKEN} > $out; exit 1";
    let place = Place::with(&(pipeline(script) + platform));
    let ran = place.run(&[]);
    assert_eq!((ran.code, place.runs()), (Some(2), 0));
    assert!(
        ran.stderr
            .contains("error: the config map `conf` has no value for `mode`, the secret `login` has no value for `token`")
            && ran
                .stderr
                .contains("`--config-map conf.mode=@FILE --secret login.token=@FILE`"),
        "{}",
        ran.stderr
    );
    fs::write(place.path("token"), "hunter2\n").unwrap();
    let ran = place.run(&[
        "--secret",
        "login.token=@token",
        "--config-map",
        "conf.mode=fast",
    ]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("| token: ***\n"), "{}", ran.stderr);
    let found = Command::new("grep")
        .args(["-rl", "hunter2", "target"])
        .current_dir(place.0.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(found.stdout).unwrap(), "");
}

#[test]
fn an_image_that_nothing_runs_is_refused_with_the_reason_and_the_ways() {
    let text = pipeline("printf %s $n > $out").replace("ghcr.io/acme/sh:1", "ghcr.io/acme/other:1");
    let place = Place::with(&text);
    let ran = place.run(&["--engine", "none"]);
    assert_eq!((ran.code, place.runs()), (Some(2), 0));
    assert!(
        ran.stderr
            .contains("its command does not begin with the path of a program in the image")
            && ran.stderr.contains("`--native other=host`"),
        "{}",
        ran.stderr
    );
    let ran = place.run(&["--engine", "there-is-none"]);
    assert_eq!((ran.code, place.runs()), (Some(2), 0));
    assert!(
        ran.stderr
            .contains("`--engine there-is-none` cannot run containers"),
        "{}",
        ran.stderr
    );
}

/// A pipeline of one lightweight Python component that installs a package.
const LIGHTWEIGHT: &str = r#"
pipelineInfo: {name: light}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
components: {comp-light: {executorLabel: exec-light}}
deploymentSpec: {executors: {exec-light: {container: {image: 'python:3.11',
  command: [sh, -c, 'python3 -m pip install pandas && "$0" "$@"', sh, -ec, 'python3 -m kfp.dsl.executor_main "$@"', 'def light(): pass'],
  args: [--executor_input, '{{$}}', --function_to_execute, light]}}}}
root: {dag: {tasks: {light: {componentRef: {name: comp-light}}}}}
"#;

#[test]
fn what_the_command_line_chose_is_noted_and_not_refused_with_locked() {
    let place = Place::with(LIGHTWEIGHT);
    let true_program = ["/bin/true", "/usr/bin/true"];
    let python = true_program.iter().find(|path| fs::exists(path).unwrap());
    let chosen = ["--python", python.unwrap(), "--engine", "none", "--locked"];
    let ran = place.run(&chosen);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("Note the packages the component asks for are not installed"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_component_of_another_version_is_noted_and_refused_with_locked() {
    let text = pipeline("printf %s $n > $out").replace("ghcr.io/acme/sh:1", "ghcr.io/acme/tool:9");
    let place = Place::with(&text);
    let write = |name: &str, text: &str| {
        let path = place.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"tool\"]\n[workspace.metadata.kfp-comp]\nregistry = \"ghcr.io/acme\"\n",
    );
    write(
        "tool/Cargo.toml",
        "[package]\nname = \"tool\"\nversion = \"1.0.0\"\n[dependencies]\nkfp-component = \"0.1\"\n",
    );
    write("tool/src/main.rs", "kfp_component::main!(tool);");
    let ran = place.run(&["--locked"]);
    assert_eq!((ran.code, place.runs()), (Some(2), 0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(
            "the pipeline names version 9 of `tool`; what runs is version 1.0.0 from this workspace"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_task_beyond_the_part_that_is_wanted_is_said_to_be_left_out() {
    let place = Place::with(&pipeline("printf %s $n > $out"));
    let ran = place.run(&["--until", "make"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("Skipped use: it is not selected"),
        "{}",
        ran.stderr
    );
}
