//! Waits until a service answers, and tells what its pods say if it does not.

use std::thread;
use std::time::{Duration, Instant};

use kfp_kube::{Resource, pod};
use serde_json::Value;

use crate::deployment::check_name;
use crate::status::{Progress, describe};
use crate::{Deployer, Endpoint, REVISION, Result, history, refusal};

/// How long a failure of before the change may stand until it is taken for one of the change.
const STALE: Duration = Duration::from_secs(15);
/// How many lines of a log, and how many events, are shown.
const LINES: u32 = 50;
const EVENTS: usize = 10;
/// The containers whose logs tell why a model does not load: the download, then the server.
const CONTAINERS: [&str; 2] = ["storage-initializer", "kserve-container"];

/// What came of waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The model answers.
    Ready(Endpoint),
    /// It will not.
    Failed(Failure),
    /// It does not yet, and the time is over.
    TimedOut(Failure),
}

/// Why a service does not answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// In one sentence.
    pub problem: String,
    /// The service's conditions that do not hold.
    pub conditions: Vec<String>,
    /// The latest warnings about the service and its pods.
    pub events: Vec<String>,
    /// The last lines of containers: which one, and what it printed.
    pub logs: Vec<(String, String)>,
    /// What could not be read, and why not, such as ``events: `ann` may not list events``.
    pub unread: Vec<String>,
    /// Whether a rollback leads to another model.
    pub can_roll_back: bool,
}

impl Deployer<'_> {
    /// Waits until the service answers, or fails, for so long at most. Asks every `interval`, and reports what is waited for
    /// whenever that changes. `before` is the status from before the service was changed.
    ///
    /// # Errors
    /// If the server refuses, or there is no such service.
    pub fn wait(
        &self,
        name: &str,
        limit: Duration,
        interval: Duration,
        before: Option<&Value>,
        mut report: impl FnMut(&str),
    ) -> Result<Outcome> {
        check_name(name)?;
        let start = Instant::now();
        let mut reported = String::new();
        let mut is_blind = false;
        loop {
            let service = self.existing(name)?;
            let pods = self.pods(name);
            if let Err(why) = &pods
                && !is_blind
            {
                is_blind = true;
                report(&format!(
                    "pods cannot be read ({}), so the status of the service has to do",
                    refusal::reason(why)
                ));
            }
            let before = before.filter(|_| start.elapsed() < STALE);
            let known = pods.as_deref().ok();
            let waited_for = match Progress::of(&service, known, before) {
                Progress::Ready(endpoint) => return Ok(Outcome::Ready(endpoint)),
                Progress::Failed(problem) => {
                    return Ok(Outcome::Failed(self.failure(problem, &service, &pods)));
                }
                Progress::Waiting(why) => why,
            };
            if start.elapsed() >= limit {
                let failure = self.failure(waited_for, &service, &pods);
                return Ok(Outcome::TimedOut(failure));
            }
            if waited_for != reported {
                report(&waited_for);
                reported = waited_for;
            }
            thread::sleep(interval.min(limit.saturating_sub(start.elapsed())));
        }
    }

    /// The pods of a service.
    fn pods(&self, name: &str) -> kfp_kube::Result<Vec<Value>> {
        let selector = format!("serving.kserve.io/inferenceservice={name}");
        let pods = Resource::core("pods").namespaced(&self.namespace);
        self.client.list(&pods, &[("labelSelector", &selector)])
    }

    fn failure(
        &self,
        problem: String,
        service: &Value,
        pods: &kfp_kube::Result<Vec<Value>>,
    ) -> Failure {
        let conditions = service["status"]["conditions"]
            .as_array()
            .into_iter()
            .flatten();
        let conditions = conditions
            .filter(|condition| condition["status"] != "True")
            .map(describe)
            .collect();
        let mut unread = Vec::new();
        let known = match pods {
            Ok(pods) => &pods[..],
            Err(why) => {
                unread.push(format!("pods: {}", refusal::reason(why)));
                &[]
            }
        };
        let events = self.events(service, known).unwrap_or_else(|why| {
            unread.push(format!("events: {}", refusal::reason(&why)));
            Vec::new()
        });
        let logs = newest(known).map(|pod| self.logs(pod, &mut unread));
        Failure {
            problem,
            conditions,
            events,
            logs: logs.unwrap_or_default(),
            unread,
            can_roll_back: history::has_canary(service) || history::previous(service).is_some(),
        }
    }

    /// Warnings about the service and its pods, the latest last.
    fn events(&self, service: &Value, pods: &[Value]) -> kfp_kube::Result<Vec<String>> {
        let events = Resource::core("events").namespaced(&self.namespace);
        let warnings = [("fieldSelector", "type=Warning")];
        let events = self.client.list(&events, &warnings)?;
        let about: Vec<&str> = pods
            .iter()
            .chain([service])
            .filter_map(|object| object["metadata"]["name"].as_str())
            .collect();
        let mut told: Vec<(String, String)> = events
            .iter()
            .filter(|event| {
                event["involvedObject"]["name"]
                    .as_str()
                    .is_some_and(|name| about.contains(&name))
            })
            .map(|event| {
                let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
                let time = ["lastTimestamp", "eventTime"]
                    .iter()
                    .find_map(|key| event[*key].as_str())
                    .unwrap_or_default();
                let words = format!(
                    "{}: {}: {}",
                    text(&event["involvedObject"]["name"]),
                    text(&event["reason"]),
                    text(&event["message"])
                );
                (time.to_owned(), words)
            })
            .collect();
        told.sort();
        let words: Vec<String> = told.into_iter().map(|(_, words)| words).collect();
        Ok(words[words.len().saturating_sub(EVENTS)..].to_vec())
    }

    /// The last lines of the containers that tell why a model does not load.
    fn logs(&self, pod: &Value, unread: &mut Vec<String>) -> Vec<(String, String)> {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        let mut logs = Vec::new();
        for container in CONTAINERS.into_iter().filter(|one| has(pod, one)) {
            match self.log(name, container) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => logs.push((format!("{name} {container}"), text.trim_end().to_owned())),
                // It has not started, and so has said nothing.
                Err(why) if why.status().is_some_and(|status| status.code == 400) => {}
                Err(why) => unread.push(format!(
                    "log of {name} {container}: {}",
                    refusal::reason(&why)
                )),
            }
        }
        logs
    }

    /// The last lines of a container; after a crash, in which the new one has said nothing yet, of the one before.
    fn log(&self, pod: &str, container: &str) -> kfp_kube::Result<String> {
        let pod = (&*self.namespace, pod);
        let now = self.client.logs(pod, container, LINES, false)?;
        if !now.trim().is_empty() {
            return Ok(now);
        }
        self.client.logs(pod, container, LINES, true)
    }
}

/// Whether a pod has a container of this name.
fn has(pod: &Value, container: &str) -> bool {
    let all = ["initContainers", "containers"]
        .iter()
        .filter_map(|kind| pod["spec"][*kind].as_array());
    all.flatten().any(|one| one["name"] == container)
}

/// The pod whose words count: the newest with a problem, or the newest.
fn newest(pods: &[Value]) -> Option<&Value> {
    let created = |pod: &&Value| {
        pod["metadata"]["creationTimestamp"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let stamped = pods
        .iter()
        .filter(|pod| !pod["metadata"]["annotations"][REVISION].is_null());
    let broken = pods
        .iter()
        .filter(|pod| !pod::problems(pod).is_empty())
        .max_by_key(created);
    broken.or_else(|| stamped.max_by_key(created))
}
