//! Whether a service is ready, fails, or is on its way.
//!
//! The service's own status does not tell by itself. Its `observedGeneration` is that of the Deployment or the Knative
//! service below it (`pkg/apis/serving/v1beta1/inference_service_status.go` in KServe 0.20), and `Ready` stays true while new
//! pods fail beside old ones that still answer. So where pods can be read, one of this very revision has to be ready.

use kfp_kube::pod;
use serde_json::Value;

use crate::REVISION;

/// Where a model answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// The address; empty if the cluster has no ingress that gives it one.
    pub url: String,
    /// Knative's name of the revision, or our own.
    pub revision: String,
}

/// How far a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It answers.
    Ready(Endpoint),
    /// It does not yet: why not.
    Waiting(String),
    /// It will not: why not.
    Failed(String),
}

impl Progress {
    /// Judges a service by its status and its pods, if those can be read. A failure that was there `before` the service
    /// was changed is not one of the change.
    pub(crate) fn of(service: &Value, pods: Option<&[Value]>, before: Option<&Value>) -> Self {
        let status = &service["status"];
        let revision = revision(service);
        let ours = pods.map(|pods| match revision {
            Some(revision) => of_revision(pods, revision),
            None => pods.iter().collect(),
        });
        if before.is_none_or(|before| before["modelStatus"] != status["modelStatus"])
            && let Some(failure) = failure(status)
        {
            return Self::Failed(failure);
        }
        let problems: Vec<_> = ours
            .iter()
            .flatten()
            .flat_map(|pod| pod::problems(pod))
            .collect();
        let is_answering = ours.iter().flatten().any(|pod| pod::is_ready(pod));
        if let Some(problem) = problems.iter().find(|problem| problem.is_final)
            && !is_answering
        {
            return Self::Failed(problem.to_string());
        }
        if let Some(problem) = problems.first() {
            return Self::Waiting(problem.to_string());
        }
        let generation = &service["metadata"]["generation"];
        let is_observed = status["observedGeneration"].as_i64() >= generation.as_i64();
        let is_seen = match &ours {
            // Scaled to zero, or the first pods are still to come; then `Ready` is not true.
            Some(ours) if ours.is_empty() => is_observed && pods.is_some_and(<[Value]>::is_empty),
            Some(_) => is_answering,
            None => is_observed,
        };
        if let Some(waiting) = waiting(status) {
            return Self::Waiting(waiting);
        }
        if !is_seen {
            return Self::Waiting(match &ours {
                Some(ours) if !ours.is_empty() => "the new pod is not ready".to_owned(),
                _ => format!("KServe has not taken up generation {generation}"),
            });
        }
        Self::Ready(endpoint(status, revision))
    }
}

/// The revision that was applied last: that of the canary, if there is one.
fn revision(service: &Value) -> Option<&str> {
    let spec = &service["spec"];
    let canary = spec["canary"][0]["predictor"]["annotations"][REVISION].as_str();
    canary.or_else(|| spec["predictor"]["annotations"][REVISION].as_str())
}

fn failure(status: &Value) -> Option<String> {
    let canaries = status["canaryStatuses"].as_array().into_iter().flatten();
    let models = canaries
        .map(|canary| &canary["modelStatus"])
        .chain([&status["modelStatus"]]);
    for model in models {
        let transition = model["transitionStatus"].as_str().unwrap_or_default();
        if matches!(transition, "BlockedByFailedLoad" | "InvalidSpec") {
            let failure = &model["lastFailureInfo"];
            let reason = failure["reason"].as_str().unwrap_or(transition);
            let mut text = reason.to_owned();
            if let Some(message) = failure["message"]
                .as_str()
                .map(str::trim)
                .filter(|text| !text.is_empty())
            {
                // Python's programs say last what went wrong.
                let last = message.lines().last().unwrap_or_default();
                text = format!("{text}: {last}");
            }
            if let Some(code) = failure["exitCode"].as_i64() {
                text = format!("{text} (exit code {code})");
            }
            return Some(text);
        }
    }
    None
}

/// What KServe itself still waits for.
fn waiting(status: &Value) -> Option<String> {
    let conditions = status["conditions"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let ready = conditions
        .iter()
        .find(|condition| condition["type"] == "Ready");
    let Some(ready) = ready else {
        return Some("KServe has not looked at it yet".to_owned());
    };
    if ready["status"] != "True" {
        let others = conditions
            .iter()
            .filter(|condition| condition["type"] != "Ready" && condition["status"] != "True");
        let telling = others
            .chain([ready])
            .find(|condition| condition["message"].is_string());
        return Some(describe(telling.unwrap_or(ready)));
    }
    let transition = status["modelStatus"]["transitionStatus"]
        .as_str()
        .unwrap_or_default();
    if !matches!(transition, "" | "UpToDate") {
        return Some(format!("the model is {transition}"));
    }
    let predictor = &status["components"]["predictor"];
    let (created, ready) = (
        &predictor["latestCreatedRevision"],
        &predictor["latestReadyRevision"],
    );
    if created.is_string() && created != ready {
        return Some(format!(
            "revision {} is not ready",
            created.as_str().unwrap_or_default()
        ));
    }
    let canaries = status["canaryStatuses"].as_array().into_iter().flatten();
    let unready = canaries
        .filter(|canary| canary["ready"] != true)
        .find_map(|canary| canary["name"].as_str());
    unready.map(|name| format!("the canary {name} is not ready"))
}

/// The pods of a revision, those that are being deleted left out.
fn of_revision<'a>(pods: &'a [Value], revision: &str) -> Vec<&'a Value> {
    let stays = |pod: &&Value| {
        pod["metadata"]["deletionTimestamp"].is_null()
            && pod["metadata"]["annotations"][REVISION] == revision
    };
    pods.iter().filter(stays).collect()
}

/// A condition in words.
pub(crate) fn describe(condition: &Value) -> String {
    let text = |key: &str| condition[key].as_str().unwrap_or_default();
    let mut words = format!("{} is {}", text("type"), text("status"));
    if !text("reason").is_empty() {
        words = format!("{words} ({})", text("reason"));
    }
    if !text("message").is_empty() {
        words = format!("{words}: {}", text("message"));
    }
    words
}

fn endpoint(status: &Value, revision: Option<&str>) -> Endpoint {
    let predictor = &status["components"]["predictor"];
    let url = [&status["url"], &status["address"]["url"], &predictor["url"]];
    Endpoint {
        url: url
            .iter()
            .find_map(|url| url.as_str())
            .unwrap_or_default()
            .to_owned(),
        revision: predictor["latestReadyRevision"]
            .as_str()
            .or(revision)
            .unwrap_or_default()
            .to_owned(),
    }
}
