//! Parameters with a structure that the author defines.

use std::ops::{Deref, DerefMut};

use serde_core::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::lenient::Lenient;
use crate::parameter::{Parameter, types};

/// A JSON object, read into any type that derives serde's `Deserialize` and `Serialize`. `Json` alone holds any JSON.
///
/// KFP changes kinds inside an object: `kfp.local` writes `3.0` for `3`, and a number that another task produced arrives as
/// its text. So a number is also read from its text, and text from a number.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use kfp_component::prelude::*;
/// use kfp_component::testing::output;
///
/// /// Notes its options: `{"depth": 4}` and `{"anything": ["goes"]}`.
/// #[component]
/// fn note(
///     limits: Json<BTreeMap<String, u8>>,
///     #[arg(default = "{}")] options: Json,
///     seen: Output<String>,
/// ) -> Result<()> {
///     seen.set(format!("{} {}", limits["depth"], options["anything"][0]))?;
///     Ok(())
/// }
///
/// # fn main() -> Result<()> {
/// let seen = output();
/// let limits = BTreeMap::from([("depth".into(), 4)]);
/// note(Json(limits), Json([("anything", vec!["goes"])].into_iter().collect()), seen.clone())?;
/// assert_eq!(seen.text(), r#"4 "goes""#);
/// # Ok(())
/// # }
/// ```
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
