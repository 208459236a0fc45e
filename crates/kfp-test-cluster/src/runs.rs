//! Runs: what is asked of them, and what is refused.

use std::time::{Duration, SystemTime};

use kfp_test_support::{Reply, Request};
use serde_json::{Map, Value, json};

use crate::{
    experiments::DEFAULT,
    list::{self, Listed},
    reply::{Answer, gateway, internal, not_found, ok, refused},
    request::{Query, message, text},
    state::{Run, State, epoch, now, uuid},
    tasks,
    validate::check_parameters,
};

const RUNS: Listed = Listed {
    key: "runs",
    name: "Run",
    id: "run_id",
    model: "",
    fields: &[
        "run_id",
        "id",
        "name",
        "display_name",
        "created_at",
        "finished_at",
        "description",
        "scheduled_at",
        "storage_state",
        "status",
        "namespace",
        "experiment_id",
        "state",
        "recurring_run_id",
    ],
};
const FIELDS: [&str; 9] = [
    "display_name",
    "description",
    "experiment_id",
    "pipeline_spec",
    "pipeline_version_reference",
    "pipeline_version_id",
    "runtime_config",
    "service_account",
    "recurring_run_id",
];
/// A run that was created in this time cannot be terminated yet.
const UNSETTLED: Duration = Duration::from_secs(1);

impl State {
    pub(crate) fn list_runs(&self, query: &Query) -> Answer {
        let experiment = query.get("experiment_id");
        let of = self
            .runs
            .iter()
            .filter(|run| experiment.is_empty() || run.fields["experiment_id"] == experiment);
        list::page(&RUNS, query, of.map(shown).collect())
    }

    pub(crate) fn found(&mut self, id: &str, act: &str) -> Result<&mut Run, Reply> {
        let message = format!("Run {id} not found");
        let chain = format!("Failed to {act} a run: Failed to fetch run {id}: ");
        self.run(id).ok_or_else(|| not_found(&chain, &message))
    }

    pub(crate) fn get_run(&mut self, id: &str) -> Answer {
        Ok(ok(&shown(self.found(id, "get")?).into()))
    }

    /// Accepts a run; the caller carries it out.
    pub(crate) fn create_run(&mut self, request: &Request) -> Result<String, Reply> {
        let given = message(request, &FIELDS)?;
        self.add_run(given)
    }

    pub(crate) fn add_run(&mut self, mut given: Map<String, Value>) -> Result<String, Reply> {
        if text(&given, "display_name").is_empty() {
            let chain = "CreateJob(job.ToV2())Failed to create a run due to conversion error: InternalServerError: Failed \
                         to convert a API run detail to its internal representation: Invalid input error: Run name \
                         cannot be empty";
            return Err(internal(chain));
        }
        let experiment = match text(&given, "experiment_id") {
            "" => {
                let all = &mut self.experiments;
                let default = crate::state::find(all, "display_name", DEFAULT);
                let default = default.map(|one| one["experiment_id"].clone());
                default
                    .unwrap_or_default()
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            }
            id => id.to_owned(),
        };
        if self.experiment(&experiment).is_err() {
            let chain = format!(
                "Failed to create a new run: Failed to create a run due to invalid experimentId and namespace \
                 combination: Failed to fetch namespace for experiment {experiment}: Failed to fetch namespace from \
                 experiment {experiment}: "
            );
            return Err(not_found(
                &chain,
                &format!("Experiment {experiment} not found"),
            ));
        }
        let (spec, pipeline) = self.source(&mut given)?;
        let parameters = given
            .get("runtime_config")
            .and_then(|config| config.get("parameters"))
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        check_parameters(&spec, &parameters)?;
        if let Some(one) = crate::state::find(&mut self.experiments, "experiment_id", &experiment) {
            one.insert("last_run_created_at".into(), now().into());
        }
        let id = uuid();
        let account = match text(&given, "service_account") {
            "" => "pipeline-runner",
            account => account,
        };
        let mut fields = json!({
            "created_at": now(),
            "finished_at": epoch(),
            "run_id": id,
            "scheduled_at": now(),
            "service_account": account,
            "experiment_id": experiment,
            "state": "PENDING",
            "state_history": [{"state": "PENDING", "update_time": now()}],
            // In an archived experiment, too.
            "storage_state": "AVAILABLE",
        });
        let fields = fields.as_object_mut().expect("an object");
        for (name, value) in given {
            if value != "" {
                fields.entry(name).or_insert_with(|| value.clone());
            }
        }
        let config = runtime_config(fields, &parameters);
        fields.insert("runtime_config".into(), config);
        let name = spec["pipelineInfo"]["name"].as_str().unwrap_or("pipeline");
        let suffix: String =
            std::iter::repeat_with(|| fastrand::alphanumeric().to_ascii_lowercase())
                .take(5)
                .collect();
        self.runs.push(Run {
            fields: fields.clone(),
            created: SystemTime::now(),
            text: pipeline,
            workflow: format!("{name}-{suffix}"),
            directory: None,
            control: None,
            records: Vec::new(),
        });
        Ok(id)
    }

    /// What is to run, as JSON and as text. A reference to a pipeline becomes one to its newest version.
    fn source(&self, given: &mut Map<String, Value>) -> Result<(Value, String), Reply> {
        if let Some(spec) = given.get("pipeline_spec").filter(|spec| spec.is_object()) {
            let (spec, platforms) = match &spec["pipeline_spec"] {
                Value::Null => (spec, &Value::Null),
                inner => (inner, &spec["platform_spec"]),
            };
            let text = if platforms.is_null() {
                spec.to_string()
            } else {
                format!("{spec}\n---\n{platforms}\n")
            };
            if let Err(problem) = kfp_pipeline::Pipeline::read(&text) {
                let chain = format!(
                    "Failed to create a new run: InternalServerError: Failed to create a run due to error fetching \
                     manifest: Failed to fetch a template due to error retrieving pipeline version: {}",
                    problem.message
                );
                return Err(internal(&chain));
            }
            return Ok((spec.clone(), text));
        }
        let reference = given
            .get("pipeline_version_reference")
            .cloned()
            .unwrap_or_default();
        let pipeline = reference["pipeline_id"].as_str().unwrap_or_default();
        let id = reference["pipeline_version_id"].as_str();
        let id = id.or_else(|| given.get("pipeline_version_id")?.as_str());
        let version = match id {
            Some(id) => self.version(id).ok(),
            None => self.latest_version(pipeline),
        };
        let Some(version) = version else {
            let missing = match id {
                Some(id) => format!("PipelineVersion {id} not found"),
                None => format!("Pipeline {pipeline} not found"),
            };
            let chain = format!(
                "Failed to create a new run: InternalServerError: Failed to create a run due to error fetching manifest: \
                 Failed to fetch a template due to error retrieving pipeline version: Failed to fetch a pipeline version \
                 and its manifest from pipeline {pipeline}: Failed to get the latest pipeline version as pipeline was \
                 not found: ResourceNotFoundError: {missing}"
            );
            return Err(internal(&chain));
        };
        let reference = json!({
            "pipeline_id": version.fields["pipeline_id"],
            "pipeline_version_id": version.fields["pipeline_version_id"],
        });
        given.remove("pipeline_version_id");
        given.insert("pipeline_version_reference".into(), reference);
        let spec = &version.fields["pipeline_spec"];
        let spec = spec.get("pipeline_spec").unwrap_or(spec);
        Ok((spec.clone(), version.text.clone()))
    }

    pub(crate) fn terminate_run(&mut self, id: &str) -> Answer {
        let message = format!("Failed to terminate a run {id}. Row not found");
        let chain = format!(
            "Failed to terminate a run: Failed to terminate run {id}: Invalid input error: "
        );
        let run = self.found(id, "terminate")?;
        let is_settled = run.created.elapsed().is_ok_and(|age| age >= UNSETTLED);
        if !is_settled || !matches!(run.state(), "PENDING" | "RUNNING" | "PAUSED") {
            return Err(refused(3, &chain, &message));
        }
        run.become_state("CANCELING");
        if let Some(control) = &run.control {
            control.interrupt();
        } else {
            // Nothing runs: its image was not there.
            run.become_state("FAILED");
            run.finish(Some(SystemTime::now()));
        }
        Ok(ok(&json!({})))
    }

    /// Whether it may be retried; the caller carries it out.
    pub(crate) fn retry_run(&mut self, id: &str) -> Result<(), Reply> {
        let run = self.found(id, "retry")?;
        let refused = match run.state() {
            "FAILED" => None,
            "CANCELING" => Some((
                format!("Failed to retry run {id} due to error fetching workflow manifest"),
                "Workflow manifest cannot be empty",
            )),
            _ => Some((
                "Workflow must be Failed/Error to retry".to_owned(),
                "workflow cannot be retried",
            )),
        };
        if let Some((message, cause)) = refused {
            let body = json!({
                "code": 10,
                "details": [{
                    "@type": "type.googleapis.com/google.rpc.Status",
                    "code": 10,
                    "message": message,
                }],
                "message": format!(
                    "Failed to retry a run: Failed to retry run {id}: BadRequestError: {message}: {cause}"
                ),
            });
            return Err(crate::reply::plain_json(409, &body));
        }
        run.become_state("RUNNING");
        run.finish(None);
        Ok(())
    }

    pub(crate) fn archive_run(&mut self, id: &str, state: &str) -> Answer {
        let experiment = self.found(id, "archive")?.fields["experiment_id"].clone();
        let is_archived = self
            .experiment(experiment.as_str().unwrap_or_default())
            .is_ok_and(|one| one["storage_state"] == "ARCHIVED");
        if state == "AVAILABLE" && is_archived {
            let message = "Failed to unarchive a run as experiment is archived: unarchive the experiment first";
            return Err(refused(9, "Failed to unarchive a run: ", message));
        }
        let run = self.found(id, "archive")?;
        run.fields.insert("storage_state".into(), state.into());
        Ok(ok(&json!({})))
    }

    pub(crate) fn delete_run(&mut self, id: &str) -> Answer {
        if let Some(control) = &self.found(id, "delete")?.control {
            control.interrupt();
        }
        self.runs.retain(|run| run.id() != id);
        Ok(ok(&json!({})))
    }

    /// What no version of the gateway serves.
    pub(crate) fn unknown_path() -> Answer {
        Err(gateway(5, "Not Found"))
    }
}

/// The run as it is shown, with its tasks once there are any.
pub(crate) fn shown(run: &Run) -> Map<String, Value> {
    let mut fields = run.fields.clone();
    let nodes = tasks::nodes(run);
    if !nodes.is_empty() {
        fields.insert("run_details".into(), json!({ "task_details": nodes }));
    }
    fields
}

/// What was given, in the server's form: numbers are doubles, so a whole one has no fraction.
fn runtime_config(fields: &Map<String, Value>, parameters: &Map<String, Value>) -> Value {
    let mut config = fields
        .get("runtime_config")
        .cloned()
        .unwrap_or_else(|| json!({}));
    if !parameters.is_empty() {
        config["parameters"] = kfp_pipeline::value::normalized(parameters.clone().into());
    }
    config
}
