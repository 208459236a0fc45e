//! Catalogs in the real SDKs.

use std::process::Command;

use kfp_catalog::Catalog;
use kfp_test_support::Sdk;

use super::serve::serve;

/// Loads every component by its URL and compiles a pipeline of it.
const LOAD: &str = r#"
import json, sys, urllib.request, warnings
warnings.simplefilter("ignore")
import kfp
from kfp import components, dsl, compiler
catalog, folder = sys.argv[1:]
index = json.load(urllib.request.urlopen(catalog + "index.json"))
VALUES = {"String": "x", "Integer": 1, "Float": 0.5, "Boolean": True, "JsonObject": {}, "JsonArray": []}
for one in index["components"]:
    make = components.load_component_from_url(catalog + one["latest"]["component"]["url"])
    if kfp.__version__.startswith("1."):
        values = {p["name"]: VALUES.get(p["type"], "text") for p in one["latest"]["inputs"]}
        def pipeline():
            make(**values)
        compiler.Compiler().compile(dsl.pipeline(name=one["name"])(pipeline), folder + "/" + one["name"] + ".yaml")
    else:
        compiler.Compiler().compile(make, folder + "/" + one["name"] + ".yaml")
print(kfp.__version__, "loaded and compiled", len(index["components"]))
"#;

/// What the SDK says of every component of the catalog; nothing, loudly, where the SDK is missing.
pub(crate) fn load_all(catalog: &Catalog, sdk: Sdk) -> Option<String> {
    let python = sdk.python()?;
    let (_server, url) = serve(catalog.root());
    let out = tempfile::tempdir().unwrap();
    Some(run(Command::new(python)
        .args(["-c", LOAD, &url])
        .arg(out.path())))
}

/// Runs a command that must succeed; returns its stdout.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
