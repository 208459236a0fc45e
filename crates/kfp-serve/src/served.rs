//! A model under a name.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::infer::names;
use crate::metrics::Metrics;
use crate::pace::Pace;
use crate::predictor::{PredictError, Predictor};
use crate::refusal::{Kind, Refusal};
use crate::rows::Rows;
use crate::signature::Signature;
use crate::tensor::Data;

/// The version of every model: a folder holds one.
pub(crate) const VERSION: &str = "1";

/// The model that a server serves.
pub(crate) struct Served {
    pub(crate) name: String,
    pub(crate) metrics: Metrics,
    predictor: Box<dyn Predictor>,
    stopping: AtomicBool,
    pub(crate) pace: Pace,
}

impl Served {
    pub(crate) fn new(name: String, predictor: impl Predictor) -> Result<Self, prometheus::Error> {
        Ok(Self {
            metrics: Metrics::new(&name, VERSION)?,
            name,
            predictor: Box::new(predictor),
            stopping: AtomicBool::new(false),
            pace: Pace::default(),
        })
    }

    pub(crate) fn signature(&self) -> &Signature {
        self.predictor.signature()
    }

    /// Whether requests should be sent here.
    pub(crate) fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::Relaxed)
    }

    /// Says from now on that requests should be sent elsewhere; those that come are answered.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Refuses another model's name or another version. An empty version is any.
    pub(crate) fn expect(&self, name: &str, version: &str) -> Result<(), Refusal> {
        if name != self.name {
            return Err(Refusal::new(
                Kind::NotFound,
                format!(
                    "Model with name {name} does not exist; this server has {}",
                    names(std::iter::once(self.name.as_str()))
                ),
            ));
        }
        if !version.is_empty() && version != VERSION {
            return Err(Refusal::new(
                Kind::NotFound,
                format!("model `{name}` has no version `{version}`; it has `{VERSION}`"),
            ));
        }
        Ok(())
    }

    /// Counts and times a request for a prediction.
    pub(crate) fn counted<T>(
        &self,
        answer: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let started = Instant::now();
        let answer = answer();
        self.metrics.count(started, answer.is_ok());
        answer
    }

    /// Calls the model. What it panics over is a failure of this request alone.
    pub(crate) fn call(&self, rows: &Rows) -> Result<Vec<Data>, Refusal> {
        let _timed = self.metrics.predict();
        let predict = AssertUnwindSafe(|| self.predictor.predict(rows));
        match catch_unwind(predict) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(PredictError::Refused(message))) => Err(Refusal::invalid(message)),
            Ok(Err(PredictError::Failed(message))) => Err(Refusal::new(
                Kind::Failed,
                format!("model `{}`: {message}", self.name),
            )),
            Err(_) => Err(Refusal::new(
                Kind::Failed,
                format!("model `{}` panicked; its log says where", self.name),
            )),
        }
    }
}
