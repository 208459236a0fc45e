//! Scalar metrics, for both versions of KFP from one call.
//!
//! What KFP would silently drop (a bad name, the 51st metric, NaN) is an error here.

use std::io;

use serde_json::{Value, json};

use crate::artifact::Metrics;
use crate::fault::misuse;
use crate::output::Output;

/// KFP 1 cuts off the rest.
const MOST: usize = 50;

impl Output<Metrics> {
    /// Records a share between 0 and 1, shown in per cent: 0.93 shows as 93 %.
    pub fn percentage(&self, name: &str, value: f64) -> io::Result<()> {
        self.record(name, value, "PERCENTAGE")
    }

    /// Records a number, shown as it is.
    pub fn raw(&self, name: &str, value: f64) -> io::Result<()> {
        self.record(name, value, "RAW")
    }

    /// The metric recorded under that name.
    pub fn get(&self, name: &str) -> Option<f64> {
        let state = self.sink.state();
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
        let mut state = self.sink.state();
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

/// `^[a-zA-Z]([-_a-zA-Z0-9]{0,62}[a-zA-Z0-9])?$`, and no name KFP 2 keeps for itself.
fn is_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(inner)
        && !matches!(name, "display_name" | "store_session_info")
}

/// A metric as another task may read it.
impl crate::Input<Metrics> {
    /// The metric of that name, from KFP 2's metadata or from KFP 1's file.
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
