//! Scalar metrics, for both versions of KFP from one call.
//!
//! What KFP would silently drop (a bad name, the 51st metric, NaN) is an error here.

use std::io;

use serde_json::{Value, json};

use crate::artifact::Metrics;
use crate::error::misuse;
use crate::output::Output;
use crate::run;

/// KFP 1 drops what is beyond.
const MOST: usize = 50;

impl Output<Metrics> {
    /// Records a share from 0 to 1. KFP 1 shows 0.93 as 93 %, and KFP 2 as 0.93.
    ///
    /// # Errors
    ///
    /// Of the kind [`InvalidInput`](io::ErrorKind::InvalidInput), which means that the code is to be changed: the name is not
    /// 1 to 64 letters, digits, `-` and `_`, beginning with a letter and ending with a letter or digit; the number is not
    /// finite; the name was recorded before; or it is the 51st metric.
    pub fn percentage(&self, name: &str, value: f64) -> io::Result<()> {
        self.record(name, value, "PERCENTAGE")
    }

    /// Records a number, which both UIs show as it is, KFP 2 with six decimals.
    ///
    /// # Errors
    ///
    /// Those of [`percentage`](Self::percentage).
    pub fn raw(&self, name: &str, value: f64) -> io::Result<()> {
        self.record(name, value, "RAW")
    }

    /// The metric recorded under that name, for tests.
    pub fn get(&self, name: &str) -> Option<f64> {
        let state = self.staged.state();
        let entry = state.entries.iter().find(|entry| entry["name"] == name)?;
        entry["numberValue"].as_f64()
    }

    fn record(&self, name: &str, value: f64, format: &str) -> io::Result<()> {
        if !is_name(name) {
            return Err(misuse(format!(
                "metric `{name}`: KFP takes 1 to 64 letters, digits, `-` and `_`, beginning with a letter, ending with a letter or digit"
            )));
        }
        if !value.is_finite() {
            return Err(misuse(format!(
                "metric `{name}` is {value}, but KFP takes finite numbers only"
            )));
        }
        if value != 0.0 && value.abs() < 5e-7 && run().task.is_some() {
            run::log(&format!(
                "warning: metric `{name}` is {value:e}, of which KFP 2 keeps six decimals: 0\n"
            ));
        }
        let mut state = self.staged.state();
        if state.entries.iter().any(|entry| entry["name"] == name) {
            return Err(misuse(format!("metric `{name}` is recorded twice")));
        }
        if state.entries.len() == MOST {
            return Err(misuse(format!(
                "metric `{name}` is one too many: KFP keeps {MOST}"
            )));
        }
        state
            .entries
            .push(json!({"name": name, "numberValue": value, "format": format}));
        state.metadata.insert(name.into(), value.into());
        state.content = Some(json!({"metrics": state.entries}).to_string());
        Ok(())
    }
}

/// `^[a-zA-Z]([-_a-zA-Z0-9]{0,62}[a-zA-Z0-9])?$` as KFP 1's API checks it, except for two names that KFP 2 reserves.
fn is_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(inner)
        && !matches!(name, "display_name" | "store_session_info")
}

impl crate::Input<Metrics> {
    /// The metric of that name, from KFP 2's metadata or from KFP 1's file. `None` if there is neither.
    pub fn get(&self, name: &str) -> Option<f64> {
        if let Some(value) = self.metadata(name) {
            return value.as_f64();
        }
        let file: Value = serde_json::from_str(&self.read_to_string().ok()?).ok()?;
        let entry = file["metrics"]
            .as_array()?
            .iter()
            .find(|entry| entry["name"] == name)?;
        entry["numberValue"].as_f64()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::artifact::Metrics;
    use crate::testing::{input, metadata, output};

    #[test]
    fn one_call_serves_both_versions() {
        let metrics = output::<Metrics>();
        metrics.percentage("accuracy", 0.93).unwrap();
        metrics.raw("rows", 150.0).unwrap();
        assert_eq!(
            metrics.text(),
            json!({"metrics": [
                {"name": "accuracy", "numberValue": 0.93, "format": "PERCENTAGE"},
                {"name": "rows", "numberValue": 150.0, "format": "RAW"},
            ]})
            .to_string()
        );
        assert_eq!(metadata(&metrics, "accuracy"), Some(json!(0.93)));
        assert_eq!(metrics.get("accuracy"), Some(0.93));
        assert_eq!(metrics.get("loss"), None);
    }

    #[test]
    fn names_kfp_would_drop_are_refused() {
        let metrics = output::<Metrics>();
        for name in ["a", "A-b_9", &"x".repeat(64)] {
            metrics.raw(name, 1.0).unwrap();
        }
        for name in [
            "",
            "1st",
            "_a",
            "a_",
            "a b",
            "größe",
            "display_name",
            &"x".repeat(65),
        ] {
            assert!(metrics.raw(name, 1.0).is_err(), "{name}");
        }
    }

    #[test]
    fn numbers_json_does_not_know_are_refused() {
        let metrics = output::<Metrics>();
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = metrics.percentage("accuracy", number).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("metric `accuracy` is {number}, but KFP takes finite numbers only")
            );
        }
    }

    #[test]
    fn a_metric_is_recorded_once_and_the_51st_not_at_all() {
        let metrics = output::<Metrics>();
        for number in 0..50 {
            metrics.raw(&format!("metric-{number}"), 0.0).unwrap();
        }
        assert!(
            metrics
                .raw("metric-1", 0.0)
                .unwrap_err()
                .to_string()
                .contains("twice")
        );
        assert!(
            metrics
                .raw("metric-50", 0.0)
                .unwrap_err()
                .to_string()
                .contains("one too many")
        );
    }

    #[test]
    fn another_task_reads_them_from_the_file() {
        let metrics = output::<Metrics>();
        metrics.raw("rows", 150.0).unwrap();
        assert_eq!(input::<Metrics>(metrics.text()).get("rows"), Some(150.0));
        assert_eq!(input::<Metrics>("").get("rows"), None);
    }
}
