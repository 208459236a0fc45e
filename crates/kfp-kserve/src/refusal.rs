//! The API server's refusals in one sentence, with what to do.

use kfp_kube::Error;

/// What KServe's services are called in rights.
const SERVICES: &str = "inferenceservices.serving.kserve.io";

/// One sentence that names verb, object and namespace.
pub(crate) fn message(verb: &str, object: &str, namespace: &str, error: &Error) -> String {
    let doing = format!("cannot {verb} {object} in namespace `{namespace}`");
    let Some(status) = error.status() else {
        return format!("{doing}: {}", reason(error));
    };
    if status.denied().is_some() {
        return format!("{doing}: {}", reason(error));
    }
    if let Some(quota) = status.exceeded_quota() {
        return format!("{doing}: no room is left in quota {quota}");
    }
    let conflicts = status.conflicts();
    if !conflicts.is_empty() {
        let fields = conflicts
            .iter()
            .map(|conflict| format!("{} belongs to `{}`", conflict.field, conflict.manager));
        return format!("{doing}: {}", fields.collect::<Vec<_>>().join(", "));
    }
    if status.is_unknown_kind() {
        return format!("{doing}: KServe is not installed in this cluster");
    }
    if status.code == 404 && status.message.contains("namespaces \"") {
        return format!("{doing}: there is no such namespace");
    }
    if status.causes.is_empty() {
        return format!("{doing}: {}", status.message);
    }
    let causes = status.causes.iter().map(|cause| match &*cause.field {
        "" => cause.message.clone(),
        field => format!("{field}: {}", cause.message),
    });
    format!("{doing}: {}", causes.collect::<Vec<_>>().join("; "))
}

/// Why not, without saying what was tried.
pub(crate) fn reason(error: &Error) -> String {
    let Some(status) = error.status() else {
        return with_causes(error);
    };
    match status.denied() {
        Some(denied) => format!(
            "`{}` may not {} {}",
            denied.user, denied.verb, denied.resource
        ),
        None => status.to_string(),
    }
}

/// What to do, if that is known.
pub(crate) fn hint(namespace: &str, error: &Error) -> Option<String> {
    let Some(status) = error.status() else {
        return error.hint();
    };
    if let Some(denied) = status.denied() {
        let subject = match denied.user.strip_prefix("system:serviceaccount:") {
            Some(account) => format!("--serviceaccount={account}"),
            None => format!("--user={}", denied.user),
        };
        let (verbs, resource) = if denied.resource == SERVICES {
            ("get,list,watch,create,patch,delete", SERVICES)
        } else {
            (denied.verb.as_str(), denied.resource.as_str())
        };
        return Some(format!(
            "an admin can allow it: kubectl -n {namespace} create role deploy-models --verb={verbs} --resource={resource} && \
             kubectl -n {namespace} create rolebinding deploy-models --role=deploy-models {subject}"
        ));
    }
    if let Some(quota) = status.exceeded_quota() {
        let name = quota.split(',').next().unwrap_or_default();
        return Some(format!(
            "kubectl -n {namespace} describe resourcequota {name}   # then free some of it, or ask for less"
        ));
    }
    if !status.conflicts().is_empty() {
        return Some(
            "take the fields over with --force, or ask for what the other manager has set"
                .to_owned(),
        );
    }
    if status.is_unknown_kind() {
        return Some(format!(
            "kubectl get crd {SERVICES}   # KServe's installation adds it"
        ));
    }
    error.hint()
}

fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
