//! Parameters with a structure of the author's own.

use std::ops::{Deref, DerefMut};

use serde_core::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::lenient::Lenient;
use crate::parameter::{Parameter, types};

/// A JSON object, read into any type that derives serde's `Deserialize` and `Serialize`; `Json` alone takes any value.
///
/// KFP's clusters send `3` where its local runner sends `3.0`; either reads as a whole number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Json<T = Value>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: DeserializeOwned + Serialize> Parameter for Json<T> {
    type Type = types::JsonObject;

    fn from_value(value: &Value) -> Result<Self, String> {
        let value = match value {
            Value::String(text) => serde_json::from_str(text).map_err(|_| "a JSON object")?,
            other => other.clone(),
        };
        T::deserialize(Lenient(value))
            .map(Self)
            .map_err(|error| format!("a JSON object that fits ({error})"))
    }

    fn to_value(&self) -> Result<Value, String> {
        serde_json::to_value(&self.0).map_err(|error| error.to_string())
    }
}
