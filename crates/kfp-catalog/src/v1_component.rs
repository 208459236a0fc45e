//! component.v1.yaml: the component for readers that do not know `executorInput`, without the last two arguments.
//!
//! There is none where such readers would refuse the file anyway, or where the result cannot be proved equivalent.

use kfp_component_yaml::read::{self, Arg, ArgKind, Branch, Container, Default, PlaceholderKind};

/// The text without its last two arguments, if they pass the executor input; the text itself if it passes none.
pub(super) fn render(text: &str) -> Option<String> {
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
    let text = match container.args.as_deref() {
        Some([.., flag, value]) if value.kind == ArgKind::ExecutorInput => {
            if flag.kind != ArgKind::Text("--executor-input".to_owned()) {
                return None;
            }
            cut(text, flag.position.offset, value.position.offset)?
        }
        _ => text.to_owned(),
    };
    let file = read::read(&text).ok()?;
    is_plain(file.container()?).then_some(text)
}

/// The text without the lines of two items of a list in block style.
fn cut(text: &str, first: usize, last: usize) -> Option<String> {
    let line_start = |offset: usize| text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let (from, second) = (line_start(first), line_start(last));
    let is_item = |start: usize, offset: usize| text[start..offset].trim() == "-";
    if from == second || !is_item(from, first) || !is_item(second, last) {
        return None;
    }
    let to = text[last..]
        .find('\n')
        .map_or(text.len(), |end| last + end + 1);
    Some(format!("{}{}", &text[..from], &text[to..]))
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
}
