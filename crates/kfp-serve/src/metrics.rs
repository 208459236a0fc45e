//! What Prometheus is told: KServe's names, which dashboards know, and those of MLServer.

use std::time::Instant;

use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramTimer, IntCounter, Opts, Registry, TextEncoder,
};

/// From ten microseconds, which a small model takes, to ten seconds.
const BUCKETS: [f64; 14] = [
    0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The figures of one model.
pub(crate) struct Metrics {
    registry: Registry,
    preprocess: Histogram,
    predict: Histogram,
    postprocess: Histogram,
    duration: Histogram,
    success: IntCounter,
    failure: IntCounter,
}

impl Metrics {
    pub(crate) fn new(model: &str, version: &str) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let histogram = |name: &str, help: &str, labels: &[&str]| {
            let mut options = HistogramOpts::new(name, help).buckets(BUCKETS.to_vec());
            for (label, value) in labels.iter().zip([model, version]) {
                options = options.const_label(*label, value);
            }
            let histogram = Histogram::with_opts(options)?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let counter = |name: &str, help: &str| {
            let options = Opts::new(name, help)
                .const_label("model", model)
                .const_label("version", version);
            let counter = IntCounter::with_opts(options)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let stage = |name: &str, help: &str| histogram(name, help, &["model_name"]);
        // KServe's dashboards expect it; nothing here explains.
        stage("request_explain_seconds", "explain request latency")?;
        Ok(Self {
            preprocess: stage("request_preprocess_seconds", "pre-process request latency")?,
            predict: stage("request_predict_seconds", "predict request latency")?,
            postprocess: stage(
                "request_postprocess_seconds",
                "post-process request latency",
            )?,
            duration: histogram(
                "model_infer_request_duration",
                "Model infer request duration in seconds",
                &["model", "version"],
            )?,
            success: counter(
                "model_infer_request_success_total",
                "Model infer request success count",
            )?,
            failure: counter(
                "model_infer_request_failure_total",
                "Model infer request failure count",
            )?,
            registry,
        })
    }

    /// Times the reading of a request, until it is dropped.
    pub(crate) fn preprocess(&self) -> HistogramTimer {
        self.preprocess.start_timer()
    }

    /// Times a prediction.
    pub(crate) fn predict(&self) -> HistogramTimer {
        self.predict.start_timer()
    }

    /// Times the writing of an answer.
    pub(crate) fn postprocess(&self) -> HistogramTimer {
        self.postprocess.start_timer()
    }

    /// Counts a request for a prediction.
    pub(crate) fn count(&self, started: Instant, succeeded: bool) {
        self.duration.observe(started.elapsed().as_secs_f64());
        if succeeded {
            self.success.inc();
        } else {
            self.failure.inc();
        }
    }

    /// All figures in Prometheus's text format, and its content type.
    pub(crate) fn text(&self) -> Result<(String, String), prometheus::Error> {
        let encoder = TextEncoder::new();
        let mut text = Vec::new();
        encoder.encode(&self.registry.gather(), &mut text)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok((encoder.format_type().to_owned(), text))
    }
}
