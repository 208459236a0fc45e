//! What the server can be asked, one method per call.

use serde_json::{Map, Value};
use ureq::http::Method;

use crate::{
    ApiError, Client, Error, Filter, List, Pages, Result,
    model::{
        Experiment, Health, NewExperiment, NewRecurringRun, NewRun, Pipeline, PipelineVersion,
        RecurringRun, Run,
    },
    multipart,
    resource::Resource,
    transport::{Content, segment},
};

const API: &str = "/apis/v2beta1";

/// A compiled pipeline to upload.
#[derive(Clone, Debug, Default)]
pub struct Upload<'a> {
    /// The name of the pipeline, or of the version: at most 128 characters.
    pub name: &'a str,
    /// What to say about it.
    pub description: &'a str,
    /// The namespace of a new pipeline, in multi-user mode.
    pub namespace: &'a str,
    /// Labels: at most 20, each key and value at most 63 characters long, no dot in a key.
    pub tags: Map<String, Value>,
    /// The name of the file; its ending tells the server what is in it: `.yaml`, `.yml` or `.json`.
    pub file_name: &'a str,
    /// The compiled file, at most 32 MiB.
    pub content: &'a [u8],
}

impl Upload<'_> {
    fn query(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("name", self.name),
            ("description", self.description),
            ("namespace", self.namespace),
        ];
        let tags = (!self.tags.is_empty()).then(|| Value::from(self.tags.clone()).to_string());
        given
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, value.to_owned()))
            .chain(tags.map(|tags| ("tags", tags)))
            .collect()
    }
}

/// The server itself.
impl Client {
    /// What the server says about itself. Needs no login.
    ///
    /// # Errors
    /// If it cannot be reached, or is not a KFP 2 API server.
    pub fn health(&self) -> Result<Health> {
        self.health_at(&format!("{API}/healthz"))
    }

    fn health_at(&self, path: &str) -> Result<Health> {
        let health: Map<String, Value> = self.get(path, &[])?;
        // Any other JSON would read as a server that says nothing.
        let known = ["multi_user", "commit_sha", "tag_name"];
        if !known.iter().any(|key| health.contains_key(*key)) {
            return Err(Error::Unexpected {
                call: format!("GET {}{path}", self.endpoint()),
                reason: format!("it has none of {}", known.join(", ")),
            });
        }
        self.decode("GET", path, &Value::Object(health).to_string())
    }

    /// Whether the server has the API of KFP 1, which servers of KFP 2 have too.
    pub fn is_kfp_1(&self) -> bool {
        self.health_at("/apis/v1beta1/healthz").is_ok()
    }
}

/// Pipelines and their versions.
impl Client {
    /// The pipelines.
    pub fn pipelines(&self, list: &List) -> Pages<'_, Pipeline> {
        Pages::new(self, format!("{API}/pipelines"), "pipelines", list)
    }

    /// A pipeline by its identifier.
    ///
    /// # Errors
    /// If there is none, or the server cannot be asked.
    pub fn pipeline(&self, id: &str) -> Result<Pipeline> {
        self.resource(&format!("{API}/pipelines/{}", segment(id)))
    }

    /// The pipeline people know by this name, if there is one.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub fn pipeline_by_name(&self, name: &str, namespace: &str) -> Result<Option<Pipeline>> {
        first(self.pipelines(&by_name(name, namespace)))
    }

    /// Stores a pipeline with a first version of the same name.
    ///
    /// # Errors
    /// Status 409 if the name is taken; 400 if the file is not a compiled pipeline.
    pub fn upload_pipeline(&self, upload: &Upload<'_>) -> Result<Pipeline> {
        self.upload(&format!("{API}/pipelines/upload"), &upload.query(), upload)
    }

    /// Stores a further version of a pipeline.
    ///
    /// # Errors
    /// Status 409 if the pipeline has a version of that name; 400 if the file is not a compiled pipeline.
    pub fn upload_version(
        &self,
        pipeline_id: &str,
        upload: &Upload<'_>,
    ) -> Result<PipelineVersion> {
        let mut query = upload.query();
        query.push(("pipelineid", pipeline_id.to_owned()));
        self.upload(&format!("{API}/pipelines/upload_version"), &query, upload)
    }

    fn upload<T: Resource>(
        &self,
        path: &str,
        query: &[(&'static str, String)],
        upload: &Upload<'_>,
    ) -> Result<T> {
        let (content_type, body) = multipart::file(upload.file_name, upload.content);
        let content = Content::Form {
            content_type: &content_type,
            body: &body,
        };
        let text = self.text(&Method::POST, path, query, &content)?;
        self.identified("POST", path, &text)
    }

    /// Deletes a pipeline. Unless `cascade` is set, the server refuses one that has versions.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn delete_pipeline(&self, id: &str, cascade: bool) -> Result<()> {
        let cascade = [("cascade", "true".to_owned())]
            .into_iter()
            .filter(|_| cascade);
        let query: Vec<_> = cascade.collect();
        self.act(
            &Method::DELETE,
            &format!("{API}/pipelines/{}", segment(id)),
            &query,
        )
    }

    /// The versions of a pipeline.
    pub fn versions(&self, pipeline_id: &str, list: &List) -> Pages<'_, PipelineVersion> {
        let path = format!("{API}/pipelines/{}/versions", segment(pipeline_id));
        Pages::new(self, path, "pipeline_versions", list)
    }

    /// A version by its identifier.
    ///
    /// # Errors
    /// If there is none, or the server cannot be asked.
    pub fn version(&self, pipeline_id: &str, version_id: &str) -> Result<PipelineVersion> {
        self.resource(&version_path(pipeline_id, version_id))
    }

    /// Deletes a version.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn delete_version(&self, pipeline_id: &str, version_id: &str) -> Result<()> {
        self.act(&Method::DELETE, &version_path(pipeline_id, version_id), &[])
    }
}

fn version_path(pipeline_id: &str, version_id: &str) -> String {
    let (pipeline, version) = (segment(pipeline_id), segment(version_id));
    format!("{API}/pipelines/{pipeline}/versions/{version}")
}

/// Experiments.
impl Client {
    /// The experiments.
    pub fn experiments(&self, list: &List) -> Pages<'_, Experiment> {
        Pages::new(self, format!("{API}/experiments"), "experiments", list)
    }

    /// An experiment by its identifier.
    ///
    /// # Errors
    /// If there is none, or the server cannot be asked.
    pub fn experiment(&self, id: &str) -> Result<Experiment> {
        self.resource(&format!("{API}/experiments/{}", segment(id)))
    }

    /// The experiment of this name, if there is one.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub fn experiment_by_name(&self, name: &str, namespace: &str) -> Result<Option<Experiment>> {
        first(self.experiments(&by_name(name, namespace)))
    }

    /// Creates an experiment.
    ///
    /// # Errors
    /// Status 409 if the name is taken.
    pub fn create_experiment(&self, experiment: &NewExperiment) -> Result<Experiment> {
        self.create(&format!("{API}/experiments"), experiment)
    }

    /// Moves an experiment into the archive, with its runs, and disables its schedules.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn archive_experiment(&self, id: &str) -> Result<()> {
        self.verb("experiments", id, "archive")
    }

    /// Takes an experiment out of the archive.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn unarchive_experiment(&self, id: &str) -> Result<()> {
        self.verb("experiments", id, "unarchive")
    }

    /// Deletes an experiment.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn delete_experiment(&self, id: &str) -> Result<()> {
        self.delete("experiments", id)
    }
}

/// Runs.
impl Client {
    /// The runs.
    pub fn runs(&self, list: &List) -> Pages<'_, Run> {
        Pages::new(self, format!("{API}/runs"), "runs", list)
    }

    /// A run by its identifier.
    ///
    /// # Errors
    /// If there is none, or the server cannot be asked.
    pub fn run(&self, id: &str) -> Result<Run> {
        self.resource(&format!("{API}/runs/{}", segment(id)))
    }

    /// Starts a run. It is sent once: after a broken connection the run may exist.
    ///
    /// # Errors
    /// Status 400 if the parameters do not fit the pipeline; often 500 if the pipeline itself is broken.
    pub fn create_run(&self, run: &NewRun) -> Result<Run> {
        self.create(&format!("{API}/runs"), run)
    }

    /// Asks a run to stop. It goes through [`State::Canceling`](crate::model::State::Canceling).
    ///
    /// # Errors
    /// Status 400 ("Row not found") if it has ended, or was created within the last second.
    pub fn terminate_run(&self, id: &str) -> Result<()> {
        self.verb("runs", id, "terminate")
    }

    /// Runs the failed tasks of a failed run again, under the same identifier.
    ///
    /// # Errors
    /// Status 409 if the run has not failed, or is still being stopped.
    pub fn retry_run(&self, id: &str) -> Result<()> {
        self.verb("runs", id, "retry")
    }

    /// Moves a run into the archive.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn archive_run(&self, id: &str) -> Result<()> {
        self.verb("runs", id, "archive")
    }

    /// Takes a run out of the archive.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn unarchive_run(&self, id: &str) -> Result<()> {
        self.verb("runs", id, "unarchive")
    }

    /// Deletes a run.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn delete_run(&self, id: &str) -> Result<()> {
        self.delete("runs", id)
    }

    /// What a task's pod has written so far, or all of it from the archive once the pod is gone. `node_id` is a
    /// [`ChildTask::pod_name`](crate::model::ChildTask::pod_name).
    ///
    /// # Errors
    /// If there is no log. The server starts its answer before it knows, so an error may follow the status 200; it is
    /// recognised at the end of the text.
    pub fn log(&self, run_id: &str, node_id: &str) -> Result<String> {
        let (run, node) = (segment(run_id), segment(node_id));
        let path = format!("/apis/v1alpha1/runs/{run}/nodes/{node}/log");
        let text = self.text(&Method::GET, &path, &[], &Content::Nothing)?;
        match text.rfind("{\"error_").map(|start| &text[start..]) {
            Some(tail) if serde_json::from_str::<Value>(tail).is_ok() => Err(Error::Api {
                call: format!("GET {}{path}", self.endpoint),
                error: ApiError::of_body(200, tail),
            }),
            _ => Ok(text),
        }
    }
}

/// Recurring runs.
impl Client {
    /// The schedules.
    pub fn recurring_runs(&self, list: &List) -> Pages<'_, RecurringRun> {
        Pages::new(self, format!("{API}/recurringruns"), "recurringRuns", list)
    }

    /// A schedule by its identifier.
    ///
    /// # Errors
    /// If there is none, or the server cannot be asked.
    pub fn recurring_run(&self, id: &str) -> Result<RecurringRun> {
        self.resource(&format!("{API}/recurringruns/{}", segment(id)))
    }

    /// Creates a schedule. The server cannot change one: create another and delete the old one.
    ///
    /// # Errors
    /// Status 400 if the cron expression or the number of concurrent runs is wrong.
    pub fn create_recurring_run(&self, run: &NewRecurringRun) -> Result<RecurringRun> {
        self.create(&format!("{API}/recurringruns"), run)
    }

    /// Lets a schedule start runs.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn enable_recurring_run(&self, id: &str) -> Result<()> {
        self.verb("recurringruns", id, "enable")
    }

    /// Keeps a schedule from starting runs.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn disable_recurring_run(&self, id: &str) -> Result<()> {
        self.verb("recurringruns", id, "disable")
    }

    /// Deletes a schedule. Its runs stay.
    ///
    /// # Errors
    /// If the server refuses, or cannot be asked.
    pub fn delete_recurring_run(&self, id: &str) -> Result<()> {
        self.delete("recurringruns", id)
    }
}

impl Client {
    fn verb(&self, collection: &str, id: &str, verb: &str) -> Result<()> {
        let path = format!("{API}/{collection}/{}:{verb}", segment(id));
        self.act(&Method::POST, &path, &[])
    }

    fn delete(&self, collection: &str, id: &str) -> Result<()> {
        let path = format!("{API}/{collection}/{}", segment(id));
        self.act(&Method::DELETE, &path, &[])
    }
}

fn by_name(name: &str, namespace: &str) -> List {
    List::all()
        .filter(&Filter::default().equals("display_name", name))
        .namespace(namespace)
}

fn first<T: serde::de::DeserializeOwned>(mut pages: Pages<'_, T>) -> Result<Option<T>> {
    pages.next().transpose()
}
