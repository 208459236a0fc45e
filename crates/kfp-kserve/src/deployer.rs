//! Deploys to a cluster: looks first, lets the server check, and writes once.

use kfp_kube::{Apply, Client, Collection, Resource};
use serde_json::{Value, json};

use crate::deployment::{check_name, service};
use crate::{Deployment, Error, FIELD_MANAGER, Mode, PREVIOUS, REVISION, Result, history};

/// The name of a canary beside the model that has the rest of the requests.
const CANARY: &str = "canary";
/// What a predictor may be; exactly one of them.
const IMPLEMENTATIONS: [&str; 12] = [
    "model",
    "containers",
    "sklearn",
    "xgboost",
    "lightgbm",
    "triton",
    "onnx",
    "tensorflow",
    "pytorch",
    "pmml",
    "paddle",
    "huggingface",
];
/// What the server writes by itself, so that it differs though nothing was changed.
const SERVERS: [&str; 5] = [
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];
const MODE: &str = "serving.kserve.io/deploymentMode";

/// Deploys to a namespace of a cluster.
#[derive(Debug)]
pub struct Deployer<'a> {
    pub(crate) client: &'a Client,
    pub(crate) namespace: String,
    force: bool,
}

/// What would be done to a service. The server has checked it: types, rights, quota, other managers' fields.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What applying it would do.
    pub change: Change,
    /// What is applied.
    pub manifest: Value,
    name: String,
    before: Option<Value>,
    after: Value,
}

/// What applying a plan does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is no such service yet.
    Create,
    /// The service becomes another.
    Update,
    /// Nothing: it is so already.
    Nothing,
}

impl Plan {
    /// The service's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The service as it is, without status and bookkeeping; null if there is none.
    pub fn before(&self) -> Value {
        self.before.as_ref().map_or(Value::Null, without_history)
    }

    /// The service as it would be, without status and bookkeeping.
    pub fn after(&self) -> Value {
        without_history(&self.after)
    }

    /// Whether another model is to answer than before, or a canary more or less. A rollback then leads to what the plan
    /// replaces; where a model is only scaled, it would lead to an older one.
    pub fn is_another_model(&self) -> bool {
        let models = |service: &Value| {
            let spec = &service["spec"];
            let revision = |predictor: &Value| {
                predictor["annotations"][REVISION]
                    .as_str()
                    .map(str::to_owned)
            };
            (
                revision(&spec["predictor"]),
                !spec["predictor"]["canaryTrafficPercent"].is_null(),
                revision(&spec["canary"][0]["predictor"]),
            )
        };
        let before = self.before.as_ref();
        before.is_some_and(|before| models(before) != models(&self.after))
    }

    /// The status before anything was changed: what fails there is not this plan's failure.
    pub fn status_before(&self) -> Option<&Value> {
        Some(&self.before.as_ref()?["status"])
    }
}

impl<'a> Deployer<'a> {
    /// Deploys to this namespace, as the client's user.
    pub fn new(client: &'a Client, namespace: &str) -> Self {
        Self {
            client,
            namespace: namespace.to_owned(),
            force: false,
        }
    }

    /// The namespace that is deployed to.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Takes fields over that other managers own, instead of refusing.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// What deploying would do. Nothing is written.
    ///
    /// # Errors
    /// If the server refuses, or a canary is asked for where none can be.
    pub fn plan(&self, deployment: &Deployment) -> Result<Plan> {
        deployment.check()?;
        let before = self.live(deployment.name())?;
        let mut manifest = deployment.manifest();
        let new = deployment.predictor();
        match (&before, deployment.canary) {
            (None, None) => {}
            (None, Some(_)) => {
                return Err(Error::Service {
                    problem: format!(
                        "there is no InferenceService {} yet, so that nothing could get the other requests",
                        deployment.name()
                    ),
                    hint: "deploy it without --canary first".to_owned(),
                });
            }
            (Some(live), canary) => {
                keep_mode(live, &mut manifest);
                let is_same = live["spec"]["predictor"]["annotations"][REVISION]
                    == new["annotations"][REVISION];
                let previous = if is_same {
                    history::written(live).map(str::to_owned)
                } else {
                    Some(history::before_another(live))
                };
                match canary.map(|canary| (canary.share(), mode(live, deployment))) {
                    None => annotate(&mut manifest, previous),
                    Some((share, Some(Mode::Knative))) => {
                        manifest["spec"]["predictor"]["canaryTrafficPercent"] = share.into();
                        annotate(&mut manifest, previous);
                    }
                    Some((_, Some(Mode::Standard))) if is_same => {
                        return Err(Error::Service {
                            problem: format!(
                                "{} serves this model already, so it cannot be its canary",
                                deployment.name()
                            ),
                            hint: "name another model, or another storage URI".to_owned(),
                        });
                    }
                    Some((share, Some(Mode::Standard))) => {
                        beside(live, new, share, &mut manifest);
                        annotate(&mut manifest, history::written(live).map(str::to_owned));
                    }
                    Some((_, None)) => {
                        return Err(Error::Service {
                            problem: format!(
                                "KServe has not said yet whether {} runs on Knative or as Deployments, on which a canary depends",
                                deployment.name()
                            ),
                            hint: format!(
                                "wait for it first: `kfp-comp deploy wait {} -n {}`; or name it: --mode standard",
                                deployment.name(),
                                self.namespace
                            ),
                        });
                    }
                }
            }
        }
        self.checked(deployment.name(), before, manifest)
    }

    /// What going back to the model before would do: a canary is dropped, or the last two models change places.
    ///
    /// # Errors
    /// If there is nothing to go back to, or the server refuses.
    pub fn plan_rollback(&self, name: &str) -> Result<Plan> {
        check_name(name)?;
        let live = self.existing(name)?;
        let mut manifest = service(name);
        keep_mode(&live, &mut manifest);
        if history::has_canary(&live) {
            manifest["spec"] = json!({ "predictor": live["spec"]["predictor"] });
            annotate(&mut manifest, history::written(&live).map(str::to_owned));
        } else {
            let previous = history::previous(&live).ok_or_else(|| Error::Service {
                problem: format!("nothing is known that {name} served before"),
                hint: format!(
                    "deploy the model by its URI again: `kfp-comp deploy apply URI --name {name} -n {}`",
                    self.namespace
                ),
            })?;
            manifest["spec"] = json!({ "predictor": previous });
            annotate(&mut manifest, Some(history::snapshot(&live)));
        }
        self.checked(name, Some(live), manifest)
    }

    /// Applies a plan, unless it changes nothing, and gives the service as it is stored.
    ///
    /// # Errors
    /// If the server refuses after all.
    pub fn apply(&self, plan: &Plan) -> Result<Value> {
        match (&plan.before, plan.change) {
            (Some(before), Change::Nothing) => Ok(before.clone()),
            _ => self.send(&plan.name, &plan.manifest, false),
        }
    }

    /// Deletes a service; whether there was one.
    ///
    /// # Errors
    /// If the server refuses.
    pub fn delete(&self, name: &str, dry_run: bool) -> Result<bool> {
        check_name(name)?;
        let deleted = self.client.delete(&self.services(), name, dry_run);
        deleted.map_err(|error| self.failed("delete", name, error))
    }

    /// The service as it is; none if there is none.
    ///
    /// # Errors
    /// If the server refuses, or has no KServe.
    pub fn live(&self, name: &str) -> Result<Option<Value>> {
        let live = self.client.get(&self.services(), name);
        live.map_err(|error| self.failed("read", name, error))
    }

    /// The service as it is.
    pub(crate) fn existing(&self, name: &str) -> Result<Value> {
        self.live(name)?.ok_or_else(|| Error::Service {
            problem: format!(
                "there is no InferenceService {name} in namespace `{}`",
                self.namespace
            ),
            hint: format!("kubectl -n {} get inferenceservices", self.namespace),
        })
    }

    fn checked(&self, name: &str, before: Option<Value>, manifest: Value) -> Result<Plan> {
        let after = self.send(name, &manifest, true)?;
        let predictor = &after["spec"]["predictor"];
        let kinds: Vec<_> = IMPLEMENTATIONS
            .into_iter()
            .filter(|kind| !predictor[*kind].is_null())
            .collect();
        if kinds.len() > 1 {
            return Err(Error::Service {
                problem: format!(
                    "{name} would have both `{}`: another tool has set the one, and a predictor has one only",
                    kinds.join("` and `")
                ),
                hint: format!(
                    "delete it, and deploy it anew: `kfp-comp deploy delete {name} -n {}`",
                    self.namespace
                ),
            });
        }
        let change = match &before {
            None => Change::Create,
            Some(before) if shown(before) == shown(&after) => Change::Nothing,
            Some(_) => Change::Update,
        };
        Ok(Plan {
            change,
            manifest,
            name: name.to_owned(),
            before,
            after,
        })
    }

    fn send(&self, name: &str, manifest: &Value, dry_run: bool) -> Result<Value> {
        let how = Apply::as_manager(FIELD_MANAGER)
            .force(self.force)
            .dry_run(dry_run);
        let applied = self.client.apply(&self.services(), name, manifest, &how);
        applied.map_err(|error| self.failed("apply", name, error))
    }

    pub(crate) fn services(&self) -> Collection {
        Resource::new("serving.kserve.io", "v1beta1", "inferenceservices")
            .namespaced(&self.namespace)
    }

    pub(crate) fn failed(&self, verb: &'static str, name: &str, error: kfp_kube::Error) -> Error {
        Error::Cluster {
            verb,
            object: format!("InferenceService {name}"),
            namespace: self.namespace.clone(),
            error: Box::new(error),
        }
    }
}

/// How a service runs: as it does, or else as it was or is asked to.
fn mode(live: &Value, deployment: &Deployment) -> Option<Mode> {
    let words = [
        &live["status"]["deploymentMode"],
        &live["metadata"]["annotations"][MODE],
    ];
    let known = words
        .iter()
        .find_map(|word| Mode::parse(word.as_str()?).ok());
    known.or(deployment.mode)
}

/// KServe does not change how a service runs, so what was asked for once stays.
fn keep_mode(live: &Value, manifest: &mut Value) {
    let mode = &live["metadata"]["annotations"][MODE];
    if mode.is_string() && manifest["metadata"]["annotations"][MODE].is_null() {
        manifest["metadata"]["annotations"][MODE] = mode.clone();
    }
}

fn annotate(manifest: &mut Value, previous: Option<String>) {
    if let Some(previous) = previous {
        manifest["metadata"]["annotations"][PREVIOUS] = previous.into();
    }
}

/// The present predictor with the new one beside it, which gets a share of the requests.
fn beside(live: &Value, mut new: Value, share: u8, manifest: &mut Value) {
    if let Some(fields) = new.as_object_mut() {
        // KServe gives a canary a fixed number of pods.
        fields.shift_remove("maxReplicas");
        fields.shift_remove("minReplicas");
    }
    new["name"] = CANARY.into();
    if new["model"].is_object() {
        // The schema wants it here, though KServe fills it in elsewhere.
        new["model"]["name"] = "kserve-container".into();
    }
    manifest["spec"] = json!({
        "predictor": live["spec"]["predictor"],
        "canary": [{ "predictor": new, "trafficPercent": share }],
    });
    // The webhook takes canaries where this is written only.
    manifest["metadata"]["annotations"][MODE] = Mode::Standard.word().into();
}

/// An object without what the server writes by itself.
fn shown(object: &Value) -> Value {
    let mut shown = object.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.shift_remove("status");
    }
    if let Some(metadata) = shown["metadata"].as_object_mut() {
        metadata.retain(|key, _| !SERVERS.contains(&key.as_str()));
    }
    shown
}

fn without_history(object: &Value) -> Value {
    let mut shown = shown(object);
    if let Some(metadata) = shown["metadata"].as_object_mut()
        && let Some(annotations) = metadata.get_mut("annotations")
        && let Some(fields) = annotations.as_object_mut()
    {
        fields.shift_remove(PREVIOUS);
        if fields.is_empty() {
            metadata.shift_remove("annotations");
        }
    }
    shown
}
