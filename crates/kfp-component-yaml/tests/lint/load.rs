//! Loading a component from either kind of file, and what is said where there is none.

use kfp_component_yaml::{
    document::DocumentKind,
    ir,
    load::{Format, LoadError, load},
    read::{self, ArgKind, DeclaredType, PlaceholderKind},
};

use super::cases::CLEAN;

fn compiled() -> String {
    ir::compile(&read::read(CLEAN).unwrap()).unwrap().to_yaml()
}

/// Two components and a pipeline of both.
const PIPELINE: &str = r#"
pipelineInfo: {name: train-all}
components:
  comp-prepare-data:
    executorLabel: exec-prepare-data
    inputDefinitions: {parameters: {rows: {parameterType: NUMBER_INTEGER, defaultValue: 25.0, isOptional: true}}}
  comp-train:
    executorLabel: exec-train
    inputDefinitions: {artifacts: {tables: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}, isArtifactList: true}}}
  comp-importer: {executorLabel: exec-importer}
deploymentSpec:
  executors:
    exec-prepare-data: {container: {image: 'prepare:1', command: [/prepare]}}
    exec-train: {container: {image: 'train:1', command: [/train, "{{$}}"]}}
    exec-importer: {importer: {artifactUri: {constant: 'gs://a/b'}}}
root: {dag: {tasks: {prepare-data: {}, train: {}}}}
schemaVersion: 2.1.0
"#;

#[test]
fn a_compiled_component_has_the_interface_it_was_compiled_from() {
    let written = read::read(CLEAN).unwrap();
    let loaded = load(&compiled(), None).unwrap();
    assert_eq!(loaded.format, Format::Pipeline);
    assert_eq!(loaded.file.name.unwrap().value, "score-customers");
    assert_eq!(
        loaded.file.description.unwrap().value,
        "Scores a table of customers."
    );
    for declared in &written.inputs {
        let input = loaded
            .file
            .inputs
            .iter()
            .find(|input| input.name.value == declared.name.value)
            .unwrap();
        assert_eq!(
            input.kind.as_ref().unwrap().value,
            declared.kind.as_ref().unwrap().value
        );
        assert_eq!(
            input.default.as_ref().map(|default| default.value.text()),
            declared
                .default
                .as_ref()
                .map(|default| default.value.text())
        );
        assert_eq!(input.may_be_omitted(), declared.may_be_omitted());
    }
    assert_eq!(loaded.file.inputs.len(), written.inputs.len());
    let outputs: Vec<&str> = loaded
        .file
        .outputs
        .iter()
        .map(|output| output.name.value.as_str())
        .collect();
    assert_eq!(outputs, ["mlpipeline_metrics", "scored"]);
}

#[test]
fn a_compiled_component_compiles_to_the_same_pipeline_again() {
    let first = ir::compile(&read::read(CLEAN).unwrap()).unwrap();
    let again = ir::compile(&load(&first.to_yaml(), None).unwrap().file).unwrap();
    assert_eq!(again, first);
}

#[test]
fn a_component_yaml_is_loaded_as_it_is_read() {
    let loaded = load(CLEAN, None).unwrap();
    assert_eq!(loaded.format, Format::ComponentYaml);
    assert_eq!(loaded.file, read::read(CLEAN).unwrap());
    assert!(load(CLEAN, Some("score-customers")).is_ok());
    assert!(matches!(
        load(CLEAN, Some("other")),
        Err(LoadError::Choose { .. })
    ));
}

#[test]
fn of_several_components_one_is_chosen_by_name() {
    let error = load(PIPELINE, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file is a compiled pipeline of 2 components"
    );
    assert_eq!(
        error.help(),
        "name one of its components: prepare-data, train"
    );
    for name in [
        "prepare-data",
        "comp-prepare-data",
        "Prepare Data",
        "prepare_data",
    ] {
        let file = load(PIPELINE, Some(name)).unwrap().file;
        assert_eq!(file.container().unwrap().image.value, "prepare:1", "{name}");
        assert_eq!(file.inputs[0].default.as_ref().unwrap().value.text(), "25");
    }
    let error = load(PIPELINE, Some("evaluate")).unwrap_err();
    assert_eq!(error.to_string(), "the file has no component `evaluate`");
}

#[test]
fn a_component_with_a_field_that_kfp_2_no_longer_writes_is_refused_where_that_stands() {
    let text = PIPELINE.replace("parameterType: NUMBER_INTEGER", "type: INT");
    let Err(LoadError::Problems(problems)) = load(&text, Some("prepare-data")) else {
        panic!("`type` is taken for `parameterType`");
    };
    assert_eq!(problems[0].position.line, 6);
    assert!(
        problems[0].message.contains("unknown field `type`"),
        "{}",
        problems[0]
    );
    assert!(load(&text, Some("train")).is_ok());
}

#[test]
fn a_list_of_artifacts_is_told_from_one_artifact() {
    let file = load(PIPELINE, Some("train")).unwrap().file;
    let declared = file.inputs[0].kind.as_ref();
    assert_eq!(
        declared.unwrap().value,
        DeclaredType::ArtifactList("List[Dataset]".into())
    );
    let kind = ir::Kind::ArtifactList("system.Dataset".into());
    assert_eq!(ir::kind(declared).unwrap(), kind);
    let again = ir::compile(&file).unwrap().spec;
    assert!(again.root.input_definitions.artifacts["tables"].is_artifact_list);
    let args: Vec<_> = file.container().unwrap().args().collect();
    assert_eq!(args[1].kind, ArgKind::ExecutorInput);
}

#[test]
fn placeholders_of_the_ir_become_placeholders_again() {
    let text = "inputs: [{name: x, type: String, optional: true}]\noutputs: [{name: o, type: Model}]\nimplementation: {container: {image: a, command: [/a, \
                {if: {cond: {isPresent: x}, then: [--x, {concat: [a, {inputValue: x}]}], else: none}}, {outputUri: o}]}}";
    let first = ir::compile(&read::read(text).unwrap()).unwrap();
    let file = load(&first.to_yaml(), None).unwrap().file;
    assert_eq!(ir::compile(&file).unwrap(), first);
    let last = file
        .container()
        .unwrap()
        .args()
        .last()
        .unwrap()
        .kind
        .clone();
    assert!(
        matches!(last, ArgKind::Placeholder(PlaceholderKind::OutputUri, name) if name.value == "o")
    );
}

#[test]
fn documents_of_other_kinds_are_named_with_what_to_do() {
    let cases = [
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {}",
            "a pipeline compiled by kfp 1 (Argo Workflow)",
            "was compiled from",
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nspec: {}",
            "a pipeline compiled by kfp 1 (Argo CronWorkflow)",
            "was compiled from",
        ),
        (
            "apiVersion: tekton.dev/v1beta1\nkind: PipelineRun\nspec: {}",
            "a pipeline compiled by kfp 1 (Tekton PipelineRun)",
            "was compiled from",
        ),
        (
            "apiVersion: tekton.dev/v1\nkind: Task\nspec: {steps: []}",
            "a pipeline compiled by kfp 1 (Tekton Task)",
            "was compiled from",
        ),
        (
            "pipelineSpec: {pipelineInfo: {name: a}}\nruntimeConfig: {}",
            "a Vertex AI pipeline job with pipeline IR below `pipelineSpec`",
            "below `pipelineSpec`",
        ),
        (
            "apiVersion: pipelines.kubeflow.org/v2beta1\nkind: PipelineVersion\nspec: {pipelineSpec: {pipelineInfo: {name: a}}}",
            "a PipelineVersion of the KFP API with pipeline IR below `spec.pipelineSpec`",
            "below `spec.pipelineSpec`",
        ),
        (
            "apiVersion: v1\nkind: KFPComponent\nspec: {implementation: {container: {image: a}}}",
            "a component below `spec` of a Kubernetes object",
            "one level up",
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\nspec: {}",
            "a Kubernetes object (Deployment)",
            "creates this object",
        ),
        (
            "platforms: {kubernetes: {}}",
            "a platform spec of kfp 2 without its pipeline",
            "second document",
        ),
        (
            "$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json\ntype: command",
            "a file of Azure Machine Learning",
            "write a component.yaml",
        ),
        (
            "name: CI\non: push\njobs: {a: {runs-on: x}}",
            "a file of GitHub Actions",
            "write a component.yaml",
        ),
    ];
    for (text, name, help) in cases {
        let Err(LoadError::Foreign(kind)) = load(text, None) else {
            panic!("{text} is loaded")
        };
        assert_eq!(kind.to_string(), name);
        assert!(kind.help().contains(help), "{name}: {}", kind.help());
        assert!(kind.is_foreign());
    }
}

#[test]
fn components_are_not_taken_for_other_documents() {
    for text in [CLEAN, "name: a", "implementation: {}\nservices: {}"] {
        let documents = kfp_pyyaml::load_all(text).unwrap();
        assert_eq!(DocumentKind::of(&documents[0]), DocumentKind::Component);
    }
}
