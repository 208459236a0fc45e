//! component.v1.yaml: the component for KFP 1 and for readers that do not know `executorInput`.
//!
//! It is component.yaml without its last two arguments, and with the output names that KFP 1 draws. The program behind both
//! files is the same. There is none where such readers would refuse the file anyway, or where the result cannot be proved
//! equivalent.

use std::ops::Range;

use crate::read::{
    self, Arg, ArgKind, Branch, ComponentFile, Container, Default, PlaceholderKind, Spanned,
};

/// The annotation of a component.yaml that names outputs as KFP 1 draws them: `metrics=mlpipeline_metrics`, separated by
/// commas.
pub const NAMES: &str = "kfp1_outputs";

/// The outputs that have another name in KFP 1, each with that name.
pub fn names(file: &ComponentFile) -> impl Iterator<Item = (&str, &str)> {
    let pairs = file.annotation(NAMES).unwrap_or_default().split(',');
    pairs.filter_map(|pair| pair.trim().split_once('='))
}

/// The text of component.v1.yaml for that of a component.yaml.
///
/// ```
/// let component_yaml = "\
/// name: Score
/// metadata:
///   annotations:
///     kfp1_outputs: \"metrics=mlpipeline_metrics\"
///     version: \"1.0.0\"
/// outputs:
/// - {name: metrics, type: Metrics}
/// implementation:
///   container:
///     image: score:1.0.0
///     command: [/score]
///     args:
///     - --metrics
///     - {outputPath: metrics}
///     - --executor-input
///     - {executorInput: null}
/// ";
/// let text = kfp_component_yaml::kfp1_file::render(component_yaml).unwrap();
/// assert!(text.contains("- {name: mlpipeline_metrics, type: Metrics}"));
/// assert!(text.ends_with("    - --metrics\n    - {outputPath: mlpipeline_metrics}\n"));
/// ```
pub fn render(text: &str) -> Option<String> {
    let file = read::read(text).ok()?;
    let is_text = |default: &Default| matches!(default, Default::Text(_));
    let defaults_are_text = file.inputs.iter().all(|input| {
        input
            .default
            .as_ref()
            .is_none_or(|default| is_text(&default.value))
    });
    let container = file.container()?;
    if !defaults_are_text || !container.file_outputs.is_empty() {
        return None;
    }
    let mut edits = renamed(text, &file, container)?;
    if let Some([.., flag, value]) = container.args.as_deref()
        && value.kind == ArgKind::ExecutorInput
    {
        if flag.kind != ArgKind::Text("--executor-input".to_owned()) {
            return None;
        }
        edits.push((
            items(text, flag.position.offset, value.position.offset)?,
            "",
        ));
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut edited = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        edited.replace_range(range, new);
    }
    let file = read::read(&edited).ok()?;
    is_plain(file.container()?).then_some(edited)
}

/// What gives the outputs their names in KFP 1, and drops the annotation that says so.
fn renamed<'f>(
    text: &str,
    file: &'f ComponentFile,
    container: &Container,
) -> Option<Vec<(Range<usize>, &'f str)>> {
    let mut edits = Vec::new();
    for (name, new) in names(file) {
        let declared = file.outputs.iter().map(|output| &output.name);
        let uses = container.args().filter_map(|arg| match &arg.kind {
            ArgKind::Placeholder(PlaceholderKind::OutputPath, output) => Some(output),
            _ => None,
        });
        let named: Vec<&Spanned<String>> = declared
            .chain(uses)
            .filter(|found| found.value == name)
            .collect();
        // Declared once and used once, each as a plain scalar.
        if named.len() != 2
            || named
                .iter()
                .any(|found| text.get(found.range()) != Some(name))
        {
            return None;
        }
        edits.extend(named.iter().map(|found| (found.range(), new)));
    }
    if let Some((key, value)) = file.annotations.iter().find(|(key, _)| key.value == NAMES) {
        edits.push((lines(text, key.start.offset, value.end), ""));
    }
    Some(edits)
}

/// The lines of two items of a list in block style.
fn items(text: &str, first: usize, last: usize) -> Option<Range<usize>> {
    let (from, second) = (line_start(text, first), line_start(text, last));
    let is_item = |start: usize, offset: usize| text[start..offset].trim() == "-";
    (from != second && is_item(from, first) && is_item(second, last))
        .then(|| lines(text, first, last))
}

/// The lines from that of `first` to that of `last`, line end included.
fn lines(text: &str, first: usize, last: usize) -> Range<usize> {
    let end = text[last..].find('\n');
    line_start(text, first)..end.map_or(text.len(), |end| last + end + 1)
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |end| end + 1)
}

fn is_plain(container: &Container) -> bool {
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
            ArgKind::Concat(items) => items.iter().all(plain),
            ArgKind::If(choice) => [Some(&choice.then), choice.otherwise.as_ref()]
                .into_iter()
                .flatten()
                .all(|branch| matches!(branch, Branch::Many(items) if items.iter().all(plain))),
            ArgKind::ExecutorInput | ArgKind::OutputMetadata => false,
        }
    }
    container.args().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(arguments: &str) -> String {
        format!(
            "name: A\ninputs:\n- {{name: n, type: Integer, default: \"3\"}}\nimplementation:\n  container:\n    \
             image: a@b\n    command: [/a]\n    args:\n{arguments}"
        )
    }

    #[test]
    fn only_the_last_two_arguments_go() {
        let flags = "    - --n\n    - {inputValue: n}\n";
        let whole = file(&format!(
            "{flags}    - --executor-input\n    - {{executorInput: null}}\n"
        ));
        assert_eq!(render(&whole), Some(file(flags)));
        assert_eq!(render(&file(flags)), Some(file(flags)));
    }

    #[test]
    fn a_component_that_knows_nothing_else_is_left_out() {
        assert_eq!(render(&file("    - {executorInput: null}\n")), None);
        assert_eq!(render(&file("    - --x\n    - {inputUri: n}\n")), None);
        assert_eq!(render(&file("    - --n\n").replace("\"3\"", "3")), None);
    }

    #[test]
    fn outputs_get_the_names_that_kfp_1_draws() {
        let whole = |name: &str, annotation: &str, rest: &str| {
            format!(
                "name: A\nmetadata:\n  annotations:\n{annotation}    version: \"1\"\noutputs:\n- {{name: {name}, type: Metrics, \
                 description: \"of metrics\"}}\n- {{name: model, type: Model}}\nimplementation:\n  container:\n    \
                 image: a@b\n    command: [/a]\n    args:\n    - --metrics\n    - {{outputPath: {name}}}\n    - --model\n    \
                 - {{outputPath: model}}\n{rest}"
            )
        };
        let annotation = "    kfp1_outputs: \"metrics=mlpipeline_metrics\"\n";
        let executor_input = "    - --executor-input\n    - {executorInput: null}\n";
        assert_eq!(
            render(&whole("metrics", annotation, executor_input)),
            Some(whole("mlpipeline_metrics", "", ""))
        );
        assert_eq!(render(&whole("\"metrics\"", annotation, "")), None);
        assert_eq!(render(&whole("scores", annotation, "")), None);
    }
}
