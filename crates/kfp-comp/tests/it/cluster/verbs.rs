//! `runs`, `metrics`, `artifacts`, `schedule`, `experiments`, `up`, `report`.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use kfp_test_cluster::{Options, Reply};
use serde_json::{Value, json};

use super::{FAILING, FINE, Site};

#[test]
fn metrics_of_this_machine_and_of_the_cluster_stand_side_by_side() {
    let site = Site::new(FINE);
    let (id, _) = site.finished(&["--", "--count", "5"]);
    let local = site.run(&["run", "p.yaml", "--native", "sh=host", "--", "--count", "8"]);
    assert_eq!(local.code, Some(0), "{}", local.stderr);
    let runs: Value = serde_json::from_str(&site.run(&["runs", "--json"]).stdout).unwrap();
    let here = runs[0]["run"].as_str().unwrap();
    let ran = site.run(&["metrics", &id, here, "--csv"]);
    assert_eq!(
        ran.stdout,
        format!("metric,{id},{here}\nmeasure.metrics.accuracy,0.5,0.8\n"),
        "{}",
        ran.stderr
    );
    let ran = site.run(&["metrics", &id, "--json"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json[0]["metrics"]["scalars"][0]["value"], 0.5);

    let report = site.path("both.html");
    let ran = site.run(&["report", here, &id, "--output", report.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let html = fs::read_to_string(report).unwrap();
    for part in [here, &id, "0.5", "0.8"] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn runs_are_listed_shown_archived_retried_and_deleted() {
    let site = Site::new(FAILING);
    let (id, _) = site.finished(&["--run-name", "the one"]);
    let listed = site.run(&["runs", "list", "--cluster"]);
    assert!(
        listed.stdout.contains(&id) && listed.stdout.contains("failed"),
        "{}",
        listed.stdout
    );
    let failed = site.run(&["runs", "list", "--cluster", "--state", "succeeded"]);
    assert_eq!(failed.stdout, "");
    let shown = site.run(&["runs", "show", &id]);
    assert!(
        shown.stdout.contains("| error: there is no such column"),
        "{}{}",
        shown.stdout,
        shown.stderr
    );
    let before = site.writes().len();
    let dry = site.run(&["runs", "retry", &id, "--dry-run"]);
    assert!(
        dry.stdout
            .ends_with(&format!("/apis/v2beta1/runs/{id}:retry\n")),
        "{}",
        dry.stdout
    );
    assert_eq!(site.writes().len(), before);
    assert_eq!(site.run(&["runs", "retry", &id]).code, Some(0));
    assert_eq!(site.run(&["watch", &id, "--poll", "0.05"]).code, Some(1));
    assert_eq!(site.run(&["runs", "archive", &id]).code, Some(0));
    assert_eq!(site.run(&["runs", "list", "--cluster"]).stdout, "");
    assert!(
        site.run(&["runs", "list", "--archived"])
            .stdout
            .contains("the one")
    );
    assert_eq!(site.run(&["runs", "delete", &id]).code, Some(0));
    let gone = site.run(&["runs", "show", &id]);
    assert_eq!(gone.code, Some(2));
    assert!(
        gone.stderr.contains(&format!("the server has no run {id}")),
        "{}",
        gone.stderr
    );
}

#[test]
fn a_retry_is_watched_without_the_failure_from_before() {
    // A server shows the nodes from before the retry a while longer.
    let stale = Arc::new(Mutex::new(None::<Value>));
    let (shown, is_retried) = (Arc::clone(&stale), AtomicBool::new(false));
    let options = Options {
        fault: Some(Box::new(move |request| {
            if request.line().ends_with(":retry") {
                is_retried.store(true, Ordering::SeqCst);
            }
            if request.method != "GET" || !is_retried.load(Ordering::SeqCst) {
                return None;
            }
            let run = shown.lock().unwrap().take()?;
            Some(Reply::status(200).body(run.to_string()))
        })),
        ..Options::default()
    };
    let site = Site::with(FINE, options);
    let script = "if [ -e MARK ]; then printf %s $n > $out; else : > MARK; echo error: not yet >&2; exit 3; fi";
    let pipeline = fs::read_to_string(site.path("p.yaml")).unwrap();
    let script = script.replace("MARK", site.path("mark").to_str().unwrap());
    site.write("p.yaml", &pipeline.replace(FINE, &script));
    let (id, ran) = site.finished(&[]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let retry = ["runs", "retry", &id, "--watch", "--poll", "0.05"];
    let ran = site.run(&[&retry[..], &["--dry-run"]].concat());
    assert!(ran.stdout.ends_with(":retry\n"), "{}", ran.stdout);
    let url = format!("{}/apis/v2beta1/runs/{id}", site.cluster.url());
    let run = ureq::get(url).call().unwrap().body_mut().read_to_string();
    let mut run: Value = serde_json::from_str(&run.unwrap()).unwrap();
    run["state"] = "RUNNING".into();
    let history = run["state_history"].as_array_mut().unwrap();
    history.push(json!({"state": "RUNNING"}));
    *stale.lock().unwrap() = Some(run);
    let ran = site.run(&retry);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(stale.lock().unwrap().is_none());
    assert!(ran.stderr.contains("Succeeded make"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("Failed"), "{}", ran.stderr);
    assert!(ran.stdout.contains("accuracy"), "{}", ran.stdout);
    let ran = site.run(&["runs", "retry", &id, &id, "--watch"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_done_to_a_run_is_said_with_its_state() {
    let site = Site::new(FINE);
    let (id, _) = site.finished(&[]);
    let ran = site.run(&["runs", "retry", &id]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("it is succeeded"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("hint: only a run that failed"),
        "{}",
        ran.stderr
    );
    let ran = site.run(&["runs", "archive", "2026-11-26-1"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .contains("is not the identifier of a run on a cluster"),
        "{}",
        ran.stderr
    );
}

#[test]
fn logs_name_the_tasks_there_are() {
    let site = Site::new("echo hello; printf 1 > $out");
    let (id, _) = site.finished(&[]);
    assert_eq!(site.run(&["logs", &id, "make"]).stdout, "hello\n");
    assert_eq!(site.run(&["logs", &id]).stdout, "hello\n");
    assert_eq!(
        site.run(&["logs", &id, "make", "--follow"]).stdout,
        "hello\n"
    );
    let ran = site.run(&["logs", &id, "nobody"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("its tasks are make, measure"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_log_that_is_followed_asks_for_nothing_but_the_run_and_its_log() {
    let place = tempfile::tempdir().unwrap();
    let go = place.path().join("go");
    let script = format!(
        "echo hello; while [ ! -e {} ]; do sleep 0.05; done; printf bye; printf 1 > $out",
        go.display()
    );
    let asked = AtomicUsize::new(0);
    let options = Options {
        fault: Some(Box::new(move |request| {
            if !request.line().ends_with("/log") {
                return None;
            }
            // The container is being created, and then its task ends.
            let error = json!({"error_details": "no", "error_message": "Failed to read logs"});
            if asked.fetch_add(1, Ordering::SeqCst) == 0 {
                fs::write(&go, "").unwrap();
                return Some(Reply::status(200).body(error.to_string()));
            }
            None
        })),
        ..Options::default()
    };
    let site = Site::with(&script, options);
    let id = site.submit(&[]).run_id();
    // Until the task has begun there is none of that name.
    let ran = loop {
        let ran = site.run(&["logs", &id, "make", "--follow"]);
        if ran.code != Some(2) {
            break ran;
        }
    };
    assert_eq!(ran.stdout, "hello\nbye\n", "{}", ran.stderr);
    let requests = site.cluster.requests().into_iter();
    let lines: Vec<String> = requests.map(|one| one.line()).collect();
    assert!(
        !lines.iter().any(|line| line.contains("ml_metadata")),
        "{lines:?}"
    );
}

/// A task that writes a file and a directory.
const FILES: &str = r#"
pipelineInfo: {name: files}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
components:
  comp-write:
    executorLabel: exec-write
    outputDefinitions:
      artifacts:
        data: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}
        model: {artifactType: {schemaTitle: system.Model, schemaVersion: 0.0.1}}
deploymentSpec:
  executors:
    exec-write:
      container:
        image: ghcr.io/acme/sh:1
        command: [sh, -ec, 'mkdir -p "$2/nested"; printf "a,b\n" > "$1"; printf w > "$2/w.bin"; printf hi > "$2/nested/a+b %20"', sh]
        args: ["{{$.outputs.artifacts['data'].path}}", "{{$.outputs.artifacts['model'].path}}"]
root:
  dag:
    tasks:
      write: {taskInfo: {name: write}, componentRef: {name: comp-write}}
"#;

#[test]
fn files_and_directories_are_downloaded_whole() {
    let site = Site::new(FINE);
    site.write("p.yaml", FILES);
    let (id, ran) = site.finished(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let get = |arguments: &[&str]| site.run(&[&["artifacts", &id, "--get"], arguments].concat());

    let ran = get(&["data", "--output", "data.csv"]);
    assert_eq!(ran.stdout, "data.csv\n", "{}", ran.stderr);
    assert_eq!(fs::read_to_string(site.path("data.csv")).unwrap(), "a,b\n");
    let ran = get(&["write/model", "--output", "model"]);
    assert_eq!(ran.stdout, "model\n", "{}", ran.stderr);
    let notes = fs::read_to_string(site.path("model/nested/a+b %20")).unwrap();
    assert_eq!(notes, "hi");

    site.write("model/mine", "not to be lost");
    let ran = get(&["write/model", "--output", "model"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("`model` exists"), "{}", ran.stderr);
    assert!(site.path("model/mine").is_file());

    for _ in 0..2 {
        let ran = get(&[]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let paths: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(paths.len(), 3, "{}{}", ran.stdout, ran.stderr);
        let of = |end: &str| paths.iter().find(|path| path.ends_with(end)).unwrap();
        let data = fs::read_to_string(of("/write/data")).unwrap();
        assert_eq!(data, "a,b\n");
        let model = std::path::Path::new(of("/write/model"));
        assert_eq!(fs::read_to_string(model.join("w.bin")).unwrap(), "w");
        let folder = model.parent().unwrap();
        assert_eq!(
            fs::read_dir(folder).unwrap().count(),
            3,
            "nothing is left over"
        );
    }
    let ran = get(&["--output", "everything"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("takes one artifact") && ran.stderr.contains("write/model"),
        "{}",
        ran.stderr
    );
    assert!(!site.path("everything").exists());
}

#[test]
fn an_artifact_that_is_cut_or_missing_leaves_what_was_there() {
    let cut = Arc::new(AtomicBool::new(false));
    let is_cut = Arc::clone(&cut);
    let options = Options {
        fault: Some(Box::new(move |request| {
            let is_artifact = request.line().starts_with("GET /artifacts/");
            (is_artifact && is_cut.load(Ordering::SeqCst)).then(|| {
                let reply = Reply::status(200).header("content-length", "100000");
                reply.body("half").cut(100)
            })
        })),
        ..Options::default()
    };
    let site = Site::with(FINE, options);
    let (id, _) = site.finished(&[]);
    site.write("log", "the old one");
    let get = [
        "artifacts",
        &id,
        "--get",
        "make/executor-logs",
        "--output",
        "log",
    ];
    cut.store(true, Ordering::SeqCst);
    let ran = site.run(&get);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("hint: fetch it again"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_to_string(site.path("log")).unwrap(), "the old one");
    cut.store(false, Ordering::SeqCst);
    let ran = site.run(&["artifacts", &id, "--get", "metrics"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("hint: the store does not have it"),
        "{}",
        ran.stderr
    );
}

/// An archive with a file, and with entries that want to be elsewhere.
fn hostile_archive() -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    let mut add = |name: &str, kind: tar::EntryType, link: Option<&str>| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(if link.is_some() { 0 } else { 4 });
        // The library refuses such names.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        if let Some(link) = link {
            header.set_link_name(link).unwrap();
        }
        header.set_cksum();
        let content: &[u8] = if link.is_some() { b"" } else { b"text" };
        archive.append(&header, content).unwrap();
    };
    add("fine", tar::EntryType::Regular, None);
    add("../outside", tar::EntryType::Regular, None);
    add("/outside", tar::EntryType::Regular, None);
    add("link", tar::EntryType::Symlink, Some(".."));
    add("link/outside", tar::EntryType::Regular, None);
    archive.into_inner().unwrap().finish().unwrap()
}

#[test]
fn a_directory_holds_nothing_that_leads_out_of_it() {
    let options = Options {
        fault: Some(Box::new(|request| {
            request.line().starts_with("GET /artifacts/").then(|| {
                Reply::status(200)
                    .header("content-type", "application/gzip")
                    .header(
                        "content-disposition",
                        "attachment; filename=\"executor-logs-0.tar.gz\"",
                    )
                    .body(hostile_archive())
            })
        })),
        ..Options::default()
    };
    let site = Site::with(FINE, options);
    let (id, _) = site.finished(&[]);
    fs::create_dir(site.path("in")).unwrap();
    let get = [
        "artifacts",
        &id,
        "--get",
        "make/executor-logs",
        "--output",
        "in/logs",
    ];
    let ran = site.run(&get);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let names = |folder: &str| {
        let entries = fs::read_dir(site.path(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("in"), ["logs"]);
    assert_eq!(names("in/logs"), ["fine", "link", "outside"]);
    assert!(
        site.path("in/logs/link")
            .symlink_metadata()
            .unwrap()
            .is_dir()
    );
}

#[test]
fn a_run_without_artifacts_is_said_to_have_none() {
    let site = Site::new(FINE);
    // Nobody has this image, so no task begins.
    let pipeline = fs::read_to_string(site.path("p.yaml")).unwrap();
    site.write("p.yaml", &pipeline.replace("acme/sh:1", "acme/other:1"));
    let id = site.submit(&[]).run_id();
    let ran = site.run(&["artifacts", &id, "--get"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("has no artifacts yet"),
        "{}",
        ran.stderr
    );
}

#[test]
fn artifacts_are_listed_by_name() {
    let site = Site::new(FINE);
    let (id, _) = site.finished(&[]);
    let listed = site.run(&["artifacts", &id]);
    assert!(
        listed.stdout.contains("measure/metrics") && listed.stdout.contains("system.Metrics"),
        "{}",
        listed.stdout
    );
    let ran = site.run(&["artifacts", &id, "--get", "nothing"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("there are ") && ran.stderr.contains("measure/metrics"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_pipeline_is_uploaded_when_it_changes_and_not_before() {
    let site = Site::new(FINE);
    assert!(site.run(&["up", "p.yaml"]).stderr.contains("Uploaded two"));
    let uploads = site.writes().len();
    assert!(site.run(&["up", "p.yaml"]).stderr.contains("Unchanged two"));
    let text = fs::read_to_string(site.path("p.yaml")).unwrap();
    let reordered = text.replace(
        "pipelineInfo: {name: two, description: Doubles a number.}\nschemaVersion: 2.1.0",
        "schemaVersion: 2.1.0\npipelineInfo: {description: Doubles a number., name: two}",
    );
    assert_ne!(reordered, text);
    site.write("p.yaml", &reordered);
    assert!(site.run(&["up", "p.yaml"]).stderr.contains("Unchanged two"));
    assert_eq!(site.writes().len(), uploads);
    site.write(
        "p.yaml",
        &text.replace("defaultValue: 3", "defaultValue: 4"),
    );
    let dry = site.run(&["up", "p.yaml", "--dry-run"]);
    assert!(
        dry.stdout.contains("/pipelines/upload_version?pipelineid="),
        "{}",
        dry.stdout
    );
    assert_eq!(site.writes().len(), uploads);
    let ran = site.run(&["up", "p.yaml", "--version-name", "v2"]);
    assert!(ran.stderr.contains("Uploaded two"), "{}", ran.stderr);
    assert_eq!(site.writes().len(), uploads + 1);
    let ran = site.run(&[
        "submit",
        "two@v2",
        "--no-image-check",
        "--watch",
        "--poll",
        "0.05",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = site.run(&["submit", "two@v9", "--no-image-check"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("`kfp-comp up FILE --pipeline-name two`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_cache_of_an_uploaded_pipeline_is_not_silently_kept() {
    let site = Site::new(FINE);
    site.run(&["up", "p.yaml"]);
    let writes = site.writes().len();
    let ran = site.run(&["submit", "two", "--no-image-check", "--no-cache"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("hint: submit the pipeline's file"),
        "{}",
        ran.stderr
    );
    assert_eq!(site.writes().len(), writes);
}

#[test]
fn a_cron_of_five_fields_is_sent_with_the_seconds_that_kfp_wants() {
    let site = Site::new(FINE);
    let create = [
        "schedule",
        "create",
        "p.yaml",
        "--no-image-check",
        "--cron",
        "0 5 * * *",
        "--name",
        "nightly",
    ];
    let ran = site.run(
        &[
            &create[..],
            &["--experiment", "doubles", "--", "--count", "9"],
        ]
        .concat(),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`0 5 * * *` is sent as `0 0 5 * * *`"),
        "{}",
        ran.stderr
    );
    let listed = site.run(&["schedule", "list"]);
    assert!(
        listed.stdout.contains("nightly") && listed.stdout.contains("enabled"),
        "{}",
        listed.stdout
    );
    let id = ran.stdout.trim();
    let run = site.cluster.fire(id);
    assert_eq!(site.run(&["watch", &run, "--poll", "0.05"]).code, Some(0));
    assert_eq!(site.run(&["schedule", "pause", "nightly"]).code, Some(0));
    assert!(site.run(&["schedule", "list"]).stdout.contains("disabled"));
    assert_eq!(site.run(&["schedule", "resume", id]).code, Some(0));
    assert_eq!(site.run(&["schedule", "delete", "nightly"]).code, Some(0));
    assert_eq!(site.run(&["schedule", "list"]).stdout, "");
    let sent = site.writes().len();
    for (cron, message) in [
        ("5 5", "this one has 2"),
        ("0 25 * * *", "`25` is not the hour"),
        ("0 0 31 2 *", "no such day"),
    ] {
        let ran = site.run(&["schedule", "create", "p.yaml", "--cron", cron]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
    assert_eq!(site.writes().len(), sent);
}

#[test]
fn an_archived_experiment_takes_no_runs() {
    let site = Site::new(FINE);
    assert_eq!(site.run(&["experiments", "create", "old"]).code, Some(0));
    assert_eq!(site.run(&["experiments", "archive", "old"]).code, Some(0));
    let ran = site.submit(&["--experiment", "old"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("kfp-comp experiments unarchive old"),
        "{}",
        ran.stderr
    );
    assert!(
        !site
            .writes()
            .iter()
            .any(|line| line.ends_with("POST /apis/v2beta1/runs"))
    );
    assert!(
        site.run(&["experiments", "list", "--archived"])
            .stdout
            .contains("old")
    );
}
