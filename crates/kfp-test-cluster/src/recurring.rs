//! Recurring runs. They never start a run by the clock: a test fires them.

use kfp_test_support::{Reply, Request};
use serde_json::{Map, Value, json};

use crate::{
    list::{self, Listed},
    reply::{Answer, not_found, ok, refused},
    request::{Query, message, text},
    state::{State, find, now, uuid},
};

const RECURRING: Listed = Listed {
    key: "recurringRuns",
    name: "RecurringRun",
    id: "recurring_run_id",
    model: "",
    fields: &[
        "recurring_run_id",
        "id",
        "name",
        "display_name",
        "created_at",
        "updated_at",
        "status",
        "namespace",
        "experiment_id",
    ],
};
const FIELDS: [&str; 12] = [
    "display_name",
    "description",
    "experiment_id",
    "pipeline_version_reference",
    "pipeline_version_id",
    "pipeline_spec",
    "runtime_config",
    "service_account",
    "trigger",
    "mode",
    "max_concurrency",
    "no_catchup",
];
const CHAIN: &str =
    "Failed to create a recurring run due to conversion error: Invalid input error: ";

impl State {
    pub(crate) fn list_recurring(&self, query: &Query) -> Answer {
        let experiment = query.get("experiment_id");
        let of = self
            .recurring
            .iter()
            .filter(|one| experiment.is_empty() || one["experiment_id"] == experiment);
        list::page(&RECURRING, query, of.cloned().collect())
    }

    pub(crate) fn recurring(&mut self, id: &str) -> Result<&mut Map<String, Value>, Reply> {
        let message = format!("Recurring run {id} not found");
        find(&mut self.recurring, "recurring_run_id", id)
            .ok_or_else(|| not_found("Failed to get a recurring run: ", &message))
    }

    pub(crate) fn create_recurring(&mut self, request: &Request) -> Answer {
        let mut given = message(request, &FIELDS)?;
        let concurrency = given.get("max_concurrency").map_or(0, |value| match value {
            Value::String(text) => text.parse().unwrap_or(0),
            number => number.as_i64().unwrap_or(0),
        });
        if !(1..=10).contains(&concurrency) {
            let message = format!(
                "Max concurrency of a recurring run must be at least 1 and at most 10. Received {concurrency}"
            );
            return Err(refused(3, CHAIN, &message));
        }
        let mut trigger = given.remove("trigger").unwrap_or_else(|| json!({}));
        if let Some(cron) = trigger["cron_schedule"]["cron"].as_str() {
            check_cron(cron)?;
        }
        let interval = &trigger["periodic_schedule"]["interval_second"];
        if let Some(seconds) = interval.as_i64() {
            trigger["periodic_schedule"]["interval_second"] = seconds.to_string().into();
        }
        self.experiment(text(&given, "experiment_id"))?;
        let is_enabled = text(&given, "mode") == "ENABLE";
        given.insert("max_concurrency".into(), concurrency.to_string().into());
        given.insert("trigger".into(), trigger);
        given.insert("created_at".into(), now().into());
        given.insert("updated_at".into(), now().into());
        given.insert("namespace".into(), "kubeflow".into());
        given.insert("recurring_run_id".into(), uuid().into());
        if text(&given, "service_account").is_empty() {
            given.insert("service_account".into(), "pipeline-runner".into());
        }
        given.retain(|_, value| *value != "" && *value != false && !value.is_null());
        switch(&mut given, is_enabled);
        self.recurring.push(given.clone());
        Ok(ok(&given.into()))
    }

    pub(crate) fn switch_recurring(&mut self, id: &str, is_enabled: bool) -> Answer {
        switch(self.recurring(id)?, is_enabled);
        Ok(ok(&json!({})))
    }

    pub(crate) fn delete_recurring(&mut self, id: &str) -> Answer {
        self.recurring(id)?;
        self.recurring.retain(|one| one["recurring_run_id"] != id);
        Ok(ok(&json!({})))
    }
}

fn switch(fields: &mut Map<String, Value>, is_enabled: bool) {
    let (mode, status) = if is_enabled {
        ("ENABLE", "ENABLED")
    } else {
        ("DISABLE", "DISABLED")
    };
    fields.insert("mode".into(), mode.into());
    fields.insert("status".into(), status.into());
}

/// Five or six fields, whichever the author means, or a descriptor.
fn check_cron(cron: &str) -> Result<(), Reply> {
    let count = cron.split_whitespace().count();
    if cron.starts_with('@') || (5..=6).contains(&count) {
        return Ok(());
    }
    let message = format!(
        "Schedule cron is not a supported format(https://godoc.org/github.com/robfig/cron). Error: Expected 5 to 6 \
         fields, found {count}: {cron}"
    );
    Err(refused(3, CHAIN, &message))
}
