//! What runs produced, from both forms of the server's API.

use kfp_client::{
    Client,
    model::State,
    outputs::{RunOutputs, TaskState},
};
use kfp_test_cluster::{Cluster, Options};
use serde_json::json;

use super::{client, ended, sources, submit};

/// A cluster of either form, and a client of it.
fn cluster(is_native: bool) -> (Cluster, Client) {
    let cluster = Cluster::start(Options {
        sources: sources(),
        is_native,
        ..Options::default()
    });
    let client = client(&cluster.url());
    (cluster, client)
}

#[test]
fn the_metadata_store_and_the_native_api_give_the_same_tables() {
    let outputs = |is_native: bool| {
        let (_cluster, client) = cluster(is_native);
        let run = submit(&client, &json!({"how": "well"}));
        let run = ended(&client, &run.run_id);
        assert_eq!(run.state, State::Succeeded, "{run:?}");
        client.outputs(&run.run_id).unwrap()
    };
    let (store, native) = (outputs(false), outputs(true));
    let names = |outputs: &RunOutputs| {
        let tasks = outputs.tasks.iter();
        let rows = tasks.map(|task| {
            (
                task.task.clone(),
                task.state.clone(),
                task.parameters.clone(),
            )
        });
        rows.collect::<Vec<_>>()
    };
    assert_eq!(names(&store), names(&native));
    assert_eq!(store.tasks[0].task, "split");
    assert_eq!(store.tasks[0].parameters["half"], 3);
    assert_eq!(store.tasks[0].inputs["rows"], 6);
    let (mut store, native) = (store.metrics(), native.metrics());
    // The store keeps six decimals.
    assert!((store.scalars[0].value - 0.966_667).abs() < 1e-12);
    assert!((native.scalars[0].value - 0.966_666_666_666_666_7).abs() < 1e-15);
    store.scalars[0].value = native.scalars[0].value;
    assert_eq!(store, native);
    assert_eq!(
        (store.scalars[1].name.as_str(), store.scalars[1].value),
        ("loss", 2.0)
    );
    assert_eq!(store.confusion_matrices[0].labels, ["a", "b"]);
    assert_eq!(store.confusion_matrices[0].rows, [[3.0, 1.0], [0.0, 2.0]]);
    assert_eq!(store.roc_curves[0].points.len(), 1);
}

#[test]
fn an_artifact_and_a_log_are_read_through_the_server() {
    for is_native in [false, true] {
        let (_cluster, client) = cluster(is_native);
        let run = submit(&client, &json!({"how": "well"}));
        ended(&client, &run.run_id);
        let outputs = client.outputs(&run.run_id).unwrap();
        let split = outputs.task("split").unwrap();
        let data = split
            .artifacts
            .iter()
            .find(|one| one.output == "data")
            .unwrap();
        let mut content = Vec::new();
        let arriving = client.artifact(data, "").unwrap();
        assert!(!arriving.is_directory());
        let size = arriving.write_to(&mut content).unwrap();
        assert_eq!((content.as_slice(), size), (&b"1\n2\n3\n"[..], 6));
        let log = client.log(&run.run_id, &split.pod).unwrap();
        assert_eq!(log, "splitting 6 rows\n");
    }
}

#[test]
fn a_failed_run_has_its_tasks_and_a_retry_runs_only_what_failed() {
    let (_cluster, client) = cluster(false);
    let run = submit(&client, &json!({"how": "fail"}));
    let run = ended(&client, &run.run_id);
    assert_eq!(run.state, State::Failed);
    assert!(!run.was_cancelled());
    let outputs = client.outputs(&run.run_id).unwrap();
    let states: Vec<_> = outputs.tasks.iter().map(|task| &task.state).collect();
    assert_eq!(states, [&TaskState::Succeeded, &TaskState::Failed]);
    let log = client.log(&run.run_id, &outputs.tasks[1].pod).unwrap();
    assert!(log.contains("error: nothing to learn"), "{log}");
    client.retry_run(&run.run_id).unwrap();
    let again = ended(&client, &run.run_id);
    assert_eq!(again.state, State::Failed);
    assert!(again.state_history.len() > run.state_history.len());
}

#[test]
fn a_second_run_is_taken_from_the_cache() {
    let (_cluster, client) = cluster(false);
    for wanted in [TaskState::Succeeded, TaskState::Cached] {
        let run = submit(&client, &json!({"how": "well"}));
        ended(&client, &run.run_id);
        let outputs = client.outputs(&run.run_id).unwrap();
        assert_eq!(outputs.tasks[0].state, wanted);
        assert_eq!(outputs.metrics().scalars.len(), 2);
    }
}
