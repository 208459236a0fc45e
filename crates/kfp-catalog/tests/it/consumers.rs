//! Who reads a catalog: both SDKs, KFP's `RegistryClient`, Tangle, Elyra, and anybody with the JSON Schema.

use std::fs;
use std::path::Path;
use std::process::Command;

use kfp_catalog::{Catalog, Settings};
use kfp_catalog::{sha256, testing};
use kfp_component_yaml::read::{self, Arg, ArgKind, Branch, Default, PlaceholderKind};
use kfp_test_support::Sdk;
use serde_json::Value;
use tempfile::TempDir;

use crate::load::{load_all, run};
use crate::serve::serve;

fn catalog(url: Option<&str>) -> (TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::at(folder.path());
    catalog.add(&testing::samples()).unwrap();
    let settings = Settings {
        title: Some("Acme components for everyone".to_owned()),
        url: url.map(str::to_owned),
    };
    catalog.build(&settings).unwrap();
    (folder, catalog)
}

#[test]
fn kfp_1_8_loads_and_compiles_every_component_by_url() {
    let (_folder, catalog) = catalog(None);
    if let Some(said) = load_all(&catalog, Sdk::Kfp1) {
        assert_eq!(said, "1.8.22 loaded and compiled 10\n");
    }
}

#[test]
fn kfp_2_loads_and_compiles_every_component_by_url() {
    let (_folder, catalog) = catalog(None);
    if let Some(said) = load_all(&catalog, Sdk::Kfp2) {
        assert!(said.starts_with("2."), "{said}");
        assert!(said.ends_with(" loaded and compiled 10\n"), "{said}");
    }
}

const REGISTRY: &str = r#"
import hashlib, os, sys
from kfp.registry import RegistryClient
from kfp import components
host, folder, version = sys.argv[1:]
os.chdir(folder)
client = RegistryClient(host=host)
by_tag = open(client.download_pipeline("train-eval", tag="0.2.0"), "rb").read()
by_version = open(client.download_pipeline("train-eval", version=version), "rb").read()
assert by_tag == by_version and "sha256:" + hashlib.sha256(by_tag).hexdigest() == version
components.load_component_from_text(by_tag.decode())
print([one["name"].split("/")[1] for one in client.list_packages()])
print(client.get_package("train-eval")["name"])
print([one["name"] for one in client.list_tags("train-eval")])
print([one["name"].split("/")[-1] == version for one in client.list_versions("train-eval")])
print(client.get_tag("train-eval", "0.2.0")["version"].split("/")[-1] == version)
print(client.get_version("train-eval", version)["name"].split("/")[-1] == version)
"#;

#[test]
fn kfps_registry_client_downloads_and_lists() {
    let Some(python) = Sdk::Kfp2.python() else {
        return;
    };
    let (_folder, catalog) = catalog(None);
    let (_server, url) = serve(catalog.root());
    let index = catalog
        .component(&"train-eval".parse().unwrap())
        .unwrap()
        .unwrap();
    let version = format!("sha256:{}", index.versions[0].component.sha256);
    let work = tempfile::tempdir().unwrap();
    let said = run(Command::new(python)
        .args(["-c", REGISTRY])
        .arg(format!("{url}registry"))
        .arg(work.path())
        .arg(&version));
    let expected = "['csv-to-parquet', 'data-ingestion', 'data-preprocess', 'evaluate', 'kserve-deploy', 'parquet-to-csv', \
                    'predict', 'profile', 'train-eval', 'validate-schema']\npackages/train-eval\n\
                    ['packages/train-eval/tags/0.2.0']\n[True]\nTrue\nTrue\n";
    assert_eq!(said, expected);
}

/// What Tangle's `ComponentSpec` takes: flags and paths only, lists in branches, defaults that are text.
fn is_tangle(text: &str) -> bool {
    fn plain(arg: &Arg) -> bool {
        match &arg.kind {
            ArgKind::Text(_) => true,
            ArgKind::Placeholder(kind, _) => {
                matches!(
                    kind,
                    PlaceholderKind::InputValue
                        | PlaceholderKind::InputPath
                        | PlaceholderKind::OutputPath
                )
            }
            ArgKind::If(choice) => {
                matches!(&choice.then, Branch::Many(items) if items.iter().all(plain))
            }
            _ => false,
        }
    }
    let Ok(file) = read::read(text) else {
        return false;
    };
    let defaults = file
        .inputs
        .iter()
        .filter_map(|input| input.default.as_ref());
    file.container()
        .is_some_and(|container| container.args().all(plain))
        && defaults
            .into_iter()
            .all(|default| matches!(default.value, Default::Text(_)))
}

#[test]
fn tangles_library_names_files_it_can_read_by_their_hash() {
    let address = "https://acme.example/components";
    let (_folder, catalog) = catalog(Some(address));
    let library = fs::read_to_string(catalog.root().join("component_library.yaml")).unwrap();
    let values = |key: &str| -> Vec<String> {
        let lines = library
            .lines()
            .filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix(key));
        lines
            .map(|text| serde_json::from_str(text).unwrap())
            .collect()
    };
    let (urls, digests) = (values("url: "), values("digest: "));
    assert_eq!((urls.len(), digests.len()), (10, 10));
    for (url, digest) in urls.iter().zip(&digests) {
        let path = url.strip_prefix(address).unwrap().trim_start_matches('/');
        let text = fs::read_to_string(catalog.root().join(path)).unwrap();
        assert_eq!(sha256(text.as_bytes()).as_str(), digest);
        assert!(is_tangle(&text), "{path}: {text}");
        assert!(!is_tangle(
            &text
                .replace("component.v1", "component")
                .replace("    args:\n", "    args:\n    - {executorInput: null}\n")
        ));
    }
}

#[test]
fn elyras_catalog_keeps_to_its_rules() {
    let address = "https://acme.example/components";
    let (_folder, catalog) = catalog(Some(address));
    let text = fs::read_to_string(catalog.root().join("elyra/url-catalog.json")).unwrap();
    let elyra: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(elyra["schema_name"], "url-catalog");
    assert_eq!(elyra["metadata"]["runtime_type"], "KUBEFLOW_PIPELINES");
    assert!(
        elyra["display_name"]
            .as_str()
            .is_some_and(|name| !name.is_empty())
    );
    assert!(
        elyra["metadata"]["categories"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one.as_str().unwrap().len() <= 18)
    );
    let paths = elyra["metadata"]["paths"].as_array().unwrap();
    assert_eq!(paths.len(), 10);
    for path in paths {
        let file = path
            .as_str()
            .unwrap()
            .strip_prefix(address)
            .unwrap()
            .trim_start_matches('/');
        assert!(catalog.root().join(file).is_file(), "{path}");
    }
}

/// `SNAPSHOTS=overwrite` writes the file anew.
#[test]
fn the_published_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("page/schema.v1.json");
    let generated = format!("{:#}\n", kfp_catalog::json_schema());
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&path, &generated).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == generated,
        "run `SNAPSHOTS=overwrite cargo test -p kfp-catalog` and read the difference"
    );
}

#[test]
fn every_index_keeps_to_the_published_schema() {
    let (_folder, catalog) = catalog(Some("https://acme.example/components"));
    let read = |path: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(catalog.root().join(path)).unwrap()).unwrap()
    };
    let schema = jsonschema::validator_for(&read("schema/v1.json")).unwrap();
    let mut index = read("index.json");
    assert!(
        schema.is_valid(&index),
        "{:?}",
        schema
            .iter_errors(&index)
            .map(|error| error.to_string())
            .collect::<Vec<_>>()
    );
    for name in ["train-eval", "validate-schema", "csv-to-parquet"] {
        assert!(
            schema.is_valid(&read(&format!("components/{name}/index.json"))),
            "{name}"
        );
    }
    index["components"][0]["latest"]["component"]["url"] = "../../x".into();
    assert!(!schema.is_valid(&index));
}
