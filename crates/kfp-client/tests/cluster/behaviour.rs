//! What runs do on a cluster.

use std::{collections::BTreeMap, thread, time::Duration};

use kfp_client::{
    Client, List, Result, Upload,
    model::{
        Mode, NewExperiment, NewRecurringRun, NewRun, PeriodicSchedule, PipelineVersionReference,
        RuntimeConfig, Source, State, StorageState, Trigger,
    },
    outputs::TaskState,
};
use kfp_runner::program::Sources;
use kfp_test_cluster::{Cluster, Options};
use serde_json::json;

use super::{PIPELINE, client, ended, sources, submit};

/// Loops and conditions.
const NESTED: &str = include_str!("nested.yaml");

fn nested(client: &Client) -> String {
    let spec = kfp_test_cluster::json_of_yaml(NESTED).unwrap();
    let mut run = NewRun {
        display_name: "nested".to_owned(),
        source: Source::Spec(spec),
        ..NewRun::default()
    };
    run.runtime_config
        .parameters
        .insert("word".to_owned(), "stop".into());
    client.create_run(&run).unwrap().run_id
}

#[test]
fn tasks_in_loops_and_conditions_have_the_same_paths_in_both_forms() {
    let paths = |is_native: bool| {
        let cluster = Cluster::start(Options {
            sources: sources(),
            is_native,
            ..Options::default()
        });
        let client = client(&cluster.url());
        let id = nested(&client);
        assert_eq!(ended(&client, &id).state, State::Succeeded);
        let outputs = client.outputs(&id).unwrap();
        for task in outputs.tasks.iter().filter(|task| !task.pod.is_empty()) {
            let log = client.log(&id, &task.pod).unwrap();
            assert_eq!(json!(log.trim()), task.parameters["heard"], "{}", task.task);
        }
        let tasks = outputs.tasks.into_iter();
        let rows = tasks.map(|task| (task.task, (task.state, task.is_group, task.parameters)));
        rows.collect::<BTreeMap<_, _>>()
    };
    let store = paths(false);
    assert_eq!(store, paths(true));
    let names: Vec<&str> = store.keys().map(String::as_str).collect();
    let expected = [
        "condition-1",
        "for-loop-1",
        "for-loop-1[0]",
        "for-loop-1[0]/say",
        "for-loop-1[1]",
        "for-loop-1[1]/say",
    ];
    assert_eq!(names, expected);
    assert_eq!(store["condition-1"].0, TaskState::Skipped);
    assert_eq!(store["for-loop-1[1]/say"].2["heard"], "b");
    assert!(store["for-loop-1[1]"].1);
}

#[test]
fn the_nodes_of_a_run_tell_its_tasks_as_its_outputs_do() {
    let cluster = Cluster::with(sources());
    let client = client(&cluster.url());
    for how in ["well", "fail"] {
        let id = submit(&client, &json!({ "how": how })).run_id;
        let run = ended(&client, &id);
        let of_nodes = run.tasks();
        let outputs = client.outputs(&id).unwrap();
        let states = |tasks: &[kfp_client::outputs::TaskOutputs]| {
            let mut all: Vec<_> = tasks
                .iter()
                .map(|task| (task.task.clone(), task.state.clone()))
                .collect();
            all.sort_by(|one, other| one.0.cmp(&other.0));
            all
        };
        assert_eq!(states(&of_nodes), states(&outputs.tasks), "{how}");
        for task in of_nodes.iter().filter(|task| !task.pod.is_empty()) {
            assert!(!client.log(&id, &task.pod).unwrap().is_empty());
        }
    }
}

#[test]
fn a_run_is_stopped_once_it_is_a_second_old_and_counts_as_cancelled() {
    let cluster = Cluster::with(sources());
    let client = client(&cluster.url());
    let id = submit(&client, &json!({"how": "wait"})).run_id;
    let error = client.terminate_run(&id).unwrap_err();
    assert!(error.to_string().contains("Row not found"), "{error}");
    thread::sleep(Duration::from_millis(1100));
    client.terminate_run(&id).unwrap();
    let run = ended(&client, &id);
    assert_eq!(
        (run.state.clone(), run.was_cancelled()),
        (State::Failed, true)
    );
    assert!(run.finished_at.is_some());
}

#[test]
fn a_run_whose_image_is_not_there_goes_on_for_ever() {
    let cluster = Cluster::with(Sources::default());
    let client = client(&cluster.url());
    let id = submit(&client, &json!({"how": "well"})).run_id;
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(client.run(&id).unwrap().state, State::Running);
    assert!(client.outputs(&id).unwrap().tasks.is_empty());
    client.terminate_run(&id).unwrap();
    assert!(ended(&client, &id).was_cancelled());
}

#[test]
fn a_schedule_starts_a_run_when_it_is_fired() {
    let cluster = Cluster::with(sources());
    let client = client(&cluster.url());
    let first = ended(&client, &submit(&client, &json!({"how": "well"})).run_id);
    let mut parameters = serde_json::Map::new();
    parameters.insert("how".to_owned(), "well".into());
    let schedule = client
        .create_recurring_run(&NewRecurringRun {
            display_name: "nightly".to_owned(),
            description: String::new(),
            experiment_id: first.experiment_id,
            pipeline_version_reference: first.pipeline_version_reference.unwrap(),
            runtime_config: RuntimeConfig {
                parameters,
                ..RuntimeConfig::default()
            },
            service_account: String::new(),
            trigger: Trigger::PeriodicSchedule(PeriodicSchedule {
                interval_second: 60,
                ..PeriodicSchedule::default()
            }),
            mode: Mode::Enable,
            max_concurrency: 1,
            no_catchup: true,
        })
        .unwrap();
    let id = cluster.fire(&schedule.recurring_run_id);
    let run = ended(&client, &id);
    assert_eq!(run.state, State::Succeeded);
    assert_eq!(run.recurring_run_id, schedule.recurring_run_id);
}

#[test]
fn a_list_is_read_page_by_page_in_its_order() {
    let cluster = Cluster::with(sources());
    let client = client(&cluster.url());
    for number in 0..7 {
        let upload = Upload {
            name: &format!("pipeline-{number}"),
            file_name: "p.yaml",
            content: PIPELINE.as_bytes(),
            ..Upload::default()
        };
        client.upload_pipeline(&upload).unwrap();
    }
    for (order, first) in [("name", "pipeline-0"), ("name desc", "pipeline-6")] {
        let list = List::all().sort_by(order).page_size(2);
        let pipelines: Vec<_> = client.pipelines(&list).collect::<Result<_>>().unwrap();
        let mut names: Vec<_> = pipelines
            .iter()
            .map(|pipeline| pipeline.name.clone())
            .collect();
        assert_eq!((names.len(), names[0].as_str()), (7, first));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 7);
    }
}

#[test]
fn an_archived_experiment_takes_its_runs_along() {
    let cluster = Cluster::with(sources());
    let client = client(&cluster.url());
    let first = ended(&client, &submit(&client, &json!({"how": "well"})).run_id);
    client.archive_experiment(&first.experiment_id).unwrap();
    let archived = client.run(&first.run_id).unwrap();
    assert_eq!(archived.storage_state, StorageState::Archived);
    let error = client.unarchive_run(&first.run_id).unwrap_err();
    assert!(
        error.hint().unwrap().contains("unarchive the experiment"),
        "{error}"
    );
}

#[test]
fn a_server_with_users_asks_for_a_namespace() {
    let cluster = Cluster::start(Options {
        sources: sources(),
        is_multi_user: true,
        ..Options::default()
    });
    let client = client(&cluster.url());
    assert!(client.health().unwrap().multi_user);
    let error = client.runs(&List::all()).next().unwrap().unwrap_err();
    assert!(error.hint().unwrap().contains("namespace"), "{error}");
    let experiment = NewExperiment {
        display_name: "ours".to_owned(),
        namespace: "team".to_owned(),
        ..NewExperiment::default()
    };
    let experiment = client.create_experiment(&experiment).unwrap();
    let ours = List::all().experiment(&experiment.experiment_id);
    assert!(client.runs(&ours).next().is_none());
    let run = NewRun {
        display_name: "homeless".to_owned(),
        source: Source::Version(PipelineVersionReference::default()),
        ..NewRun::default()
    };
    assert_eq!(
        client.create_run(&run).unwrap_err().api().unwrap().status,
        400
    );
}

#[test]
fn a_run_that_is_being_stopped_is_not_retried() {
    let cluster = Cluster::with(sources());
    let client = client(&cluster.url());
    let id = submit(&client, &json!({"how": "linger"})).run_id;
    let has_begun = || {
        let tasks = client.run(&id).unwrap().tasks();
        tasks.iter().any(|task| task.task == "train")
    };
    // It is too young at first.
    while !has_begun() || client.terminate_run(&id).is_err() {
        thread::sleep(Duration::from_millis(20));
    }
    let error = client.retry_run(&id).unwrap_err();
    assert_eq!(error.api().unwrap().status, 409, "{error}");
    assert!(
        error
            .to_string()
            .contains("error fetching workflow manifest"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("wait until it has"));
}
