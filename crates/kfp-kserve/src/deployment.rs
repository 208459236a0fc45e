//! What is deployed, and the `InferenceService` that says so.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Error, MODEL_DIGEST, REVISION, Result, Serving, Storage};

/// Host names are made of the service's name, its namespace and a few words, and end at 63 characters.
const LONGEST_NAME: usize = 40;

/// How KServe runs services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On Knative, which scales to zero and splits traffic between revisions.
    Knative,
    /// As Deployments.
    Standard,
}

impl Mode {
    /// Reads KServe's word for it, of today or of before.
    ///
    /// # Errors
    /// If it is not one.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "Knative" | "Serverless" | "knative" => Ok(Self::Knative),
            "Standard" | "RawDeployment" | "standard" => Ok(Self::Standard),
            _ => Err(Error::argument(
                "mode",
                format!("`{text}` is neither knative nor standard"),
            )),
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Knative => "Knative",
            Self::Standard => "Standard",
        }
    }
}

/// What a pod may use, as Kubernetes writes it: `500m`, `1Gi`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Processors.
    pub cpu: Option<String>,
    /// Memory.
    pub memory: Option<String>,
}

impl Resources {
    fn value(&self) -> Value {
        let mut amounts = Map::new();
        for (name, amount) in [("cpu", &self.cpu), ("memory", &self.memory)] {
            if let Some(amount) = amount {
                amounts.insert(name.to_owned(), amount.as_str().into());
            }
        }
        if amounts.is_empty() {
            return Value::Null;
        }
        json!({ "limits": amounts.clone(), "requests": amounts })
    }
}

/// A share of the requests for a new model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canary(u8);

impl Canary {
    /// A share in percent.
    ///
    /// # Errors
    /// If it is none, or all: that is a deployment without canary.
    pub fn percent(share: u8) -> Result<Self> {
        if (1..=99).contains(&share) {
            return Ok(Self(share));
        }
        let problem = format!("{share} is not from 1 to 99");
        Err(Error::hinted(
            "canary",
            problem,
            "leave it out to send all requests to the new model",
        ))
    }

    pub(crate) fn share(self) -> u8 {
        self.0
    }
}

/// A model to be served under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deployment {
    name: String,
    storage: Storage,
    serving: Serving,
    /// The digest of the model's files: pods are replaced when it changes, though the URI stays.
    pub digest: Option<String>,
    /// The service account of the pods, with the right to read the storage.
    pub service_account: Option<String>,
    /// The fewest pods; 0 lets Knative scale to zero.
    pub min_replicas: Option<u32>,
    /// The most pods.
    pub max_replicas: Option<u32>,
    /// What a pod may use.
    pub resources: Resources,
    /// How KServe runs it, if not as the cluster does.
    pub mode: Option<Mode>,
    /// The share of the requests that the new model gets, if not all.
    pub canary: Option<Canary>,
}

impl Deployment {
    /// A model of a storage, served under a name.
    ///
    /// # Errors
    /// If the name cannot be that of a service.
    pub fn new(name: &str, storage: Storage, serving: Serving) -> Result<Self> {
        check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            storage,
            serving,
            digest: None,
            service_account: None,
            min_replicas: None,
            max_replicas: None,
            resources: Resources::default(),
            mode: None,
            canary: None,
        })
    }

    /// The service's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the model is.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// What serves it.
    pub fn serving(&self) -> &Serving {
        &self.serving
    }

    /// Checks what can only be judged as a whole.
    ///
    /// # Errors
    /// If there are to be more pods at least than at most.
    pub fn check(&self) -> Result<()> {
        if let (Some(min), Some(max)) = (self.min_replicas, self.max_replicas)
            && max < min.max(1)
        {
            let problem = format!("at most {max} pods are fewer than at least {}", min.max(1));
            return Err(Error::argument("max-replicas", problem));
        }
        Ok(())
    }

    /// The `InferenceService`, without canary: that depends on what is there.
    pub fn manifest(&self) -> Value {
        let mut manifest = service(&self.name);
        manifest["spec"] = json!({ "predictor": self.predictor() });
        if let Some(mode) = self.mode {
            manifest["metadata"]["annotations"] =
                json!({ "serving.kserve.io/deploymentMode": mode.word() });
        }
        manifest
    }

    /// The predictor, with annotations that tell its revision from others.
    pub(crate) fn predictor(&self) -> Value {
        let (key, model) =
            self.serving
                .predictor(&self.name, &self.storage, &self.resources.value());
        let mut predictor = json!({ key: model });
        if let Some(account) = &self.service_account {
            predictor["serviceAccountName"] = account.as_str().into();
        }
        let mut annotations = Map::new();
        if let Some(digest) = &self.digest {
            annotations.insert(MODEL_DIGEST.to_owned(), digest.as_str().into());
        }
        let revision = revision(&predictor, self.digest.as_deref());
        annotations.insert(REVISION.to_owned(), revision.into());
        predictor["annotations"] = annotations.into();
        if let Some(replicas) = self.min_replicas {
            predictor["minReplicas"] = replicas.into();
        }
        if let Some(replicas) = self.max_replicas {
            predictor["maxReplicas"] = replicas.into();
        }
        predictor
    }
}

/// An `InferenceService` without a spec.
pub(crate) fn service(name: &str) -> Value {
    json!({
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": { "name": name },
    })
}

/// What tells pods of one model from those of another: a hash of all that makes KServe replace them.
fn revision(predictor: &Value, digest: Option<&str>) -> String {
    let text = format!("{predictor}\n{}", digest.unwrap_or_default());
    HEXLOWER.encode(&Sha256::digest(text)[..8])
}

/// The rule of KServe's webhook, and a length that leaves room in host names.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let is_letter = |c: char| c.is_ascii_lowercase();
    let is_fine = name.starts_with(is_letter)
        && !name.ends_with('-')
        && name
            .chars()
            .all(|c| is_letter(c) || c.is_ascii_digit() || c == '-');
    if !is_fine {
        let problem = format!(
            "`{name}` is not a name of lower-case letters, digits and `-` that begins with a letter"
        );
        let suggestion = suggested(name);
        return Err(if suggestion.is_empty() {
            Error::argument("name", problem)
        } else {
            Error::hinted("name", problem, format!("--name {suggestion}"))
        });
    }
    if name.len() > LONGEST_NAME {
        let problem = format!(
            "`{name}` has {} characters; host names are made of it, so {LONGEST_NAME} are the most",
            name.len()
        );
        return Err(Error::argument("name", problem));
    }
    Ok(())
}

fn suggested(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let parts: Vec<_> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let joined = parts.join("-");
    joined
        .trim_start_matches(|c: char| !c.is_ascii_lowercase())
        .to_owned()
}
