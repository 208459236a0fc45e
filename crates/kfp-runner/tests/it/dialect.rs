//! The rules of kfp.local, where a comparison asks for them.

use kfp_runner::{
    engine::{Dialect, Options},
    record::State,
};
use serde_json::json;

use crate::support::Build;

#[test]
fn kfp_locals_rules_can_be_asked_for() {
    let undecidable =
        json!({"triggerPolicy": {"condition": "inputs.parameter_values['none'] == 'x'"}});
    let build = || {
        Build::new()
            .script("a", &[], &[], "true")
            .task("undecidable", "a", undecidable.clone())
            .task(
                "skipped",
                "a",
                json!({"triggerPolicy": {"condition": "false"}}),
            )
            .task("after", "a", json!({"dependentTasks": ["skipped"]}))
    };
    let of = |dialect: Dialect| {
        let options = Options {
            dialect,
            ..Options::default()
        };
        build().run_with(json!({}), options).states()
    };
    let backend = of(Dialect::Backend);
    assert_eq!(backend["undecidable"], State::Failed);
    assert_eq!(backend["after"], State::Omitted);
    let local = of(Dialect::KfpLocal);
    assert_eq!(local["undecidable"], State::Skipped);
    assert_eq!(local["after"], State::Succeeded);
}
