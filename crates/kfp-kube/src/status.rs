//! How the API server says no (`meta.k8s.io/v1 Status`).

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// What the API server said in place of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The HTTP status.
    pub code: u16,
    /// The reason in one word, such as `Forbidden`; empty if what answered is not the API server.
    pub reason: String,
    /// The server's sentence.
    pub message: String,
    /// What is wrong with which field.
    pub causes: Vec<Cause>,
    /// After which time the server asks to be asked again.
    pub(crate) retry_after: Option<Duration>,
}

/// What is wrong with a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Cause {
    /// The reason in one word, such as `FieldValueRequired`.
    pub reason: String,
    /// The server's sentence.
    pub message: String,
    /// The path of the field.
    pub field: String,
}

/// A field that another manager owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The other manager, such as `kubectl-edit`.
    pub manager: String,
    /// The path of the field.
    pub field: String,
}

/// What a caller may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The caller, such as `system:serviceaccount:team-a:default-editor`.
    pub user: String,
    /// The verb, such as `patch`.
    pub verb: String,
    /// The resource with its group, such as `inferenceservices.serving.kserve.io`.
    pub resource: String,
    /// None for what is in no namespace.
    pub namespace: Option<String>,
}

impl Status {
    pub(crate) fn of_body(code: u16, body: &str) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Form {
            reason: String,
            message: String,
            details: Option<Details>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Details {
            causes: Vec<Cause>,
        }
        let form: Form = serde_json::from_str(body).unwrap_or_default();
        let message = if form.message.is_empty() {
            body.trim().to_owned()
        } else {
            form.message
        };
        Self {
            code,
            reason: form.reason,
            message,
            causes: form.details.unwrap_or_default().causes,
            retry_after: None,
        }
    }

    /// Whether there is no such object, or no such kind of object.
    pub fn is_not_found(&self) -> bool {
        self.code == 404
    }

    /// Whether the server does not know this kind of object: its definition is not installed.
    pub fn is_unknown_kind(&self) -> bool {
        // Without a group the server answers in plain text; with one, in this sentence of client-go.
        self.is_not_found()
            && (self.reason.is_empty()
                || self
                    .message
                    .contains("could not find the requested resource"))
    }

    /// Which fields other managers own, if that is why the server refused.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let conflicts = self
            .causes
            .iter()
            .filter(|cause| cause.reason == "FieldManagerConflict");
        conflicts
            .map(|cause| Conflict {
                // conflict with "kubectl-edit" using serving.kserve.io/v1beta1 at 2026-…
                manager: cause
                    .message
                    .split('"')
                    .nth(1)
                    .unwrap_or_default()
                    .to_owned(),
                field: cause.field.clone(),
            })
            .collect()
    }

    /// Who may not do what, if that is why the server refused.
    pub fn denied(&self) -> Option<Denied> {
        // … is forbidden: User "ann" cannot patch resource "pods" in API group "" in the namespace "team-a"
        let (_, text) = self.message.split_once("User \"")?;
        let (user, text) = text.split_once("\" cannot ")?;
        let (verb, text) = text.split_once(" resource \"")?;
        let (plural, text) = text.split_once('"')?;
        let quoted = |before: &str| Some(text.split_once(before)?.1.split('"').next()?.to_owned());
        let group = quoted("in API group \"").unwrap_or_default();
        let resource = match plural.split_once('/') {
            _ if group.is_empty() => plural.to_owned(),
            Some((plural, part)) => format!("{plural}.{group}/{part}"),
            None => format!("{plural}.{group}"),
        };
        Some(Denied {
            user: user.to_owned(),
            verb: verb.to_owned(),
            resource,
            namespace: quoted("in the namespace \""),
        })
    }

    /// The quota that leaves no room, if that is why the server refused: its name, and the server's account of it.
    pub fn exceeded_quota(&self) -> Option<&str> {
        self.message
            .split_once("exceeded quota: ")
            .map(|(_, rest)| rest)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            write!(f, "the server answered with status {}", self.code)
        } else {
            write!(f, "{} (status {})", self.message, self.code)
        }
    }
}

impl std::error::Error for Status {}
