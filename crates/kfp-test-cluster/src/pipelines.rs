//! Pipelines and their versions.

use kfp_test_support::{Reply, Request};
use serde_json::{Map, Value, json};

use crate::{
    list::{self, Listed},
    reply::{Answer, not_found, ok, plain_json, refused, upload_refused},
    request::{Query, message},
    state::{State, Version, find, now, uuid},
    yaml,
};

const PIPELINES: Listed = Listed {
    key: "pipelines",
    name: "Pipeline",
    id: "pipeline_id",
    model: "pipelines",
    fields: &[
        "pipeline_id",
        "id",
        "name",
        "display_name",
        "created_at",
        "description",
        "namespace",
    ],
};
const VERSIONS: Listed = Listed {
    key: "pipeline_versions",
    name: "PipelineVersion",
    id: "pipeline_version_id",
    model: "pipeline_versions",
    fields: &[
        "pipeline_version_id",
        "id",
        "name",
        "display_name",
        "created_at",
        "description",
    ],
};
const TAKEN: &str = "Failed to create a pipeline and a pipeline version";
const NO_STACK: &str = "text/plain; charset=utf-8";

impl State {
    pub(crate) fn list_pipelines(&self, query: &Query) -> Answer {
        list::page(&PIPELINES, query, self.pipelines.clone())
    }

    pub(crate) fn list_versions(&self, pipeline: &str, query: &Query) -> Answer {
        let of = self.versions.iter().map(|version| &version.fields);
        let of = of.filter(|fields| fields["pipeline_id"] == pipeline);
        list::page(&VERSIONS, query, of.cloned().collect())
    }

    pub(crate) fn pipeline(&mut self, id: &str) -> Result<&mut Map<String, Value>, Reply> {
        let message = format!("Pipeline {id} not found");
        find(&mut self.pipelines, "pipeline_id", id)
            .ok_or_else(|| not_found("Failed to get a pipeline: ", &message))
    }

    pub(crate) fn pipeline_named(&mut self, name: &str) -> Result<&mut Map<String, Value>, Reply> {
        let message = format!("Pipeline {name} not found");
        find(&mut self.pipelines, "name", name)
            .ok_or_else(|| not_found("Failed to get a pipeline by name: ", &message))
    }

    pub(crate) fn create_pipeline(&mut self, request: &Request) -> Answer {
        let given = message(
            request,
            &["display_name", "name", "description", "namespace", "tags"],
        )?;
        let name = ["name", "display_name"]
            .iter()
            .find_map(|key| given.get(*key)?.as_str())
            .unwrap_or_default();
        if find(&mut self.pipelines, "name", name).is_some() {
            let message = format!(
                "Failed to create a new pipeline. The name {name} already exists. Please specify a new name"
            );
            return Err(refused(6, "Failed to create a pipeline: ", &message));
        }
        let description = given.get("description").and_then(Value::as_str);
        let pipeline = new_pipeline(name, name, description.unwrap_or_default());
        self.pipelines.push(pipeline.clone());
        Ok(ok(&pipeline.into()))
    }

    /// Changes its name for people and its tags.
    pub(crate) fn change_pipeline(&mut self, id: &str, request: &Request) -> Answer {
        let given = message(request, &["display_name", "tags", "pipeline_id", "name"])?;
        let pipeline = self.pipeline(id)?;
        for key in ["display_name", "tags"] {
            if let Some(value) = given.get(key) {
                pipeline.insert(key.into(), value.clone());
            }
        }
        Ok(ok(&pipeline.clone().into()))
    }

    pub(crate) fn delete_pipeline(&mut self, id: &str, query: &Query) -> Answer {
        self.pipeline(id)?;
        let mut of = self.versions.iter();
        let version = of.find(|version| version.fields["pipeline_id"] == id);
        if let Some(version) = version.filter(|_| query.get("cascade") != "true") {
            let example = version.fields["pipeline_version_id"]
                .as_str()
                .unwrap_or_default();
            let message = format!(
                "Failed to delete pipeline with id {id} as it has existing pipeline versions (e.g. {example}). Set \
                 cascade=true to delete all versions"
            );
            let chain =
                format!("Failed to delete pipeline {id}. Check error stack: Invalid input error: ");
            return Err(refused(3, &chain, &message));
        }
        self.versions
            .retain(|version| version.fields["pipeline_id"] != id);
        self.pipelines
            .retain(|pipeline| pipeline["pipeline_id"] != id);
        Ok(ok(&json!({})))
    }

    pub(crate) fn version(&self, id: &str) -> Result<&Version, Reply> {
        let message = format!("PipelineVersion {id} not found");
        let mut all = self.versions.iter();
        all.find(|version| version.fields["pipeline_version_id"] == id)
            .ok_or_else(|| not_found("Failed to get a pipeline version: ", &message))
    }

    pub(crate) fn delete_version(&mut self, id: &str) -> Answer {
        self.version(id)?;
        self.versions
            .retain(|version| version.fields["pipeline_version_id"] != id);
        Ok(ok(&json!({})))
    }

    /// The newest version of a pipeline.
    pub(crate) fn latest_version(&self, pipeline: &str) -> Option<&Version> {
        let mut of = self.versions.iter().rev();
        of.find(|version| version.fields["pipeline_id"] == pipeline)
    }

    pub(crate) fn upload_pipeline(&mut self, request: &Request, query: &Query) -> Answer {
        let file = File::of(request)?;
        let spec = file.spec()?;
        let name = match query.get("name") {
            "" => file.name.as_str(),
            name => name,
        };
        if name.len() > 128 {
            return Err(Reply::status(400)
                .header("content-type", NO_STACK)
                .body("pipeline name too long; allowed: 128\n"));
        }
        if find(&mut self.pipelines, "name", name).is_some() {
            return Err(upload_refused(409, "application/json", TAKEN));
        }
        let display_name = match query.get("display_name") {
            "" => name,
            display_name => display_name,
        };
        let mut pipeline = new_pipeline(name, display_name, query.get("description"));
        if let Ok(tags) = serde_json::from_str::<Value>(query.get("tags")) {
            pipeline.insert("tags".into(), tags);
        }
        self.pipelines.push(pipeline.clone());
        self.add_version(&pipeline, name, query, &spec, file.text);
        Ok(plain_json(200, &pipeline.into()))
    }

    pub(crate) fn upload_version(&mut self, request: &Request, query: &Query) -> Answer {
        let file = File::of(request)?;
        let spec = file.spec()?;
        let pipeline = self.pipeline(query.get("pipelineid"))?.clone();
        let name = match query.get("name") {
            "" => file.name.as_str(),
            name => name,
        };
        let is_taken = self.versions.iter().any(|version| {
            version.fields["name"] == name
                && version.fields["pipeline_id"] == pipeline["pipeline_id"]
        });
        if is_taken {
            let message = "Failed to create a pipeline version";
            return Err(upload_refused(409, "application/json", message));
        }
        let version = self.add_version(&pipeline, name, query, &spec, file.text);
        Ok(plain_json(200, &version.into()))
    }

    fn add_version(
        &mut self,
        pipeline: &Map<String, Value>,
        name: &str,
        query: &Query,
        spec: &Value,
        text: String,
    ) -> Map<String, Value> {
        let fields = json!({
            "created_at": now(),
            "description": query.get("description"),
            "display_name": match query.get("display_name") { "" => name, other => other },
            "name": name,
            "pipeline_id": pipeline["pipeline_id"],
            "pipeline_spec": spec,
            "pipeline_version_id": uuid(),
        });
        let Value::Object(mut fields) = fields else {
            unreachable!("it is an object")
        };
        fields.retain(|_, value| *value != "");
        if let Ok(tags) = serde_json::from_str::<Value>(query.get("tags")) {
            fields.insert("tags".into(), tags);
        }
        self.versions.push(Version {
            fields: fields.clone(),
            text,
        });
        fields
    }
}

fn new_pipeline(name: &str, display_name: &str, description: &str) -> Map<String, Value> {
    let fields = json!({
        "created_at": now(),
        "description": description,
        "display_name": display_name,
        "name": name,
        "pipeline_id": uuid(),
    });
    let Value::Object(mut fields) = fields else {
        unreachable!("it is an object")
    };
    fields.retain(|_, value| *value != "");
    fields
}

/// A file that was uploaded.
struct File {
    name: String,
    text: String,
}

impl File {
    /// The part of a form that is a file; the name's ending says what it is.
    fn of(request: &Request) -> Result<Self, Reply> {
        let no_file = || upload_refused(400, NO_STACK, "Failed to read pipeline from file");
        let kind = request.header("content-type").unwrap_or_default();
        let (_, boundary) = kind.split_once("boundary=").ok_or_else(no_file)?;
        let body = String::from_utf8_lossy(&request.body);
        let delimiter = format!("--{}", boundary.trim_matches('"'));
        let mut parts = body.split(delimiter.as_str());
        let part = parts
            .find(|part| part.contains("name=\"uploadfile\""))
            .ok_or_else(no_file)?;
        let (head, content) = part.split_once("\r\n\r\n").ok_or_else(no_file)?;
        let name = head
            .split_once("filename=\"")
            .and_then(|(_, rest)| rest.split_once('"'));
        let (name, _) = name.ok_or_else(no_file)?;
        let is_text = [".yaml", ".yml", ".json"]
            .iter()
            .any(|ending| name.ends_with(ending));
        if !is_text {
            return Err(upload_refused(
                400,
                NO_STACK,
                "Failed to read a pipeline spec file",
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            text: content.trim_end_matches("\r\n").to_owned(),
        })
    }

    /// The compiled pipeline, and its settings for platforms beside it if there are any.
    fn spec(&self) -> Result<Value, Reply> {
        let unknown = || upload_refused(400, "application/json", "unknown template format");
        let documents = yaml::documents(&self.text).ok_or_else(unknown)?;
        match &documents[..] {
            [workflow] if workflow["kind"] == "Workflow" => Ok(workflow.clone()),
            [spec, ..] if !spec["root"].is_object() || !spec["pipelineInfo"].is_object() => {
                Err(unknown())
            }
            [spec] => Ok(spec.clone()),
            [spec, platforms] => Ok(json!({"pipeline_spec": spec, "platform_spec": platforms})),
            _ => Err(unknown()),
        }
    }
}
