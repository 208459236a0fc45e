//! What can be said about a request without asking anybody but Kubernetes.

use kfp_client::model::Source;
use kfp_kube::Resource;
use kfp_pipeline::{Executor, PipelineSpec, command::MAX_ARGUMENT_BYTES, quantity};
use serde_json::{Map, Value};

use super::Finding;
use crate::cluster::server::Server;

/// What etcd stores in one object: the workflow of a run holds its pipeline.
const MAX_REQUEST_BYTES: usize = 1_500_000;
/// KFP's launcher runs beside the program, within the same limit.
const LEAST_MEMORY: f64 = 64.0 * 1024.0 * 1024.0;

/// Values that a container cannot be given, or that the server reads otherwise than they are written.
pub(super) fn parameters(parameters: &Map<String, Value>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, value) in parameters {
        let text = kfp_pipeline::value::text(value);
        if text.len() > MAX_ARGUMENT_BYTES {
            found.push(Finding::error(
                format!("`{name}` has {} bytes, and an argument of a program at most {MAX_ARGUMENT_BYTES}", text.len()),
                "pass the address of a file, and let an importer or a component read it",
            ));
        }
        if let Some(macro_name) = macro_in(&text) {
            found.push(Finding::warning(
                format!("`{name}` contains `[[{macro_name}`, which the server replaces"),
                "there is no way to escape it; pass the text in a file",
            ));
        }
    }
    found
}

/// What the server replaces in texts.
fn macro_in(text: &str) -> Option<&'static str> {
    let names = ["CurrentTime", "RunUUID", "ScheduledTime", "Index"];
    let is_in = |name: &&'static str| text.contains(&format!("[[{name}"));
    names.into_iter().find(is_in)
}

/// Where outputs go: the server accepts anything and fails when the first task ends.
pub(super) fn root(given: &str, compiled: &str) -> Option<Finding> {
    let root = if given.is_empty() { compiled } else { given };
    let is_store = |scheme| {
        root.strip_prefix(scheme)
            .is_some_and(|rest: &str| !rest.is_empty())
    };
    if root.is_empty()
        || root.contains("{{$")
        || ["minio://", "s3://", "gs://"].into_iter().any(is_store)
    {
        return None;
    }
    Some(Finding::error(
        format!(
            "the pipeline root `{root}` is not a place in a store, and every task would fail at its end"
        ),
        "name a bucket: `--pipeline-root s3://BUCKET/PATH`; without it the server uses its own",
    ))
}

/// Whether Kubernetes can store the run.
pub(super) fn size(source: &Source, parameters: &Map<String, Value>) -> Option<Finding> {
    let Source::Spec(spec) = source else {
        return None;
    };
    let bytes = spec.to_string().len() + Value::from(parameters.clone()).to_string().len();
    (bytes > MAX_REQUEST_BYTES).then(|| {
        Finding::error(
            format!("pipeline and parameters have {bytes} bytes; Kubernetes stores {MAX_REQUEST_BYTES} in an object"),
            "move data out of constants and source code into files",
        )
    })
}

/// Containers whose memory does not suffice for KFP's own part.
pub(super) fn tight_memory(spec: &PipelineSpec) -> Vec<Finding> {
    let containers = spec.deployment_spec.executors.iter();
    containers
        .filter_map(|(label, executor)| {
            let Executor::Container(container) = executor else {
                return None;
            };
            let limit = &container.resources["resourceMemoryLimit"];
            let gigabytes = &container.resources["memoryLimit"];
            let bytes = limit
                .as_str()
                .and_then(quantity::bytes)
                .or_else(|| Some(gigabytes.as_f64()? * 1e9))
                .filter(|bytes| *bytes > 0.0)?;
            (bytes < LEAST_MEMORY).then(|| {
                Finding::warning(
                    format!("`{label}` may use less than 64 MiB, and KFP's launcher uploads outputs within it"),
                    "set a limit of at least 64Mi: `task.set_memory_limit('64Mi')`",
                )
            })
        })
        .collect()
}

/// Whether Kubernetes has the service account. Only a kubeconfig can tell; the server accepts any name, and the run waits
/// for ever.
pub(super) fn account(name: &str, server: &Server) -> Option<Finding> {
    let kube = server.kube.as_ref().filter(|_| !name.is_empty())?;
    let namespace = kube.namespace_of_runs(&server.namespace);
    let accounts = Resource::core("serviceaccounts").namespaced(namespace);
    // Whoever may not look is not told.
    let found = kube.client.get(&accounts, name);
    let is_missing = found.is_ok_and(|found| found.is_none());
    is_missing.then(|| {
        Finding::error(
            format!("the namespace `{namespace}` has no service account `{name}`, and the run would wait for ever"),
            format!("kubectl -n {namespace} get serviceaccounts"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stores_that_kfp_knows_are_roots() {
        for fine in ["", "minio://b/k", "s3://b", "gs://b/k", "{{$.x}}"] {
            assert!(root(fine, "").is_none(), "{fine}");
        }
        for wrong in ["file:///x", "s3://", "/tmp", "https://b/k"] {
            assert!(root(wrong, "").is_some(), "{wrong}");
        }
        assert!(root("", "file:///x").is_some());
        assert!(root("s3://b", "file:///x").is_none());
    }

    #[test]
    fn what_the_server_replaces_is_named() {
        assert_eq!(macro_in("at [[CurrentTime.02]]"), Some("CurrentTime"));
        assert_eq!(macro_in("[[1, 2], [3]]"), None);
    }
}
