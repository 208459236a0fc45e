//! Pipeline IR, kfp 2's way to share a component, read by the verbs that read a component.yaml.

use snapbox::str;

use crate::support::Place;

const DIGEST: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// The component that is compiled in these tests.
fn component(image: &str) -> String {
    format!(
        "name: Count rows
inputs:
- {{name: Training Data, type: Dataset}}
- {{name: limit, type: Integer, default: '10'}}
outputs:
- {{name: rows, type: Integer}}
implementation:
  container: {{image: '{image}', command: [count, {{inputPath: Training Data}}, {{inputValue: limit}}, {{outputPath: rows}}]}}
"
    )
}

/// A workspace with `component.yaml`, `count.ir.yaml` compiled from it, and `pipeline.yaml` with a second component.
fn place() -> Place {
    let place = Place::workspace();
    place.write(
        "work/component.yaml",
        &component(&format!("acme/count@{DIGEST}")),
    );
    let compile = ["compile", "component.yaml", "-o", "count.ir.yaml"];
    place.kfp_comp(&compile).assert().success();
    let compiled = place.read("count.ir.yaml");
    let second = "components:
  comp-second:
    executorLabel: exec-second
    outputDefinitions:
      artifacts:
        page:
          artifactType: {schemaTitle: system.HTML, schemaVersion: 0.0.1}
";
    let executor = "  executors:
    exec-second:
      container: {image: acme/second}
";
    let pipeline = compiled
        .replace("components:\n", second)
        .replace("  executors:\n", executor)
        .replace("  name: count-rows\n", "  name: both\n");
    place.write("work/pipeline.yaml", &pipeline);
    place
}

#[test]
fn a_compiled_component_is_a_component() {
    let place = place();
    place
        .kfp_comp(&["show", "count.ir.yaml"])
        .assert()
        .success()
        .stdout_eq(format!(
            "count-rows

Format: pipeline IR, for kfp 2 only

Image: acme/count@{DIGEST}

Inputs:
  limit          Integer  [default: 10]
  training_data  Dataset

Outputs:
  rows  Integer
"
        ));
    place
        .kfp_comp(&["diff", "component.yaml", "count.ir.yaml"])
        .assert()
        .success()
        .stderr_eq(str![[r#"
        Same the interfaces do not differ

"#]]);
    place
        .kfp_comp(&["new", "count-rows", "--from", "count.ir.yaml"])
        .assert()
        .success();
    let source = place.read("components/count-rows/src/main.rs");
    assert!(
        source.contains("training_data: Input<Dataset>,")
            && source.contains("#[arg(default = 10)]"),
        "{source}"
    );
    place
        .kfp_comp(&["add", "count.ir.yaml"])
        .assert()
        .success()
        .stdout_eq(str![[r#"
from kfp import components  # kfp 2

count_rows = components.load_component_from_file("kfp-components/count-rows/component.yaml")

"#]]);
    let added = place.read("kfp-components/count-rows/component.yaml");
    assert_eq!(added, place.read("count.ir.yaml"));
    place
        .kfp_comp(&["verify", "--offline"])
        .assert()
        .success()
        .stderr_eq(str![[r#"
    Verified count-rows

"#]]);
}

#[test]
fn one_of_several_components_is_chosen_by_name() {
    let place = place();
    for verb in [
        &["diff", "component.yaml", "pipeline.yaml"][..],
        &["new", "count-rows", "--from", "pipeline.yaml"],
        &["add", "pipeline.yaml"],
    ] {
        place.kfp_comp(verb).assert().code(1).stderr_eq(str![[r#"
error: `pipeline.yaml` is a compiled pipeline with 2 components
hint: name one of `second`, `count-rows`, as in `pipeline.yaml#second`

"#]]);
    }
    place
        .kfp_comp(&["show", "pipeline.yaml#third"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: `pipeline.yaml` has no component `third`
hint: name one of `second`, `count-rows`, as in `pipeline.yaml#second`

"#]]);
    let shown = place
        .kfp_comp(&["show", "pipeline.yaml#second", "--json"])
        .assert()
        .success();
    let shown: serde_json::Value = serde_json::from_slice(&shown.get_output().stdout).unwrap();
    assert_eq!(shown["image"], "acme/second");
    assert_eq!(shown["outputs"][0]["type"], "HTML");

    // The file that is added contains the chosen component only, and comes back from the pipeline it was in.
    let add = ["add", "pipeline.yaml#count-rows"];
    place.kfp_comp(&add).assert().success();
    let file = "kfp-components/count-rows/component.yaml";
    let added = place.read(file);
    assert!(!added.contains("comp-second"), "{added}");
    std::fs::remove_file(place.path().join(file)).unwrap();
    place.kfp_comp(&["add"]).assert().success();
    assert_eq!(place.read(file), added);
}

#[test]
fn a_component_without_a_digest_is_not_added() {
    let place = Place::workspace();
    place.write("work/component.yaml", &component("acme/count:1"));
    place
        .kfp_comp(&["add", "component.yaml"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: the image `acme/count:1` of `component.yaml` is not pinned by digest
hint: a tag can change: `skopeo inspect --format '{{.Name}}@{{.Digest}}' docker://acme/count:1` prints the image to write instead

"#]]);
    place
        .kfp_comp(&["add", "ghcr.io/acme/count:1"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: `ghcr.io/acme/count:1` is not a file
hint: an image is added by its digest: `skopeo inspect --format '{{.Name}}@{{.Digest}}' docker://ghcr.io/acme/count:1` prints what to add

"#]]);
}

#[test]
fn other_documents_are_recognised() {
    let place = Place::workspace();
    place.write("work/page.yaml", "\n<!DOCTYPE html>\n<html></html>\n");
    place
        .kfp_comp(&["show", "page.yaml"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: `page.yaml` is a web page, not a component
hint: name the address of the file itself, not of a page that shows it

"#]]);
    place.write(
        "work/argo.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {}\n",
    );
    for verb in [
        &["show", "argo.yaml"][..],
        &["diff", "argo.yaml", "argo.yaml"],
        &["new", "count-rows", "--from", "argo.yaml"],
        &["add", "argo.yaml"],
    ] {
        place.kfp_comp(verb).assert().code(1).stderr_eq(str![[r#"
error: `argo.yaml` is a pipeline compiled by kfp 1 (Argo Workflow), not a component
hint: give the component.yaml that the pipeline was compiled from; [..]

"#]]);
    }
}
