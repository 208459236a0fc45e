//! Which request is for what.

use std::sync::Arc;

use kfp_test_support::{Reply, Request};
use serde_json::{Value, json};

use crate::{
    Server, lock, namespaces,
    reply::{Answer, gateway, ok, plain_json},
    request::{Query, segments},
    state::State,
};

/// The request as it is without a proxy in front: whoever takes the cluster for one reaches it under any name.
fn direct(request: &Request) -> Request {
    let mut request = request.clone();
    if let Some(rest) = request.target.strip_prefix("http://") {
        let path = rest.find('/').map_or("/", |at| &rest[at..]);
        request.target = path.to_owned();
    }
    request
}

impl Server {
    pub(crate) fn answer(self: &Arc<Self>, request: &Request) -> Reply {
        let request = &direct(request);
        if let Some(reply) = self.options.fault.as_ref().and_then(|fault| fault(request)) {
            return reply;
        }
        if let Some(reply) = self.options.access.check(request, &lock(&self.session)) {
            return reply;
        }
        let Some(path) = request.path().strip_prefix(self.options.prefix.as_str()) else {
            return Reply::status(404)
                .header("content-type", "text/html")
                .body("<html><head><title>404 Not Found</title></head></html>");
        };
        let parts = segments(path);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.route(request, &parts)
            .unwrap_or_else(|refusal| refusal)
    }

    fn route(self: &Arc<Self>, request: &Request, parts: &[&str]) -> Answer {
        let query = Query::of(request);
        let method = request.method.as_str();
        if self.options.is_multi_user {
            namespaces::check(request, parts, &query)?;
        }
        let mut state = lock(&self.state);
        match (method, parts) {
            ("GET", ["apis", "v2beta1", rest @ ..]) => self.get(&mut state, rest, &query),
            ("POST" | "DELETE" | "PATCH", ["apis", "v2beta1", rest @ ..]) => {
                self.change(&mut state, request, rest, &query)
            }
            (_, ["apis", "v2beta1", ..]) => Err(gateway(12, "Method Not Allowed")),
            ("GET", ["apis", "v1beta1", "healthz"]) => Ok(plain_json(200, &self.health(false))),
            ("GET", ["apis", "v1alpha1", "runs", run, "nodes", node, "log"]) => {
                state.log(run, node)
            }
            ("GET", ["artifacts", "get"]) => {
                let key: Vec<&str> = query.get("key").split('/').collect();
                state.artifact(query.get("bucket"), &key)
            }
            ("GET", ["artifacts", _, bucket, key @ ..]) => state.artifact(bucket, key),
            ("POST", [kfp_client::mlmd::SERVICE, call]) if !self.options.is_native => {
                Ok(state.metadata(call, &request.body))
            }
            ("POST", ["double", "fire", id]) => {
                drop(state);
                let id = self.fire(id)?;
                Ok(ok(&json!({ "run_id": id })))
            }
            ("POST", ["double", "end-sessions"]) => {
                *lock(&self.session) = crate::state::uuid();
                Ok(ok(&json!({})))
            }
            _ => State::unknown_path(),
        }
    }

    fn health(&self, has_store: bool) -> Value {
        let mut health = json!({
            "commit_sha": "4a3592cb",
            "multi_user": self.options.is_multi_user,
            "tag_name": "2.17.0",
        });
        if has_store {
            health["pipeline_store"] = "database".into();
        }
        health
    }

    fn get(&self, state: &mut State, parts: &[&str], query: &Query) -> Answer {
        match parts {
            ["healthz"] => Ok(plain_json(200, &self.health(true))),
            ["pipelines"] => state.list_pipelines(query),
            ["pipelines", "names", name] => Ok(ok(&state.pipeline_named(name)?.clone().into())),
            ["pipelines", id] => Ok(ok(&state.pipeline(id)?.clone().into())),
            ["pipelines", id, "versions"] => state.list_versions(id, query),
            ["pipelines", _, "versions", id] => Ok(ok(&state.version(id)?.fields.clone().into())),
            ["experiments"] => state.list_experiments(query),
            ["experiments", id] => Ok(ok(&state.experiment(id)?.clone().into())),
            ["runs"] => state.list_runs(query),
            ["runs", id] if self.options.is_native && query.get("view") == "FULL" => {
                state.run_in_full(id)
            }
            ["runs", id] => state.get_run(id),
            ["runs", _, "nodes", _, "artifacts", _] => State::argo_artifact(),
            ["recurringruns"] => state.list_recurring(query),
            ["recurringruns", id] => Ok(ok(&state.recurring(id)?.clone().into())),
            _ => State::unknown_path(),
        }
    }

    fn change(
        self: &Arc<Self>,
        state: &mut State,
        request: &Request,
        parts: &[&str],
        query: &Query,
    ) -> Answer {
        let last = parts.last().copied().unwrap_or_default();
        let (id, verb) = last.split_once(':').unwrap_or((last, ""));
        match (request.method.as_str(), parts, verb) {
            ("POST", ["pipelines", "upload"], _) => state.upload_pipeline(request, query),
            ("POST", ["pipelines", "upload_version"], _) => state.upload_version(request, query),
            ("POST", ["pipelines"], _) => state.create_pipeline(request),
            ("PATCH", ["pipelines", _], _) => state.change_pipeline(id, request),
            ("DELETE", ["pipelines", _], _) => state.delete_pipeline(id, query),
            ("DELETE", ["pipelines", _, "versions", _], _) => state.delete_version(id),
            ("POST", ["experiments"], _) => state.create_experiment(request),
            ("POST", ["experiments", _], "archive") => state.archive_experiment(id, "ARCHIVED"),
            ("POST", ["experiments", _], "unarchive") => state.archive_experiment(id, "AVAILABLE"),
            ("DELETE", ["experiments", _], _) => state.delete_experiment(id),
            ("POST", ["runs"], _) => {
                let id = state.create_run(request)?;
                let answer = state.get_run(&id);
                self.start(&id);
                answer
            }
            ("POST", ["runs", _], "terminate") => state.terminate_run(id),
            ("POST", ["runs", _], "retry") => {
                state.retry_run(id)?;
                self.start(id);
                Ok(ok(&json!({})))
            }
            ("POST", ["runs", _], "archive") => state.archive_run(id, "ARCHIVED"),
            ("POST", ["runs", _], "unarchive") => state.archive_run(id, "AVAILABLE"),
            ("DELETE", ["runs", _], _) => state.delete_run(id),
            ("POST", ["recurringruns"], _) => state.create_recurring(request),
            ("POST", ["recurringruns", _], "enable") => state.switch_recurring(id, true),
            ("POST", ["recurringruns", _], "disable") => state.switch_recurring(id, false),
            ("DELETE", ["recurringruns", _], _) => state.delete_recurring(id),
            _ => State::unknown_path(),
        }
    }

    pub(crate) fn fire(self: &Arc<Self>, recurring_run_id: &str) -> Result<String, Reply> {
        let mut state = lock(&self.state);
        let schedule = state.recurring(recurring_run_id)?.clone();
        let mut given = serde_json::Map::new();
        for key in [
            "experiment_id",
            "pipeline_spec",
            "pipeline_version_reference",
            "runtime_config",
            "service_account",
            "recurring_run_id",
        ] {
            if let Some(value) = schedule.get(key) {
                given.insert(key.into(), value.clone());
            }
        }
        let name = schedule["display_name"].as_str().unwrap_or_default();
        given.insert("display_name".into(), format!("{name}-1").into());
        let id = state.add_run(given)?;
        drop(state);
        self.start(&id);
        Ok(id)
    }
}
