//! Resources, which have an identifier: an answer without one is from another program.

use serde::{Serialize, de::DeserializeOwned};
use ureq::http::Method;

use crate::{
    Client, Error, Result,
    model::{Experiment, Pipeline, PipelineVersion, RecurringRun, Run},
    transport::Content,
};

/// A resource of the server.
pub(crate) trait Resource: DeserializeOwned {
    /// The name of the field that identifies it, and what is in it.
    fn identifier(&self) -> (&'static str, &str);
}

macro_rules! resources {
    ($($type:ident $field:ident,)*) => {
        $(impl Resource for $type {
            fn identifier(&self) -> (&'static str, &str) {
                (stringify!($field), &self.$field)
            }
        })*
    };
}

resources! {
    Pipeline pipeline_id,
    PipelineVersion pipeline_version_id,
    Experiment experiment_id,
    Run run_id,
    RecurringRun recurring_run_id,
}

impl Client {
    /// Reads a resource.
    pub(crate) fn resource<T: Resource>(&self, path: &str) -> Result<T> {
        let text = self.text(&Method::GET, path, &[], &Content::Nothing)?;
        self.identified("GET", path, &text)
    }

    /// Creates a resource from a JSON body.
    pub(crate) fn create<T: Resource>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let body = serde_json::to_vec(body).expect("requests are maps with text keys");
        let text = self.text(&Method::POST, path, &[], &Content::Json(&body))?;
        self.identified("POST", path, &text)
    }

    /// A resource as the server answered it.
    pub(crate) fn identified<T: Resource>(
        &self,
        method: &str,
        path: &str,
        text: &str,
    ) -> Result<T> {
        let resource: T = self.decode(method, path, text)?;
        match resource.identifier() {
            (field, "") => Err(Error::Unexpected {
                call: format!("{method} {}{path}", self.endpoint),
                reason: format!("it has no `{field}`"),
            }),
            _ => Ok(resource),
        }
    }
}
