//! What runs, in which order, and what becomes of it.

use std::time::{Duration, Instant};

use kfp_runner::{
    engine::Options,
    record::{Event, State},
};
use serde_json::json;

use crate::support::{Build, constant, input, output_of, task};

/// A component that hands a number on, one larger.
fn next(build: Build) -> Build {
    build.script(
        "next",
        &["n: NUMBER_INTEGER"],
        &["out: NUMBER_INTEGER"],
        "printf %s $((n + 1)) > $out",
    )
}

fn n(source: serde_json::Value) -> serde_json::Value {
    json!({"inputs": {"parameters": {"n": source}}})
}

#[test]
fn values_flow_from_task_to_task_and_out_of_the_pipeline() {
    let ran = next(Build::new())
        .root("inputDefinitions", json!({"parameters": {"start": {"parameterType": "NUMBER_INTEGER"}}}))
        .root("outputDefinitions", json!({"parameters": {"end": {"parameterType": "NUMBER_INTEGER"}}}))
        .root("outputs", json!({"parameters": {"end": {"valueFromParameter": {"producerSubtask": "b", "outputParameterKey": "out"}}}}))
        .task("a", "next", n(input("start")))
        .task("b", "next", n(output_of("a", "out")))
        .run_with(json!({"start": 40}), Options::default());
    assert_eq!(ran.summary.state, State::Succeeded);
    assert_eq!(ran.output("end"), json!(42));
}

#[test]
fn independent_tasks_run_at_the_same_time_up_to_the_number_of_jobs() {
    let build = || {
        (0..4).fold(
            Build::new().script("wait", &[], &[], "sleep 0.3"),
            |build, i| build.task(&format!("wait-{i}"), "wait", json!({})),
        )
    };
    let most_at_once = |jobs| {
        let options = Options {
            jobs,
            ..Options::default()
        };
        let start = Instant::now();
        let ran = build().run_with(json!({}), options);
        let (mut now, mut most) = (0, 0);
        for event in &ran.events {
            match event {
                Event::Start { .. } => now += 1,
                Event::End { .. } => now -= 1,
                _ => {}
            }
            most = most.max(now);
        }
        (most, start.elapsed())
    };
    assert_eq!(most_at_once(4).0, 4);
    let (most, time) = most_at_once(1);
    assert_eq!(most, 1);
    assert!(time >= Duration::from_millis(1200));
}

#[test]
fn a_failure_omits_what_needs_it_and_nothing_else() {
    let ran = next(Build::new())
        .script(
            "fail",
            &[],
            &["out: NUMBER_INTEGER"],
            "echo 'error: no luck' >&2; exit 3",
        )
        .task("bad", "fail", json!({}))
        .task("after", "next", n(output_of("bad", "out")))
        .task("beyond", "next", n(output_of("after", "out")))
        .task("beside", "next", n(constant(json!(1))))
        .run();
    assert_eq!(ran.summary.state, State::Failed);
    assert_eq!(ran.summary.failed, ["bad"]);
    assert_eq!(ran.error("bad"), "exited with 3");
    assert_eq!(ran.state("after"), State::Omitted);
    assert_eq!(ran.state("beyond"), State::Omitted);
    assert_eq!(ran.state("beside"), State::Succeeded);
    let log = ran.directory.join("tasks/bad/attempt-1/output.log");
    assert_eq!(std::fs::read_to_string(log).unwrap(), "error: no luck\n");
}

/// The graphs kfp compiles `If`, `Elif` and `Else` to, with a `OneOf` of their outputs.
fn branches(build: Build) -> Build {
    let reference = "inputs.parameter_values['x']";
    let branch = |number: i32| {
        json!({
            "inputDefinitions": {"parameters": {"x": {"parameterType": "STRING"}}},
            "outputDefinitions": {"parameters": {"out": {"parameterType": "NUMBER_INTEGER"}}},
            "dag": {
                "tasks": {"next": task("next", n(constant(json!(number))))},
                "outputs": {"parameters": {"out": {"valueFromParameter": {"producerSubtask": "next", "outputParameterKey": "out"}}}},
            },
        })
    };
    let branch_task = |component: &str, condition: String| {
        let more = json!({"inputs": {"parameters": {"x": input("x")}}, "triggerPolicy": {"condition": condition}});
        task(component, more)
    };
    let selector = |task: &str| json!({"producerSubtask": task, "outputParameterKey": "out"});
    build
        .component("comp-condition-2", branch(10))
        .component("comp-condition-3", branch(20))
        .component("comp-condition-branches-1", json!({
            "inputDefinitions": {"parameters": {"x": {"parameterType": "STRING"}}},
            "outputDefinitions": {"parameters": {"one": {"parameterType": "NUMBER_INTEGER"}}},
            "dag": {
                "tasks": {
                    "condition-2": branch_task("condition-2", format!("{reference} == 'a'")),
                    "condition-3": branch_task("condition-3", format!("!({reference} == 'a')")),
                },
                "outputs": {"parameters": {"one": {"valueFromOneof": {"parameterSelectors": [selector("condition-2"), selector("condition-3")]}}}},
            },
        }))
        .root("inputDefinitions", json!({"parameters": {"x": {"parameterType": "STRING"}}}))
        .root("outputDefinitions", json!({"parameters": {"end": {"parameterType": "NUMBER_INTEGER"}}}))
        .root("outputs", json!({"parameters": {"end": {"valueFromParameter": {"producerSubtask": "use", "outputParameterKey": "out"}}}}))
        .task("condition-branches-1", "condition-branches-1", json!({"inputs": {"parameters": {"x": input("x")}}}))
        .task("use", "next", n(output_of("condition-branches-1", "one")))
}

#[test]
fn of_several_branches_one_runs_and_its_output_is_taken() {
    for (x, end, skipped) in [("a", 12, "condition-3"), ("b", 22, "condition-2")] {
        let ran = branches(next(Build::new())).run_with(json!({"x": x}), Options::default());
        assert_eq!(ran.output("end"), json!(end));
        assert_eq!(
            ran.state(&format!("condition-branches-1/{skipped}")),
            State::Skipped
        );
        assert_eq!(ran.state("condition-branches-1"), State::Succeeded);
    }
}

#[test]
fn a_false_condition_omits_what_waits_for_it_and_the_run_succeeds() {
    let ran = next(Build::new())
        .component("comp-condition-1", json!({"dag": {"tasks": {"next": task("next", n(constant(json!(1))))}}}))
        .task("condition-1", "condition-1", json!({"triggerPolicy": {"condition": "1 > 2"}}))
        .task("after", "next", json!({"inputs": {"parameters": {"n": constant(json!(1))}}, "dependentTasks": ["condition-1"]}))
        .run();
    assert_eq!(ran.summary.state, State::Succeeded);
    assert_eq!(ran.state("condition-1"), State::Skipped);
    assert_eq!(ran.state("after"), State::Omitted);
    assert!(!ran.states().contains_key("condition-1/next"));
}

#[test]
fn a_condition_that_cannot_be_decided_fails_its_task() {
    let ran = next(Build::new())
        .component(
            "comp-condition-1",
            json!({"dag": {"tasks": {"next": task("next", n(constant(json!(1))))}}}),
        )
        .task(
            "condition-1",
            "condition-1",
            json!({"triggerPolicy": {"condition": "inputs.parameter_values['x'] == 'a'"}}),
        )
        .run();
    assert_eq!(ran.summary.state, State::Failed);
    assert!(
        ran.error("condition-1").contains("no such key"),
        "{}",
        ran.error("condition-1")
    );
}

/// A loop over items with a body, whose outputs are collected.
fn looped(build: Build, items: serde_json::Value, more: serde_json::Value) -> Build {
    let mut loop_task = json!({
        "inputs": {"parameters": {"items": items}},
        "parameterIterator": {"items": {"inputParameter": "items"}, "itemInput": "item"},
    });
    for (key, value) in more.as_object().unwrap() {
        loop_task[key] = value.clone();
    }
    build
        .component("comp-for-loop-1", json!({
            "inputDefinitions": {"parameters": {"items": {"parameterType": "LIST"}, "item": {"parameterType": "NUMBER_INTEGER"}}},
            "outputDefinitions": {"parameters": {"all": {"parameterType": "LIST"}}},
            "dag": {
                "tasks": {"body": task("body", n(input("item")))},
                "outputs": {"parameters": {"all": {"valueFromParameter": {"producerSubtask": "body", "outputParameterKey": "out"}}}},
            },
        }))
        .task("for-loop-1", "for-loop-1", loop_task)
        .root("outputDefinitions", json!({"parameters": {"all": {"parameterType": "LIST"}}}))
        .root("outputs", json!({"parameters": {"all": {"valueFromParameter": {"producerSubtask": "for-loop-1", "outputParameterKey": "all"}}}}))
}

fn body(build: Build, script: &str) -> Build {
    build.script(
        "body",
        &["n: NUMBER_INTEGER"],
        &["out: NUMBER_INTEGER"],
        script,
    )
}

#[test]
fn a_loop_collects_in_the_order_of_its_items_whatever_ends_first() {
    let build = body(
        Build::new(),
        "sleep 0.$((3 - n)); printf %s $((n * 10)) > $out",
    );
    let options = Options {
        jobs: 3,
        ..Options::default()
    };
    let ran = looped(build, constant(json!([1, 2, 3])), json!({})).run_with(json!({}), options);
    assert_eq!(ran.output("all"), json!([10, 20, 30]));
}

#[test]
fn a_loop_over_nothing_is_an_empty_list() {
    let ran = looped(body(Build::new(), "exit 1"), constant(json!([])), json!({})).run();
    assert_eq!(ran.summary.state, State::Succeeded);
    assert_eq!(ran.output("all"), json!([]));
}

#[test]
fn no_more_iterations_run_at_a_time_than_the_loop_allows() {
    let build = body(Build::new(), "sleep 0.2; printf %s $n > $out");
    let options = Options {
        jobs: 8,
        ..Options::default()
    };
    let limit = json!({"iteratorPolicy": {"parallelismLimit": 2}});
    let ran = looped(build, constant(json!([1, 2, 3, 4, 5])), limit).run_with(json!({}), options);
    let (mut now, mut most) = (0, 0);
    for event in &ran.events {
        match event {
            Event::Start { .. } => now += 1,
            Event::End { .. } => now -= 1,
            _ => {}
        }
        most = most.max(now);
    }
    assert_eq!(most, 2);
    assert_eq!(ran.output("all"), json!([1, 2, 3, 4, 5]));
}

#[test]
fn an_exit_task_runs_after_a_failure_and_is_told_of_it() {
    let ran = Build::new()
        .script("fail", &[], &[], "exit 1")
        .script("tell", &["status: TASK_FINAL_STATUS"], &["out: STRUCT"], "printf %s \"$status\" > $out")
        .component("comp-exit-handler-1", json!({"dag": {"tasks": {"bad": task("fail", json!({}))}}}))
        .root("outputDefinitions", json!({"parameters": {"status": {"parameterType": "STRUCT"}}}))
        .root("outputs", json!({"parameters": {"status": {"valueFromParameter": {"producerSubtask": "tell", "outputParameterKey": "out"}}}}))
        .task("exit-handler-1", "exit-handler-1", json!({}))
        .task("tell", "tell", json!({
            "dependentTasks": ["exit-handler-1"],
            "inputs": {"parameters": {"status": {"taskFinalStatus": {"producerTask": "exit-handler-1"}}}},
            "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
        }))
        .run();
    assert_eq!(ran.summary.state, State::Failed);
    assert_eq!(ran.summary.failed, ["exit-handler-1/bad"]);
    let status = ran.output("status");
    assert_eq!(status["state"], "FAILED");
    assert_eq!(status["pipelineTaskName"], "exit-handler-1");
    assert_eq!(
        status["error"]["message"],
        "exit-handler-1/bad: exited with 1"
    );
}

#[test]
fn a_task_that_fails_twice_succeeds_in_its_third_attempt_with_only_its_outputs() {
    let directory = tempfile::tempdir().unwrap();
    let count = directory.path().join("count");
    let script = format!(
        "echo x >> {0}; printf %s \"$(wc -l < {0})\" > $out; [ $(wc -l < {0}) -ge 3 ]",
        count.display()
    );
    let retry = json!({"maxRetryCount": 2, "backoffDuration": "0.1s", "backoffFactor": 2, "backoffMaxDuration": "3600s"});
    let start = Instant::now();
    let ran = Build::new()
        .script("flaky", &[], &["out: NUMBER_INTEGER"], &script)
        .task("flaky", "flaky", json!({"retryPolicy": retry}))
        .root("outputDefinitions", json!({"parameters": {"n": {"parameterType": "NUMBER_INTEGER"}}}))
        .root("outputs", json!({"parameters": {"n": {"valueFromParameter": {"producerSubtask": "flaky", "outputParameterKey": "out"}}}}))
        .run();
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(ran.output("n"), json!(3));
    let attempts: Vec<u32> = ran
        .events
        .iter()
        .filter_map(|event| match event {
            Event::End { attempt, .. } => Some(*attempt),
            _ => None,
        })
        .collect();
    assert_eq!(attempts, [1, 2, 3]);
}
