//! Whatever a file or a condition holds, it is read or refused.

use kfp_pipeline::{Pipeline, check, condition, diagram, executor::Inputs};
use proptest::prelude::*;

const PIPELINES: [&str; 3] = [
    include_str!("../kfp/compiled/for-if.yaml"),
    include_str!("../kfp/compiled/if-elif-else.yaml"),
    include_str!("../kfp/compiled/exit-failure.yaml"),
];

/// Reads a text and does with it all that is done with a pipeline that is not wrong.
fn look_at(text: &str) {
    if let Ok(pipeline) = Pipeline::read(text) {
        for problem in check(&pipeline) {
            assert!(!problem.message.is_empty());
        }
        diagram::text(&pipeline.spec);
        diagram::mermaid(&pipeline.spec);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_text_is_a_pipeline_or_not(text in "\\PC{0,200}") {
        look_at(&text);
    }

    #[test]
    fn a_pipeline_with_a_line_gone_moved_or_changed_is_a_pipeline_or_not(
        which in 0..3usize, from in 0..200usize, to in 0..200usize, old in "[a-z0-9-]{1,6}", new in "\\PC{0,6}",
    ) {
        let mut lines: Vec<String> = PIPELINES[which].lines().map(str::to_owned).collect();
        let line = lines.remove(from % lines.len());
        let to = to % (lines.len() + 1);
        look_at(&lines.join("\n"));
        lines.insert(to, line);
        look_at(&lines.join("\n"));
        look_at(&PIPELINES[which].replace(&old, &new));
    }

    #[test]
    fn any_text_is_a_condition_or_not(text in "\\PC{0,80}") {
        let _ = condition::holds(&text, &Inputs::default());
    }

    #[test]
    fn any_words_of_cel_are_a_condition_or_not(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "inputs", ".parameter_values", "['a']", "(", ")", "[", "]", "==", "!", "&&", "||", "'x'", "1", "2.5", "int(",
                "double(", "true", "null", "in", "-", "+", "*", "/", "%", "?", ":", ",", "size(", "{", "}", ".", "has(", "\"",
            ]),
            0..25,
        )
    ) {
        let _ = condition::holds(&words.join(" "), &Inputs::default());
    }
}
