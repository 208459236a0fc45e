//! How far a run or a task is.

use std::{fmt, time::SystemTime};

use serde::{Deserialize, Serialize};

use super::{run::Status, time};

/// Defines an enumeration of protobuf names that keeps the names it does not know.
macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum $type {
            /// The server has not said.
            #[default]
            Unspecified,
            $($(#[$variant_doc])* $variant,)*
            /// A name this client does not know: the server is newer.
            Unknown(String),
        }

        impl $type {
            /// The name the server uses; empty if it has not said.
            pub fn name(&self) -> &str {
                match self {
                    Self::Unspecified => "",
                    $(Self::$variant => $name,)*
                    Self::Unknown(name) => name,
                }
            }
        }

        impl From<String> for $type {
            fn from(name: String) -> Self {
                match name.as_str() {
                    $($name => Self::$variant,)*
                    _ if name.is_empty() || name.ends_with("_UNSPECIFIED") => Self::Unspecified,
                    _ => Self::Unknown(name),
                }
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.name().to_owned()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use names;

names! {
    /// How far a run or a task is.
    State {
        /// It has not started.
        Pending = "PENDING",
        /// It runs.
        Running = "RUNNING",
        /// It ended well.
        Succeeded = "SUCCEEDED",
        /// It did not have to run.
        Skipped = "SKIPPED",
        /// It failed, or it was terminated: see [`Run::was_cancelled`](super::Run::was_cancelled).
        Failed = "FAILED",
        /// It has been asked to stop.
        Canceling = "CANCELING",
        /// It was stopped. Servers up to 2.17 report [`State::Failed`] instead.
        Canceled = "CANCELED",
        /// It waits for somebody.
        Paused = "PAUSED",
    }
}

impl State {
    /// Whether nothing more will happen, unless the run is retried.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Skipped | Self::Failed | Self::Canceled
        )
    }
}

names! {
    /// Whether something is in the lists people look at.
    StorageState {
        /// It is.
        Available = "AVAILABLE",
        /// It is in the archive.
        Archived = "ARCHIVED",
    }
}

/// One step of a run's or a task's history.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct StateChange {
    /// The state that was reached.
    pub state: State,
    /// When.
    #[serde(deserialize_with = "time::optional")]
    pub update_time: Option<SystemTime>,
    /// What went wrong, if the server knows.
    pub error: Option<Status>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_a_newer_server_is_kept_and_not_final() {
        let state = State::from("RESURRECTED".to_owned());
        assert_eq!(state.name(), "RESURRECTED");
        assert!(!state.is_final());
    }

    #[test]
    fn an_unspecified_state_and_none_are_the_same() {
        for name in ["", "RUNTIME_STATE_UNSPECIFIED", "STATE_UNSPECIFIED"] {
            assert_eq!(State::from(name.to_owned()), State::Unspecified);
        }
    }
}
