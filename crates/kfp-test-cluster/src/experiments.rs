//! Experiments.

use kfp_test_support::{Reply, Request};
use serde_json::{Map, Value, json};

use crate::{
    list::{self, Listed},
    reply::{Answer, not_found, ok, refused},
    request::{Query, message, text},
    state::{State, epoch, find, now, uuid},
};

/// The experiment of runs that name none.
pub(crate) const DEFAULT: &str = "Default";

const EXPERIMENTS: Listed = Listed {
    key: "experiments",
    name: "Experiment",
    id: "experiment_id",
    model: "experiments",
    fields: &[
        "experiment_id",
        "id",
        "name",
        "display_name",
        "created_at",
        "description",
        "namespace",
        "storage_state",
        "last_run_created_at",
    ],
};

impl State {
    pub(crate) fn list_experiments(&self, query: &Query) -> Answer {
        let namespace = query.get("namespace");
        let of = self.experiments.iter().filter(|one| {
            namespace.is_empty() || one.get("namespace").is_none_or(|own| own == namespace)
        });
        list::page(&EXPERIMENTS, query, of.cloned().collect())
    }

    pub(crate) fn experiment(&mut self, id: &str) -> Result<&mut Map<String, Value>, Reply> {
        let message = format!("Experiment {id} not found");
        find(&mut self.experiments, "experiment_id", id)
            .ok_or_else(|| not_found("Failed to get an experiment: ", &message))
    }

    pub(crate) fn create_experiment(&mut self, request: &Request) -> Answer {
        let given = message(request, &["display_name", "description", "namespace"])?;
        let name = text(&given, "display_name");
        let chain = "Failed to create an experiment: Failed to validate an experiment: Invalid input error: ";
        if name.is_empty() {
            return Err(refused(3, chain, "Experiment must have a non-empty name"));
        }
        let namespace = text(&given, "namespace");
        let is_taken = self.experiments.iter().any(|one| {
            one["display_name"] == name
                && one
                    .get("namespace")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    == namespace
        });
        if is_taken {
            let message = format!(
                "Failed to create a new experiment. The name {name} already exists. Please specify a new name"
            );
            return Err(refused(
                6,
                "Failed to create an experiment: Already exist error: ",
                &message,
            ));
        }
        let experiment = self.add_experiment(name, text(&given, "description"), namespace);
        Ok(ok(&experiment.into()))
    }

    pub(crate) fn add_experiment(
        &mut self,
        name: &str,
        description: &str,
        namespace: &str,
    ) -> Map<String, Value> {
        let fields = json!({
            "created_at": now(),
            "description": description,
            "display_name": name,
            "experiment_id": uuid(),
            "last_run_created_at": epoch(),
            "namespace": namespace,
            "storage_state": "AVAILABLE",
        });
        let Value::Object(mut fields) = fields else {
            unreachable!("it is an object")
        };
        fields.retain(|_, value| *value != "");
        self.experiments.push(fields.clone());
        fields
    }

    /// With its runs and schedules.
    pub(crate) fn archive_experiment(&mut self, id: &str, state: &str) -> Answer {
        self.experiment(id)?
            .insert("storage_state".into(), state.into());
        if state == "ARCHIVED" {
            for run in self
                .runs
                .iter_mut()
                .filter(|run| run.fields["experiment_id"] == id)
            {
                run.fields.insert("storage_state".into(), state.into());
            }
            for schedule in self
                .recurring
                .iter_mut()
                .filter(|one| one["experiment_id"] == id)
            {
                schedule.insert("status".into(), "DISABLED".into());
                schedule.insert("mode".into(), "DISABLE".into());
            }
        }
        Ok(ok(&json!({})))
    }

    pub(crate) fn delete_experiment(&mut self, id: &str) -> Answer {
        if self.experiment(id)?["display_name"] == DEFAULT {
            let chain = "Failed to delete an experiment: Bad request: ";
            return Err(refused(3, chain, "Cannot delete the default experiment"));
        }
        self.experiments.retain(|one| one["experiment_id"] != id);
        Ok(ok(&json!({})))
    }
}
