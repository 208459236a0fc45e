//! Secrets, config maps, volumes and resources of a cluster, and what stands for them here.

use std::{collections::BTreeMap, fs, path::Path};

use kfp_pipeline::Pipeline;
use kfp_runner::{
    engine::{Options, Resources},
    platform::ClusterObjects,
    record::{Event, State},
    runs::Runs,
    task,
};
use serde_json::{Value, json};

use crate::support::{Build, Ran, Session, constant, output_of};

fn with_platform(build: Build, executors: Value, config: Value) -> String {
    let platform = json!({"platforms": {"kubernetes": {
        "deploymentSpec": {"executors": executors},
        "pipelineConfig": config,
    }}});
    format!("{}\n---\n{platform}\n", build.text())
}

fn values(name: &str, key: &str, value: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let values = BTreeMap::from([(key.to_owned(), value.to_owned())]);
    BTreeMap::from([(name.to_owned(), values)])
}

fn run(root: &Path, text: &str, cluster_objects: ClusterObjects, options: Options) -> Ran {
    let mut session = Session::new(text, json!({}));
    session.cluster_objects = cluster_objects;
    session.run(&Runs::new(root.join("runs")), options, None, |_, _| {})
}

fn log(ran: &Ran, task: &str) -> String {
    let path = format!("tasks/{task}/attempt-1/{}", task::LOG);
    fs::read_to_string(ran.directory.join(path)).unwrap()
}

/// Whether a text is in any file below a directory.
fn is_anywhere(directory: &Path, text: &[u8]) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return is_anywhere(&path, text);
        }
        let bytes = fs::read(path).unwrap();
        bytes.windows(text.len()).any(|window| window == text)
    })
}

#[test]
fn a_secret_reaches_its_task_and_no_file() {
    let root = tempfile::tempdir().unwrap();
    let script = "echo \"$TOKEN and $LEVEL\"; test ${#TOKEN} = 13 || exit 3";
    let build = Build::new().script("login", &[], &[], script).task(
        "login",
        "login",
        json!({"cachingOptions": {"enableCache": true}}),
    );
    let text = with_platform(
        build,
        json!({"exec-login": {
            "secretAsEnv": [{"secretName": "account", "keyToEnv": [{"secretKey": "token", "envVar": "TOKEN"}]}],
            "configMapAsEnv": [{"configMapName": "settings", "keyToEnv": [{"configMapKey": "level", "envVar": "LEVEL"}]}],
        }}),
        json!({}),
    );
    let objects = ClusterObjects {
        secrets: values("account", "token", "correct horse"),
        config_maps: values("settings", "level", "debug"),
        ..ClusterObjects::default()
    };
    let ran = run(root.path(), &text, objects, Options::default());
    assert_eq!(ran.state("login"), State::Succeeded);
    assert_eq!(log(&ran, "login"), "*** and debug\n");
    assert!(!is_anywhere(root.path(), b"correct horse"));

    let ran = run(
        root.path(),
        &text,
        ClusterObjects::default(),
        Options::default(),
    );
    assert_eq!(
        ran.error("login"),
        "the secret `account` has no value for `token`"
    );
}

#[test]
fn secrets_and_config_maps_are_files_while_their_task_runs() {
    let root = tempfile::tempdir().unwrap();
    let script = "cat $key/tls.key $settings/level; ls $none; printf %s $key > $place; stat -c %a $key/tls.key";
    let inputs = ["key: STRING", "settings: STRING", "none: STRING"];
    let build = Build::new()
        .script("login", &inputs, &["place: STRING"], script)
        .task(
            "login",
            "login",
            json!({"inputs": {"parameters": {
                "key": constant(json!("/keys")),
                "settings": constant(json!("/settings")),
                "none": constant(json!("/none")),
            }}}),
        )
        .root(
            "outputDefinitions",
            json!({"parameters": {"place": {"parameterType": "STRING"}}}),
        )
        .root(
            "outputs",
            json!({"parameters": {"place": {"valueFromParameter":
            {"producerSubtask": "login", "outputParameterKey": "place"}}}}),
        );
    let text = with_platform(
        build,
        json!({"exec-login": {
            "secretAsVolume": [
                {"secretName": "account", "mountPath": "/keys"},
                {"secretName": "other", "mountPath": "/none", "optional": true},
            ],
            "configMapAsVolume": [{"configMapName": "settings", "mountPath": "/settings"}],
        }}),
        json!({}),
    );
    let objects = ClusterObjects {
        secrets: values("account", "tls.key", "correct horse\n"),
        config_maps: values("settings", "level", "debug\n"),
        ..ClusterObjects::default()
    };
    let ran = run(root.path(), &text, objects, Options::default());
    assert_eq!(
        ran.state("login"),
        State::Succeeded,
        "{}",
        log(&ran, "login")
    );
    assert_eq!(log(&ran, "login"), "***\ndebug\n400\n");
    assert!(!is_anywhere(root.path(), b"correct horse"));
    let place = ran.output("place");
    assert!(!Path::new(place.as_str().unwrap()).exists(), "{place}");

    let none = ClusterObjects::default();
    let missing = none.missing(&Pipeline::read(&text).unwrap()).unwrap();
    let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
    assert_eq!(
        missing,
        [
            "the config map `settings` has no values",
            "the secret `account` has no values"
        ]
    );
}

#[test]
fn tasks_share_the_volume_of_a_claim_until_it_is_deleted() {
    let root = tempfile::tempdir().unwrap();
    let claim = |image: &str| json!({"container": {"image": image}});
    let names = json!({"parameters": {"pvc_name_suffix": {"parameterType": "STRING"}}});
    let name = json!({"parameters": {"pvc_name": {"parameterType": "STRING"}}});
    let outputs = json!({"parameters": {"name": {"parameterType": "STRING"}}});
    let build = Build::new()
        .executor("exec-make", claim("argostub/createpvc"))
        .executor("exec-delete", claim("argostub/deletepvc"))
        .component("comp-make", json!({"executorLabel": "exec-make", "inputDefinitions": names, "outputDefinitions": outputs}))
        .component("comp-delete", json!({"executorLabel": "exec-delete", "inputDefinitions": name}))
        .script("write", &["to: STRING"], &[], "echo kept > $to")
        .script("read", &["from: STRING"], &[], "cat $from")
        .task(
            "make",
            "make",
            json!({"inputs": {"parameters": {"pvc_name_suffix": constant(json!("-made"))}}}),
        )
        .task(
            "write",
            "write",
            json!({"dependentTasks": ["make"], "inputs": {"parameters": {"to": constant(json!("/data/file"))}}}),
        )
        .task(
            "read",
            "read",
            json!({"dependentTasks": ["write"], "inputs": {"parameters": {"from": constant(json!("/elsewhere/file"))}}}),
        )
        .task(
            "delete",
            "delete",
            json!({"dependentTasks": ["read"], "inputs": {"parameters": {"pvc_name": output_of("make", "name")}}}),
        );
    let mount = |path: &str| {
        let name = output_of("make", "name");
        json!({"pvcMount": [{"mountPath": path, "pvcNameParameter": name}]})
    };
    let executors = json!({"exec-write": mount("/data"), "exec-read": mount("/elsewhere")});
    let text = with_platform(build, executors, json!({}));
    let volumes = root.path().join("volumes");
    let objects = || ClusterObjects {
        volumes_root: volumes.clone(),
        ..ClusterObjects::default()
    };
    let ran = run(root.path(), &text, objects(), Options::default());
    assert_eq!(ran.summary.state, State::Succeeded, "{:?}", ran.events);
    assert_eq!(log(&ran, "read"), "kept\n");
    assert_eq!(fs::read_dir(&volumes).unwrap().count(), 0);

    // A directory that was given is used and stays.
    let own = root.path().join("own");
    fs::create_dir(&own).unwrap();
    let constant_name = text
        .replace("\"pvc_name_suffix\"", "\"pvc_name\"")
        .replace("\"-made\"", "\"mine\"");
    let objects = ClusterObjects {
        volumes: [("mine".to_owned(), own.clone())].into(),
        ..objects()
    };
    run(root.path(), &constant_name, objects, Options::default());
    assert_eq!(fs::read_to_string(own.join("file")).unwrap(), "kept\n");
}

#[test]
fn what_reads_the_volume_of_a_claim_is_not_taken_from_the_cache() {
    let root = tempfile::tempdir().unwrap();
    let build = Build::new()
        .script("read", &["from: STRING"], &["out: STRING"], "cat $from > $out")
        .task(
            "read",
            "read",
            json!({"cachingOptions": {"enableCache": true}, "inputs": {"parameters": {"from": constant(json!("/data/file"))}}}),
        );
    let mount = json!({"pvcMount": [{"mountPath": "/data", "constant": "shared"}]});
    let text = with_platform(build, json!({"exec-read": mount}), json!({}));
    let shared = root.path().join("shared");
    fs::create_dir(&shared).unwrap();
    let read = |content: &str| {
        fs::write(shared.join("file"), content).unwrap();
        let objects = ClusterObjects {
            volumes: [("shared".to_owned(), shared.clone())].into(),
            ..ClusterObjects::default()
        };
        let ran = run(root.path(), &text, objects, Options::default());
        assert_eq!(ran.state("read"), State::Succeeded, "{:?}", ran.events);
        let directory = ran.directory.join("tasks/read/attempt-1/parameters/out");
        fs::read_to_string(directory).unwrap()
    };
    assert_eq!(read("first"), "first");
    assert_eq!(read("second"), "second");
}

#[test]
fn tasks_share_the_workspace_of_their_run() {
    let root = tempfile::tempdir().unwrap();
    let path = constant(json!("{{$.workspace_path}}/file"));
    let build = Build::new()
        .script("write", &["to: STRING"], &[], "echo shared > $to")
        .script("read", &["from: STRING"], &[], "cat $from")
        .task(
            "write",
            "write",
            json!({"inputs": {"parameters": {"to": path}}}),
        )
        .task(
            "read",
            "read",
            json!({"dependentTasks": ["write"], "inputs": {"parameters": {"from": path}}}),
        );
    let text = with_platform(build, json!({}), json!({"workspace": {"size": "1Gi"}}));
    let ran = run(
        root.path(),
        &text,
        ClusterObjects::default(),
        Options::default(),
    );
    assert_eq!(ran.summary.state, State::Succeeded);
    assert_eq!(log(&ran, "read"), "shared\n");
    assert!(ran.directory.join("workspace/file").is_file());
}

#[test]
fn no_more_run_at_a_time_than_fit_into_the_memory() {
    let most_at_a_time = |budget: f64| {
        let root = tempfile::tempdir().unwrap();
        // The first attempt fails: another one needs room, too.
        let script = "sleep 0.2; if mkdir ../tried; then exit 1; fi";
        let mut build = Build::new().script("big", &[], &[], script);
        for name in ["a", "b", "c"] {
            let retry = json!({"retryPolicy": {"maxRetryCount": 1, "backoffDuration": "0s"}});
            build = build.task(name, "big", retry);
        }
        let text = build.text();
        let limited = "\"container\":{\"resources\":{\"memoryLimit\":3.0,\"cpuLimit\":1.0},";
        let text = text.replace("\"container\":{", limited);
        let options = Options {
            jobs: 3,
            resources: Resources {
                cpus: 8.0,
                memory: budget,
            },
            ..Options::default()
        };
        let ran = run(root.path(), &text, ClusterObjects::default(), options);
        assert_eq!(ran.summary.state, State::Succeeded);
        let mut running = 0;
        let mut most = 0;
        for event in &ran.events {
            match event {
                Event::Start { .. } => running += 1,
                Event::End { .. } => running -= 1,
                _ => {}
            }
            most = most.max(running);
        }
        most
    };
    assert_eq!(most_at_a_time(4e9), 1);
    assert_eq!(most_at_a_time(6e9), 2);
    // What asks for more than there is runs alone instead of never.
    assert_eq!(most_at_a_time(1e9), 1);
}
