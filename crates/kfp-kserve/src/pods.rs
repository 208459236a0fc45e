//! What keeps pods from running, in their own words.

use std::fmt;

use serde_json::Value;

use crate::REVISION;

/// Reasons for which a container does not start by itself again, or has failed often enough to be given up.
const FINAL: [&str; 7] = [
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
];

/// What keeps a container from running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodProblem {
    /// The pod.
    pub pod: String,
    /// The container; none if the pod has no machine yet.
    pub container: Option<String>,
    /// The reason in one word, such as `ImagePullBackOff`.
    pub reason: String,
    /// What Kubernetes says about it.
    pub message: String,
    /// Whether waiting longer does not help.
    pub is_final: bool,
}

impl fmt::Display for PodProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.container {
            Some(container) => write!(f, "container {container} of pod {}", self.pod)?,
            None => write!(f, "pod {}", self.pod)?,
        }
        write!(f, ": {}", self.reason)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

/// The pods of a revision, those that are being deleted left out.
pub(crate) fn of_revision<'a>(pods: &'a [Value], revision: &str) -> Vec<&'a Value> {
    let stays = |pod: &&Value| {
        pod["metadata"]["deletionTimestamp"].is_null()
            && pod["metadata"]["annotations"][REVISION] == revision
    };
    pods.iter().filter(stays).collect()
}

/// Whether a pod answers requests.
pub(crate) fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some_and(|ready| ready["status"] == "True")
}

/// What keeps the containers of a pod from running; `pod` is an object of Kubernetes.
pub fn problems(pod: &Value) -> Vec<PodProblem> {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let mut problems = Vec::new();
    if let Some(scheduled) = condition(pod, "PodScheduled")
        && scheduled["status"] == "False"
    {
        problems.push(PodProblem {
            pod: name.to_owned(),
            container: None,
            reason: text(&scheduled["reason"]),
            message: text(&scheduled["message"]),
            is_final: false,
        });
    }
    let statuses = ["initContainerStatuses", "containerStatuses"]
        .iter()
        .filter_map(|key| pod["status"][*key].as_array())
        .flatten();
    problems.extend(statuses.filter_map(|status| of_container(name, status)));
    problems
}

fn of_container(pod: &str, status: &Value) -> Option<PodProblem> {
    let state = &status["state"];
    let waiting = &state["waiting"];
    let ended = [&state["terminated"], &status["lastState"]["terminated"]]
        .into_iter()
        .find(|ended| ended.is_object() && ended["exitCode"] != 0);
    let reason = match (waiting["reason"].as_str(), ended) {
        (Some("ContainerCreating" | "PodInitializing"), None) => return None,
        (Some(reason), _) => reason.to_owned(),
        (None, Some(ended)) if !state["running"].is_object() => text(&ended["reason"]),
        _ => return None,
    };
    let message = match ended {
        // Of a crash, how it ended tells more than how long is waited for the next attempt.
        Some(ended) => {
            let code = &ended["exitCode"];
            let why = text(&ended["reason"]);
            let restarts = &status["restartCount"];
            let said = text(&ended["message"]);
            let said = said
                .trim()
                .lines()
                .last()
                .map_or(String::new(), |line| format!(": {line}"));
            format!("it ended with exit code {code} ({why}), restarts: {restarts}{said}")
        }
        None => text(&waiting["message"]),
    };
    Some(PodProblem {
        pod: pod.to_owned(),
        container: Some(text(&status["name"])),
        is_final: FINAL.contains(&reason.as_str()),
        reason,
        message,
    })
}

fn condition<'a>(pod: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = pod["status"]["conditions"].as_array()?;
    conditions
        .iter()
        .find(|condition| condition["type"] == kind)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
