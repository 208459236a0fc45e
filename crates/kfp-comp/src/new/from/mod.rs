//! `new --from FILE`: a Rust program with the interface of an existing component, as kfp 2 sees it.
//!
//! Only the interface is used. What Rust or one of the SDKs cannot express is changed, and every change is reported.

mod declaration;
mod default;
mod name;

use anyhow::{Context, Result, bail};
use kfp_component_yaml::read::ComponentFile;

use super::scaffold::Scaffold;
use crate::{component_file, name::ComponentName};
use declaration::Declaration;
use name::{Direction, rust_name};

/// A component with the interface of a file.
pub(crate) struct Adopted {
    /// The new component.
    pub(crate) scaffold: Scaffold,
    /// Every difference from the file, in the file's order.
    pub(crate) changes: Vec<String>,
}

/// Reads the interface of a component.yaml or of pipeline IR.
pub(crate) fn adopt(name: ComponentName, source: &str) -> Result<Adopted> {
    let (loaded, _) = component_file::ComponentFile::parse(source).read()?;
    interface(name, &loaded.file)
        .with_context(|| format!("the interface of `{source}` cannot be used"))
}

fn interface(name: ComponentName, file: &ComponentFile) -> Result<Adopted> {
    let mut changes = Vec::new();
    let mut declarations = declarations(file)?;
    make_unique(&mut declarations, &mut changes)?;
    let arguments = declarations
        .iter()
        .map(|declaration| declaration.declare(&mut changes))
        .collect::<Result<Vec<_>>>()?;

    let description = file
        .description
        .as_ref()
        .map(|text| text.value.trim().to_owned());
    let mut scaffold = Scaffold::with(name, arguments);
    if let Some(title) = file
        .name
        .as_ref()
        .map(|title| title.value.trim().to_owned())
    {
        scaffold.summary.clone_from(&title);
        scaffold.keep_title(title);
    }
    if let Some(description) = description.filter(|text| !text.is_empty()) {
        scaffold.summary = description;
    }
    Ok(Adopted { scaffold, changes })
}

fn declarations(file: &ComponentFile) -> Result<Vec<Declaration<'_>>> {
    let inputs = file.inputs.iter().map(|input| Declaration {
        direction: Direction::Input,
        declared: &input.name.value,
        name: String::new(),
        kind: input.kind.as_ref(),
        description: input.description.as_ref().map(|text| text.value.as_str()),
        default: input.default.as_ref().map(|default| &default.value),
        omissible: input.may_be_omitted(),
    });
    let outputs = file.outputs.iter().map(|output| Declaration {
        direction: Direction::Output,
        declared: &output.name.value,
        name: String::new(),
        kind: output.kind.as_ref(),
        description: output.description.as_ref().map(|text| text.value.as_str()),
        default: None,
        omissible: false,
    });
    inputs
        .chain(outputs)
        .map(|declaration| {
            Ok(Declaration {
                name: rust_name(declaration.declared, declaration.direction)?,
                ..declaration
            })
        })
        .collect()
}

/// Makes every name unique, or reports two that would be the same.
fn make_unique(declarations: &mut [Declaration<'_>], changes: &mut Vec<String>) -> Result<()> {
    let inputs: Vec<String> = declarations
        .iter()
        .filter(|declaration| declaration.direction == Direction::Input)
        .map(|declaration| declaration.name.clone())
        .collect();
    for declaration in declarations
        .iter_mut()
        .filter(|declaration| declaration.direction == Direction::Output)
    {
        if inputs.contains(&declaration.name) {
            declaration.name += Direction::Output.suffix();
        }
    }
    for (i, declaration) in declarations.iter().enumerate() {
        if let Some(other) = declarations[..i]
            .iter()
            .find(|other| other.name == declaration.name)
        {
            let (a, b) = (other.direction.word(), declaration.direction.word());
            bail!(
                "{a} `{}` and {b} `{}` would both be named `{}`",
                other.declared,
                declaration.declared,
                declaration.name
            );
        }
        if declaration.name != declaration.declared {
            changes.push(format!(
                "{} `{}` is named `{}`",
                declaration.direction.word(),
                declaration.declared,
                declaration.name
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kfp_component_spec::source;
    use kfp_component_yaml::{
        load::{self, Format, LoadError},
        read,
    };

    use super::*;
    use crate::templates::Templates;

    fn adopted(yaml: &str) -> Result<Adopted> {
        let text = format!("{yaml}\nimplementation: {{container: {{image: x, command: [x]}}}}\n");
        interface("old-thing".parse().unwrap(), &read::read(&text).unwrap())
    }

    /// The arguments as they are written into the signature.
    fn signature(yaml: &str) -> (Vec<String>, Vec<String>) {
        let Adopted { scaffold, changes } = adopted(yaml).unwrap();
        let arguments = scaffold.arguments.iter().map(|declared| {
            let default = declared
                .parsed
                .default
                .as_ref()
                .map(|default| format!(" = {default}"))
                .unwrap_or_default();
            format!(
                "{}: {}{default}",
                declared.ident(),
                declared.parsed.rust_type
            )
        });
        (arguments.collect(), changes)
    }

    #[test]
    fn a_default_keeps_every_character() {
        let (arguments, changes) =
            signature("inputs: [{name: text, type: String, default: '- a <b> , c :: d'}]");
        assert_eq!(arguments, [r#"text: String = "- a <b> , c :: d""#]);
        assert!(changes.is_empty(), "{changes:?}");
    }

    #[test]
    fn names_and_types_take_the_form_of_kfp_2() {
        let (arguments, changes) = signature(
            "inputs:\n- {name: Training Data, type: CSV}\n- {name: rounds, type: int, default: '25'}\n- {name: ok, type: String}\n\
             - {name: status, type: PipelineTaskFinalStatus}\noutputs:\n- {name: MLPipeline Metrics, type: Metrics}\n- {name: mlpipeline-ui-metadata}\n- {name: page, type: HTML}",
        );
        assert_eq!(
            arguments,
            [
                "training_data: Input<Artifact>",
                "rounds: i64 = 25",
                "ok: String",
                "status: TaskFinalStatus",
                "mlpipeline_metrics: Output<Metrics>",
                "mlpipeline_ui_metadata: Output<UiMetadata>",
                "page: Output<Html>",
            ]
        );
        assert_eq!(
            changes,
            [
                "input `Training Data` is named `training_data`",
                "output `MLPipeline Metrics` is named `mlpipeline_metrics`",
                "output `mlpipeline-ui-metadata` is named `mlpipeline_ui_metadata`",
                "input `training_data` had type `CSV` and is now `Artifact`",
                "input `rounds` had type `int` and is now `Integer`",
            ]
        );
    }

    #[test]
    fn a_name_on_both_sides_gives_the_output_a_suffix() {
        let (arguments, changes) = signature(
            "inputs: [{name: data, type: Dataset}]\noutputs: [{name: Data, type: Dataset}]",
        );
        assert_eq!(
            arguments,
            ["data: Input<Dataset>", "data_out: Output<Dataset>"]
        );
        assert_eq!(changes, ["output `Data` is named `data_out`"]);
    }

    #[test]
    fn names_that_would_be_the_same_are_an_error() {
        let error =
            adopted("inputs: [{name: Row Limit, type: Integer}, {name: row-limit, type: Integer}]")
                .err()
                .unwrap();
        assert_eq!(
            error.to_string(),
            "input `Row Limit` and input `row-limit` would both be named `row_limit`"
        );
        let error = adopted("inputs: [{name: a}, {name: a_out}]\noutputs: [{name: a}]")
            .err()
            .unwrap();
        assert!(error.to_string().contains("`a_out`"), "{error}");
        assert!(adopted("inputs: [{name: '--'}]").is_err());
    }

    #[test]
    fn names_neither_rust_nor_kfp_can_use_get_one_they_can() {
        let (arguments, _) = signature(
            "inputs: [{name: class, type: String}, {name: self, type: String}, {name: 2nd pass, type: String}, \
             {name: a__b, type: String}, {name: type, type: String}]\noutputs: [{name: help, type: String}]",
        );
        assert_eq!(
            arguments,
            [
                "class_in: String",
                "self_in: String",
                "n2nd_pass: String",
                "a_b: String",
                "r#type: String",
                "help_out: Output<String>",
            ]
        );
    }

    #[test]
    fn defaults_are_read_as_kfp_2_reads_them_or_dropped_with_notice() {
        let (arguments, changes) = signature(
            "inputs:\n- {name: i, type: Integer, default: 3.9}\n- {name: f, type: Float, default: '1e-3'}\n\
             - {name: b, type: Boolean, default: 'off'}\n- {name: s, type: String, default: \"a\\\"\\n\"}\n\
             - {name: l, type: JsonArray, default: '[1, {}]'}\n- {name: bad, type: Integer, default: many}\n\
             - {name: o, type: JsonObject, optional: true}\n- {name: table, type: Dataset, default: 'x'}",
        );
        assert_eq!(
            arguments,
            [
                "i: i64 = 3",
                "f: f64 = 0.001",
                "b: bool = false",
                "s: String = \"a\\\"\\n\"",
                "l: Vec<Json<serde_json::Value>> = \"[1, {}]\"",
                "bad: Option<i64>",
                "o: Option<Json<serde_json::Map<String, serde_json::Value>>>",
                "table: Option<Input<Dataset>>",
            ]
        );
        assert_eq!(
            changes,
            [
                "input `bad` loses its default `many` and is optional",
                "input `table` loses its default `x`: a file cannot have one",
            ]
        );
    }

    /// The components in a file, and its format.
    fn components(path: &std::path::Path) -> Vec<(ComponentFile, Format)> {
        let text = fs::read_to_string(path).unwrap();
        let all = match load::load(&text, None) {
            Ok(loaded) => vec![loaded],
            Err(LoadError::Choose { components, .. }) => components
                .iter()
                .filter_map(|name| load::load(&text, Some(name)).ok())
                .collect(),
            Err(_) => Vec::new(),
        };
        all.into_iter()
            .map(|loaded| (loaded.file, loaded.format))
            .collect()
    }

    #[test]
    fn every_component_of_the_corpus_becomes_a_source_with_as_many_arguments() {
        let Some(corpus) = kfp_test_support::shared("corpus") else {
            return;
        };
        let mut counts = [0, 0];
        for (path, (file, format)) in fs::read_dir(corpus)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .flat_map(|path| {
                components(&path)
                    .into_iter()
                    .map(move |one| (path.clone(), one))
            })
        {
            let adopted = interface("old-thing".parse().unwrap(), &file);
            let Adopted { scaffold, .. } =
                adopted.unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
            let main = Templates::built_in()
                .render("component/main.rs.j2", scaffold.values())
                .unwrap();
            let component = source::component(&main)
                .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
            assert_eq!(
                component.inputs().count(),
                file.inputs.len(),
                "{}",
                path.display()
            );
            assert_eq!(
                component.outputs().count(),
                file.outputs.len(),
                "{}",
                path.display()
            );
            counts[usize::from(format == Format::Pipeline)] += 1;
        }
        assert!(
            counts[0] > 100 && counts[1] > 50,
            "too few components in component.yaml and IR: {counts:?}"
        );
    }
}
