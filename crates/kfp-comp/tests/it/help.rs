use snapbox::{file, str};

use crate::support::{Place, kfp_comp};

fn help(arguments: &[&str]) -> snapbox::cmd::OutputAssert {
    kfp_comp(std::env::temp_dir().as_path(), arguments)
        .assert()
        .success()
        .stderr_eq(str![])
}

#[test]
fn every_verb_says_what_it_does_and_shows_examples() {
    help(&["new", "--help"]).stdout_eq(file!["help/new.txt"]);
    help(&["init", "--help"]).stdout_eq(file!["help/init.txt"]);
    help(&["generate", "--help"]).stdout_eq(file!["help/generate.txt"]);
    help(&["check", "--help"]).stdout_eq(file!["help/check.txt"]);
    help(&["run", "--help"]).stdout_eq(file!["help/run.txt"]);
    help(&["serve", "--help"]).stdout_eq(file!["help/serve.txt"]);
    help(&["list", "--help"]).stdout_eq(file!["help/list.txt"]);
    help(&["completions", "--help"]).stdout_eq(file!["help/completions.txt"]);
    help(&["doctor", "--help"]).stdout_eq(file!["help/doctor.txt"]);
}

#[test]
fn help_about_everything_is_data() {
    let text = String::from_utf8(help(&["--help"]).get_output().stdout.clone()).unwrap();
    for verb in [
        "new",
        "init",
        "generate",
        "check",
        "run",
        "serve",
        "list",
        "show",
        "completions",
        "doctor",
    ] {
        assert!(
            text.contains(&format!("\n  {verb} ")),
            "{verb} is missing: {text}"
        );
    }
    assert!(
        text.contains("Exit codes: 0 done, 1 failed, 2 usage, 4 something was found"),
        "{text}"
    );
}

#[test]
fn shells_get_a_script_that_asks_this_program() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script =
            String::from_utf8(help(&["completions", shell]).get_output().stdout.clone()).unwrap();
        assert!(
            script.contains("COMPLETE") && script.contains("kfp-comp"),
            "{shell}"
        );
    }
}

/// What a shell is told can stand for the last of these words.
fn completed(place: &Place, words: &[&str]) -> Vec<String> {
    let words: Vec<&str> = ["--", "kfp-comp"].iter().chain(words).copied().collect();
    let index = (words.len() - 2).to_string();
    let output = place
        .kfp_comp(&words)
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", index)
        .env("_CLAP_IFS", "\n")
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn components_pipelines_and_their_inputs_are_completed() {
    let place = Place::workspace();
    place.write(
        "work/p.yaml",
        "pipelineInfo: {name: p}\nschemaVersion: 2.1.0\nroot:\n  dag: {}\n  inputDefinitions:\n    parameters:\n      \
         max_depth: {parameterType: NUMBER_INTEGER}\n      stratify: {parameterType: BOOLEAN}\n",
    );
    assert_eq!(completed(&place, &["ru"]), ["run", "runs"]);
    let named = completed(&place, &["run", ""]);
    assert!(
        named.contains(&"p.yaml".to_owned()) && named.contains(&"a-first".to_owned()),
        "{named:?}"
    );
    assert_eq!(
        completed(&place, &["run", "p.yaml", "--", "--m"]),
        ["--max-depth"]
    );
    assert_eq!(
        completed(&place, &["run", "p.yaml", "--", "--stratify", ""]),
        ["true", "false"]
    );
    for verb in [&["submit"][..], &["schedule", "create"]] {
        let named = completed(&place, &[verb, &["p"]].concat());
        assert!(named.contains(&"p.yaml".to_owned()), "{named:?}");
        assert_eq!(
            completed(&place, &[verb, &["p.yaml", "--", "--m"]].concat()),
            completed(&place, &["run", "p.yaml", "--", "--m"]),
        );
    }
    let of_component = completed(&place, &["run", "a-first", "--", "--n"]);
    assert_eq!(of_component, ["--name"]);
}

#[test]
fn doctor_answers_scripts_in_json() {
    // Wherever the tests run there is a compiler; what else there is, is not theirs to say.
    let output = kfp_comp(std::env::temp_dir().as_path(), &["doctor", "--json"])
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let rustc = checks
        .iter()
        .find(|check| check["name"] == "rustc")
        .unwrap();
    assert_eq!(rustc["purpose"], "building");
    assert!(rustc["found"].is_string(), "{rustc}");
    assert!(
        checks
            .iter()
            .all(|check| !check["remedy"].as_str().unwrap().is_empty())
    );
}

#[test]
fn doctor_reports_a_lock_file_that_publishing_would_refuse() {
    let place = Place::workspace();
    let lock = || {
        let output = place.kfp_comp(&["doctor", "--json"]).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap();
        let lock = checks.iter().find(|check| check["name"] == "Cargo.lock");
        lock.unwrap().clone()
    };
    assert_eq!(lock()["found"], serde_json::Value::Null);
    assert_eq!(lock()["remedy"], "cargo update --workspace");

    // What the remedy does; nothing here comes from a registry.
    let update = snapbox::cmd::Command::new("cargo")
        .args(["update", "--workspace", "--offline"])
        .current_dir(place.path());
    update.assert().success();
    assert_eq!(lock()["found"], "up to date");
    place.write(
        "sdk/crates/kfp-component/Cargo.toml",
        "[package]\nname = \"kfp-component\"\nversion = \"2.0.0\"\n",
    );
    assert_eq!(lock()["found"], serde_json::Value::Null);
}

#[test]
fn colours_are_asked_for_and_never_carry_the_meaning() {
    let place = Place::workspace();
    let said = |color: &str| {
        let command = kfp_comp(&place.path(), &["--color", color, "check"]).env_remove("NO_COLOR");
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert!(
        said("always").contains("\u{1b}[1m\u{1b}[33m       Stale\u{1b}[0m a-first\n"),
        "{}",
        said("always")
    );
    for plain in ["auto", "never"] {
        assert!(
            said(plain).starts_with("       Stale a-first\n"),
            "{}",
            said(plain)
        );
    }
}
