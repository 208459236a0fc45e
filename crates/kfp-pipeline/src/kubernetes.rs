//! What kfp-kubernetes says about executors (`kubernetes_platform/proto/kubernetes_executor_config.proto` of KFP 2), as far
//! as it means something without a cluster.

use serde::{Deserialize, de::Error as _};
use serde_json::{Map, Value, json};

use crate::{ParameterSource, TaskParameter};

/// The images by which kfp-kubernetes makes and deletes volumes: nothing runs, the backend does it.
pub const CREATE_CLAIM: &str = "argostub/createpvc";
/// As [`CREATE_CLAIM`].
pub const DELETE_CLAIM: &str = "argostub/deletepvc";

/// Whether an image stands for making or deleting a volume.
pub fn is_volume(image: &str) -> bool {
    [CREATE_CLAIM, DELETE_CLAIM].contains(&image)
}

/// Settings that [`Settings`] has a field for.
const KNOWN: [&str; 6] = [
    "secretAsEnv",
    "secretAsVolume",
    "configMapAsEnv",
    "configMapAsVolume",
    "pvcMount",
    "emptyDirMounts",
];

/// Settings of one executor.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Environment variables from secrets.
    pub secrets: Vec<Variables>,
    /// Environment variables from config maps.
    pub config_maps: Vec<Variables>,
    /// Secrets as files.
    pub secret_files: Vec<FilesMount>,
    /// Config maps as files.
    pub config_map_files: Vec<FilesMount>,
    /// Volumes of claims.
    pub claims: Vec<ClaimMount>,
    /// Volumes that begin empty, by the path they are mounted at.
    pub empty: Vec<EmptyMount>,
}

/// Environment variables from a secret or config map.
#[derive(Clone, Debug)]
pub struct Variables {
    /// The secret's or config map's name.
    pub name: ParameterSource,
    /// Keys and the variables that get their values.
    pub keys: Vec<(String, String)>,
    /// Whether it may be missing.
    pub is_optional: bool,
}

/// A secret or config map as a directory with a file for each key.
#[derive(Clone, Debug)]
pub struct FilesMount {
    /// The secret's or config map's name.
    pub name: ParameterSource,
    /// The path the program sees it at.
    pub path: String,
    /// Whether it may be missing.
    pub is_optional: bool,
}

/// A volume of a claim.
#[derive(Clone, Debug)]
pub struct ClaimMount {
    /// The claim's name.
    pub name: ParameterSource,
    /// The path the program sees it at.
    pub path: String,
    /// The directory of the volume that is mounted; empty for all of it.
    pub sub_path: String,
}

/// A volume that begins empty.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmptyMount {
    /// Its name.
    #[serde(default)]
    pub volume_name: String,
    /// The path the program sees it at.
    pub mount_path: String,
}

impl Settings {
    /// Reads the settings of an executor. Others than those above are passed over; see [`not_applied`].
    ///
    /// # Errors
    /// Which setting is not what kfp-kubernetes writes.
    pub fn read(executor: &Map<String, Value>) -> Result<Self, String> {
        Ok(Self {
            secrets: variables(executor, "secretAsEnv", "secretName", "secretKey")?,
            config_maps: variables(executor, "configMapAsEnv", "configMapName", "configMapKey")?,
            secret_files: files(executor, "secretAsVolume", "secretName")?,
            config_map_files: files(executor, "configMapAsVolume", "configMapName")?,
            claims: list(executor, "pvcMount", claim)?,
            empty: list(executor, "emptyDirMounts", |value| {
                EmptyMount::deserialize(value)
            })?,
        })
    }
}

/// The settings of an executor that only a cluster applies.
pub fn not_applied(executor: &Map<String, Value>) -> impl Iterator<Item = &String> {
    executor
        .keys()
        .filter(|name| !KNOWN.contains(&name.as_str()))
}

fn list<T>(
    executor: &Map<String, Value>,
    setting: &str,
    read: impl Fn(&Value) -> Result<T, serde_json::Error>,
) -> Result<Vec<T>, String> {
    let items = executor.get(setting).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .map(|item| read(item).map_err(|error| format!("`{setting}`: {error}")))
        .collect()
}

fn variables(
    executor: &Map<String, Value>,
    setting: &str,
    name_key: &str,
    key_key: &'static str,
) -> Result<Vec<Variables>, String> {
    list(executor, setting, |item| {
        let text = |value: &Value, key: &'static str| {
            let text = value[key].as_str();
            text.map(str::to_owned)
                .ok_or_else(|| serde_json::Error::missing_field(key))
        };
        let pairs = item["keyToEnv"].as_array();
        let keys = pairs
            .into_iter()
            .flatten()
            .map(|pair| Ok((text(pair, key_key)?, text(pair, "envVar")?)))
            .collect::<Result<_, serde_json::Error>>()?;
        Ok(Variables {
            name: source(&item[format!("{name_key}Parameter")], &item[name_key])?,
            keys,
            is_optional: item["optional"].as_bool().unwrap_or_default(),
        })
    })
}

fn files(
    executor: &Map<String, Value>,
    setting: &str,
    name_key: &str,
) -> Result<Vec<FilesMount>, String> {
    list(executor, setting, |item| {
        Ok(FilesMount {
            name: source(&item[format!("{name_key}Parameter")], &item[name_key])?,
            path: mount_path(item)?,
            is_optional: item["optional"].as_bool().unwrap_or_default(),
        })
    })
}

fn mount_path(item: &Value) -> Result<String, serde_json::Error> {
    let path = item["mountPath"].as_str();
    path.map(str::to_owned)
        .ok_or_else(|| serde_json::Error::missing_field("mountPath"))
}

fn claim(item: &Value) -> Result<ClaimMount, serde_json::Error> {
    let parameter = match &item["pvcNameParameter"] {
        // What releases before 2.9 write instead.
        Value::Null => ["taskOutputParameter", "componentInputParameter"]
            .into_iter()
            .find_map(|key| Some(json!({key: item.get(key)?})))
            .unwrap_or_default(),
        parameter => parameter.clone(),
    };
    Ok(ClaimMount {
        name: source(&parameter, &item["constant"])?,
        path: mount_path(item)?,
        sub_path: item["subPath"].as_str().unwrap_or_default().to_owned(),
    })
}

/// A name as a parameter, or the constant that older releases write.
fn source(parameter: &Value, constant: &Value) -> Result<ParameterSource, serde_json::Error> {
    if parameter.is_null() {
        return Ok(ParameterSource::Constant(constant.clone()));
    }
    Ok(TaskParameter::deserialize(parameter)?.source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_old_and_new_releases_write_them() {
        let executor = json!({
            "imagePullPolicy": "Always",
            "secretAsEnv": [{
                "secretName": "login",
                "secretNameParameter": {"runtimeValue": {"constant": "login"}},
                "keyToEnv": [{"secretKey": "token", "envVar": "TOKEN"}],
                "optional": true,
            }],
            "configMapAsEnv": [{"configMapName": "settings", "keyToEnv": [{"configMapKey": "level", "envVar": "LEVEL"}]}],
            "secretAsVolume": [{"secretName": "keys", "mountPath": "/keys"}],
            "configMapAsVolume": [{
                "configMapNameParameter": {"componentInputParameter": "which"},
                "mountPath": "/settings",
                "optional": true,
            }],
            "pvcMount": [
                {"constant": "old", "mountPath": "/old"},
                {"componentInputParameter": "claim", "mountPath": "/input", "subPath": "a"},
                {"pvcNameParameter": {"taskOutputParameter": {"producerTask": "p", "outputParameterKey": "name"}}, "mountPath": "/made"},
            ],
            "emptyDirMounts": [{"volumeName": "scratch", "mountPath": "/scratch"}],
        });
        let executor = executor.as_object().unwrap();
        let settings = Settings::read(executor).unwrap();
        let constant = |source: &ParameterSource| match source {
            ParameterSource::Constant(value) => value.as_str().unwrap().to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(constant(&settings.secrets[0].name), "login");
        assert!(settings.secrets[0].is_optional);
        assert_eq!(
            settings.secrets[0].keys,
            [("token".to_owned(), "TOKEN".to_owned())]
        );
        assert_eq!(constant(&settings.config_maps[0].name), "settings");
        let (keys, which) = (&settings.secret_files[0], &settings.config_map_files[0]);
        assert_eq!(
            (constant(&keys.name), &*keys.path),
            ("keys".to_owned(), "/keys")
        );
        assert!(constant(&which.name).contains("\"which\"") && which.is_optional);
        assert_eq!(constant(&settings.claims[0].name), "old");
        assert!(constant(&settings.claims[1].name).contains("\"claim\""));
        assert_eq!(settings.claims[1].sub_path, "a");
        assert!(constant(&settings.claims[2].name).contains("producer_task: \"p\""));
        assert_eq!(settings.empty[0].mount_path, "/scratch");
        assert_eq!(
            not_applied(executor).collect::<Vec<_>>(),
            ["imagePullPolicy"]
        );
        let wrong = json!({"pvcMount": [{"constant": "a"}]});
        let error = Settings::read(wrong.as_object().unwrap()).unwrap_err();
        assert!(
            error.starts_with("`pvcMount`: missing field `mountPath`"),
            "{error}"
        );
    }
}
