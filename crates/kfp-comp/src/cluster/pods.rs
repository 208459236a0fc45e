//! The pods of a run that is watched: why a task does not begin, which KFP's server does not say.
//!
//! Kubernetes is asked in the background, and whoever may not ask is told nothing.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        mpsc::{self, Receiver, TryRecvError},
    },
    thread,
    time::{Duration, Instant},
};

use kfp_client::outputs::{TaskOutputs, TaskState};
use kfp_kube::{Client, Cluster, Collection, Resource};
use serde_json::Value;

use super::{
    kube::DEFAULT_NAMESPACE,
    server::{Server, is_of_this_machine},
};

/// The label by which KFP marks the pods of a run.
const RUN: &str = "pipeline/runid";

/// What keeps the pod of a task from running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The task, or the pod if it is of none, as KFP's drivers are.
    pub(super) whose: String,
    /// The reason in Kubernetes' words.
    pub(super) what: String,
    /// What to do about it.
    pub(super) hint: String,
}

/// A client that could be made, and the pods that it was told of.
type Answer = kfp_kube::Result<(Arc<Client>, Vec<Value>)>;

/// Asks for the pods of a run now and then.
pub(super) struct Pods {
    /// None until the kubeconfig has been read.
    client: Option<Arc<Client>>,
    collection: Collection,
    namespace: String,
    run_id: String,
    every: Duration,
    asked: Instant,
    answer: Option<Receiver<Answer>>,
    /// What has been said, by pod.
    said: BTreeSet<(String, String)>,
    is_over: bool,
}

impl Pods {
    /// For a run of a server that is reached by a kubeconfig, or by a port of this machine, which `kubectl port-forward`
    /// has opened by the one in use. None for other servers: their cluster is not known.
    pub(super) fn of(server: &Server, run_id: &str, every: Duration) -> Option<Self> {
        let (client, namespace) = match &server.kube {
            Some(kube) => (
                Some(Arc::clone(&kube.client)),
                kube.namespace_of_runs(&server.namespace),
            ),
            None if !is_of_this_machine(server.client.endpoint()) => return None,
            None if server.namespace.is_empty() => (None, DEFAULT_NAMESPACE),
            None => (None, server.namespace.as_str()),
        };
        Some(Self {
            client,
            collection: Resource::core("pods").namespaced(namespace),
            namespace: namespace.to_owned(),
            run_id: run_id.to_owned(),
            every,
            asked: Instant::now(),
            answer: None,
            said: BTreeSet::new(),
            is_over: false,
        })
    }

    /// What has become known since the last time, given the tasks that have begun. Does not wait.
    pub(super) fn news(&mut self, tasks: &[TaskOutputs]) -> Vec<Trouble> {
        if self.is_over {
            return Vec::new();
        }
        let Some(answer) = &self.answer else {
            let is_open = |task: &TaskOutputs| !task.is_group && task.state == TaskState::Running;
            if self.asked.elapsed() >= self.every && (tasks.is_empty() || tasks.iter().any(is_open))
            {
                self.ask();
            }
            return Vec::new();
        };
        match answer.try_recv() {
            Err(TryRecvError::Empty) => Vec::new(),
            Err(TryRecvError::Disconnected) => self.told(None, tasks),
            Ok(answer) => self.told(answer.ok(), tasks),
        }
    }

    /// What has become known when a run has failed. Waits a few seconds.
    pub(super) fn last_news(&mut self, tasks: &[TaskOutputs]) -> Vec<Trouble> {
        const PATIENCE: Duration = Duration::from_secs(5);
        if self.is_over {
            return Vec::new();
        }
        // An answer from before the end may lack what ended it.
        self.ask();
        let answer = self
            .answer
            .take()
            .map(|answer| answer.recv_timeout(PATIENCE));
        self.told(answer.and_then(Result::ok).and_then(Result::ok), tasks)
    }

    /// What an answer says; without one there is no cluster, or it does not let us look.
    fn told(
        &mut self,
        answer: Option<(Arc<Client>, Vec<Value>)>,
        tasks: &[TaskOutputs],
    ) -> Vec<Trouble> {
        self.answer = None;
        self.asked = Instant::now();
        self.is_over = answer.is_none();
        let Some((client, pods)) = answer else {
            return Vec::new();
        };
        self.client = Some(client);
        pods.iter()
            .filter_map(|pod| self.trouble(pod, tasks))
            .collect()
    }

    fn ask(&mut self) {
        let (client, pods) = (self.client.clone(), self.collection.clone());
        let selector = format!("{RUN}={}", self.run_id);
        let (send, answer) = mpsc::channel();
        self.answer = Some(answer);
        thread::spawn(move || {
            let ask = || {
                let client = match client {
                    Some(client) => client,
                    None => Arc::new(Client::new(Cluster::discover(None)?)?),
                };
                let found = client.list(&pods, &[("labelSelector", &selector)])?;
                Ok((client, found))
            };
            // Nobody waits any more if the run has ended.
            let _ = send.send(ask());
        });
    }

    /// What keeps a pod from running, unless it has been said.
    fn trouble(&mut self, pod: &Value, tasks: &[TaskOutputs]) -> Option<Trouble> {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        let (reason, message) = reason(pod)?;
        let hint = hint(&reason, &message, &self.namespace, pod);
        if !self.said.insert((name.to_owned(), hint.clone())) {
            return None;
        }
        let task = tasks.iter().find(|task| is_pod_of(name, task));
        Some(Trouble {
            whose: task.map_or_else(|| format!("pod {name}"), |task| task.task.clone()),
            what: if message.is_empty() {
                reason
            } else {
                format!("{reason}: {message}")
            },
            hint,
        })
    }
}

/// Whether a pod runs a task, which is known by its node: both names end with a hash of the node's.
fn is_pod_of(pod: &str, task: &TaskOutputs) -> bool {
    let hash = |name: &str| name.rsplit('-').next().unwrap_or_default().to_owned();
    !task.pod.is_empty() && hash(pod) == hash(&task.pod)
}

/// Why a pod does not run or was ended from outside, in one word, and what Kubernetes says about it.
fn reason(pod: &Value) -> Option<(String, String)> {
    let status = &pod["status"];
    if let ("Failed", Some(reason)) = (text(&status["phase"]).as_str(), status["reason"].as_str()) {
        return Some((reason.to_owned(), text(&status["message"])));
    }
    // How a program ends is the task's own matter, except that it ran out of memory.
    let problems = kfp_kube::pod::problems(pod).into_iter();
    let mut problems = problems.filter(|problem| !matches!(problem.reason.as_str(), "Error" | ""));
    problems
        .next()
        .map(|problem| (problem.reason, problem.message))
}

fn hint(reason: &str, message: &str, namespace: &str, pod: &Value) -> String {
    let name = text(&pod["metadata"]["name"]);
    let look = format!("kubectl -n {namespace} describe pod {name}");
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    match reason {
        "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName"
        | "RegistryUnavailable" => {
            if says(&["no match for platform"]) {
                "the image is not made for the platform of this node: publish it for that one, too".to_owned()
            } else if says(&["unauthorized", "denied", "401", "403"]) {
                let account = pod["spec"]["serviceAccountName"].as_str().unwrap_or("default");
                format!("the nodes have no login for that registry: add an image pull secret to the service account `{account}`")
            } else if says(&["not found", "manifest unknown", "invalid reference"]) {
                "the registry has no such image: publish it, or correct its name, and submit again".to_owned()
            } else {
                format!("the nodes cannot pull the image: {look}")
            }
        }
        "Unschedulable" => {
            format!("no node has room for what the task requests: lower its requests, or add a node: {look}")
        }
        "CreateContainerConfigError" => {
            format!("a secret, config map or key that the task names is missing in `{namespace}`: {look}")
        }
        "Evicted" => {
            "the node ran out of something: request as much memory and storage as the task needs, and retry the run".to_owned()
        }
        "OOMKilled" => {
            "raise the memory limit of the task, within which KFP's launcher runs, too: task.set_memory_limit('1Gi')".to_owned()
        }
        _ => format!("look at the pod: {look}"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn waiting(reason: &str, message: &str) -> Value {
        json!({"phase": "Pending", "containerStatuses": [
            {"name": "main", "state": {"waiting": {"reason": reason, "message": message}}},
        ]})
    }

    fn ended(reason: &str, code: i32) -> Value {
        json!({"phase": "Failed", "containerStatuses": [
            {"name": "main", "restartCount": 0, "state": {"terminated": {"reason": reason, "exitCode": code}}},
        ]})
    }

    #[test]
    fn each_reason_why_a_pod_does_not_run_has_a_hint() {
        let unschedulable = json!({"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"},
        ]});
        let evicted =
            json!({"phase": "Failed", "reason": "Evicted", "message": "low on resource: memory"});
        for (status, what, says) in [
            (
                waiting("ErrImagePull", "x:1: not found"),
                "ErrImagePull",
                "has no such image",
            ),
            (
                waiting("ImagePullBackOff", "401 Unauthorized"),
                "ImagePullBackOff",
                "account `runner`",
            ),
            (
                waiting("ErrImagePull", "no match for platform in manifest"),
                "ErrImagePull",
                "the platform",
            ),
            (
                waiting("ImagePullBackOff", "i/o timeout"),
                "ImagePullBackOff",
                "describe pod p-1",
            ),
            (
                waiting("CreateContainerConfigError", "secret \"s\" not found"),
                "CreateContainerConfigError",
                "missing in `ns`",
            ),
            (
                waiting("CreateContainerError", "no command"),
                "CreateContainerError",
                "kubectl -n ns describe",
            ),
            (unschedulable, "Unschedulable", "no node has room"),
            (evicted, "Evicted", "ran out of something"),
            (ended("OOMKilled", 137), "OOMKilled", "memory limit"),
        ] {
            let pod = json!({"metadata": {"name": "p-1"}, "spec": {"serviceAccountName": "runner"}, "status": status});
            let (reason, message) = reason(&pod).unwrap();
            assert_eq!(reason, what);
            let hint = hint(&reason, &message, "ns", &pod);
            assert!(hint.contains(says), "{reason}: {hint}");
        }
    }

    #[test]
    fn a_pod_that_runs_or_is_about_to_is_in_no_trouble() {
        for status in [
            json!({}),
            json!({"phase": "Running", "containerStatuses": [{"name": "main", "state": {"running": {}}}]}),
            waiting("ContainerCreating", ""),
            waiting("PodInitializing", ""),
            ended("Error", 1),
            ended("Completed", 0),
        ] {
            assert_eq!(reason(&json!({ "status": status })), None, "{status}");
        }
    }

    #[test]
    fn a_pod_is_found_by_the_node_of_its_task() {
        let task = TaskOutputs {
            pod: "iris-strict-pbxx7-1495988738".to_owned(),
            ..TaskOutputs::default()
        };
        assert!(is_pod_of(
            "iris-strict-pbxx7-system-container-impl-1495988738",
            &task
        ));
        assert!(!is_pod_of(
            "iris-strict-pbxx7-system-dag-driver-248340725",
            &task
        ));
        assert!(!is_pod_of("", &TaskOutputs::default()));
    }
}
