//! What a pod says about itself: whether it runs, and what keeps it from that.

use std::fmt;

use serde_json::Value;

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
pub struct Problem {
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

impl fmt::Display for Problem {
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

/// Whether a pod answers requests. `pod` is an object of Kubernetes, here and below.
pub fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some_and(|ready| ready["status"] == "True")
}

/// What keeps the containers of a pod from running.
///
/// ```
/// use serde_json::json;
/// let waiting = json!({ "waiting": { "reason": "ErrImagePull", "message": "not found" } });
/// let pod = json!({
///     "metadata": { "name": "train" },
///     "status": { "containerStatuses": [{ "name": "main", "state": waiting }] },
/// });
/// let problem = &kfp_kube::pod::problems(&pod)[0];
/// assert_eq!(problem.to_string(), "container main of pod train: ErrImagePull: not found");
/// ```
pub fn problems(pod: &Value) -> Vec<Problem> {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let mut problems = Vec::new();
    if let Some(scheduled) = condition(pod, "PodScheduled")
        && scheduled["status"] == "False"
    {
        problems.push(Problem {
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

fn of_container(pod: &str, status: &Value) -> Option<Problem> {
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
    Some(Problem {
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
