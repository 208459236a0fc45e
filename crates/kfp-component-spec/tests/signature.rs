//! What a signature means, and what its mistakes are called.

use kfp_component_spec::{
    Kind, Parameter, Presence,
    source::{self, Diagnostic},
};

fn mistakes(text: &str) -> Vec<(usize, usize, String)> {
    let mistakes = source::component(text).expect_err("a mistake");
    mistakes
        .into_iter()
        .map(
            |Diagnostic {
                 message,
                 line,
                 column,
             }| (line, column, message),
        )
        .collect()
}

/// The one mistake of a component with these arguments, and the text it stands under.
fn mistake(arguments: &str) -> (String, String) {
    let text = format!("#[component]\nfn f(\n{arguments}\n) -> Result<()> {{}}\n");
    let mistakes = mistakes(&text);
    let [(line, column, message)] = mistakes.as_slice() else {
        panic!("one mistake in {arguments}: {mistakes:?}")
    };
    let under = text.lines().nth(line - 1).unwrap_or_default();
    (message.clone(), under.chars().skip(column - 1).collect())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_mistake_stands_under_its_own_token() {
    for (arguments, under, message) in [
        ("name: &str", "&str", "passed by value"),
        (
            "when: std::time::Duration",
            "std::time",
            "cannot pass this type",
        ),
        (
            "#[arg(defualt = 3)] n: u32",
            "defualt",
            "the options are: default, range",
        ),
        ("#[arg(default = 300)] n: u8", "300", "does not fit `u8`"),
        ("#[arg(default = -1)] n: u8", "-1", "does not fit `u8`"),
        (
            "#[arg(default = 9_007_199_254_740_992)] n: u64",
            "9_007",
            "2^53",
        ),
        ("#[arg(default = 0.5)] n: u8", "0.5", "whole number"),
        ("#[arg(default = \"1\")] x: f64", "\"1\"", "write a number"),
        ("#[arg(default = 1)] b: bool", "1)", "`true` or `false`"),
        ("#[arg(default = 1)] s: String", "1)", "write a string"),
        (
            "#[arg(default = \"{}\")] v: Vec<u8>",
            "\"{}\"",
            "JSON array",
        ),
        (
            "#[arg(default = \"[null]\")] v: Vec<u8>",
            "\"[null]\"",
            "null",
        ),
        (
            "#[arg(default = [1, 300])] v: Vec<u8>",
            "[1, 300]",
            "`300` does not fit `u8`, which goes from 0 to 255",
        ),
        (
            "#[arg(default = \"[1, -2]\")] v: Vec<u64>",
            "\"[1, -2]\"",
            "`-2` does not fit `u64`",
        ),
        (
            "#[arg(default = [\"a\", 1])] v: Vec<String>",
            "[\"a\", 1]",
            "`1` is not a string",
        ),
        (
            "#[arg(default = [[0.5], [true]])] v: Vec<Vec<f64>>",
            "[[0.5], [true]]",
            "`true` is not a number",
        ),
        (
            "#[arg(default = \"{\\\"a\\\": [1.5]}\")] m: HashMap<String, Vec<i32>>",
            "\"{\\\"a\\\": [1.5]}\"",
            "`1.5` is not a whole number",
        ),
        (
            "#[arg(default = \"[1]\")] o: Json<u8>",
            "\"[1]\"",
            "JSON object",
        ),
        (
            "#[arg(default = 1)] n: Option<u8>",
            "1)",
            "drop the `Option` or the default",
        ),
        (
            "#[arg(range = 1..=2)] s: String",
            "1..=2",
            "only numbers have a range",
        ),
        ("#[arg(range = 5..5)] n: u8", "5..5", "no number lies"),
        ("#[arg(range = ..)] n: u8", "..)", "write a range"),
        (
            "#[arg(default = 0, range = 1..)] n: u8",
            "0,",
            "outside the range: At least 1",
        ),
        (
            "#[arg(default = 1)] d: Input<Dataset>",
            "1)",
            "a file has no default",
        ),
        (
            "#[arg(default = 0.99999999, range = 0.0..1.0)] x: f32",
            "0.99999999",
            "as `f32` the default is 1, outside the range: From 0.0 to less than 1.0",
        ),
        (
            "#[arg(default = 1e39)] x: f32",
            "1e39",
            "does not fit `f32`",
        ),
        (
            "state: Output<TaskFinalStatus>",
            "TaskFinalStatus",
            "only takes it, as an input",
        ),
        (
            "#[arg(default = \"{}\")] state: TaskFinalStatus",
            "\"{}\"",
            "KFP 2 fills this input in",
        ),
        (
            "#[must_use] n: u8",
            "#[must_use]",
            "only `///` and `#[arg(…)]`",
        ),
        (
            "model: Option<Output<Model>>",
            "Option<Output",
            "remove the `Option`",
        ),
        (
            "x: Option<Option<u8>>",
            "Option<u8>>",
            "one `Option` is enough",
        ),
        (
            "parts: Vec<Output<Dataset>>",
            "Vec<",
            "has no list of outputs",
        ),
        (
            "parts: Option<Vec<Input<Dataset>>>",
            "Option<",
            "gives an empty list",
        ),
        ("parts: Vec<Input<String>>", "String>", "without `Input<_>`"),
        ("text: Input<String>", "String>", "without `Input<_>`"),
        (
            "text: Input<Table>",
            "Table>",
            "the types are: Artifact, Dataset",
        ),
        ("text: Input", "Input", "write the type it holds"),
        ("data: Dataset", "Dataset", "`Input<Dataset>` to read it"),
        ("map: BTreeMap<u8, u8>", "u8, u8", "keys of a JSON object"),
        ("n: i128", "i128", "2^53"),
        ("path: PathBuf", "PathBuf", "files as artifacts"),
        ("kind: Criterion", "Criterion", "unknown type"),
        (
            "drawing: Output<UiMetadata>",
            "Output<UiMetadata>",
            "named `mlpipeline_ui_metadata`",
        ),
        (
            "mlpipeline_metrics: Output<Model>",
            "Output<Model>",
            "must be `Output<Metrics>`",
        ),
        (
            "#[arg(kfp1 = \"mlpipeline_metrics\")] n: u8",
            "\"mlpipeline_metrics",
            "an input has no other name",
        ),
        (
            "#[arg(kfp1 = \"metrics\")] scores: Output<Metrics>",
            "\"metrics",
            "draws `mlpipeline_metrics` and",
        ),
        (
            "#[arg(kfp1 = \"mlpipeline_metrics\")] scores: Output<Html>",
            "\"mlpipeline_metrics",
            "from `Output<Metrics>`",
        ),
        (
            "#[arg(kfp1 = \"mlpipeline_metrics\")] a: Output<Metrics>, \
             #[arg(kfp1 = \"mlpipeline_metrics\" )] b: Output<Metrics>",
            "\"mlpipeline_metrics\" )",
            "`a` has this name",
        ),
        (
            "#[arg(kfp1 = \"mlpipeline_metrics\")] a: Output<Metrics>, mlpipeline_metrics: Output<Metrics>",
            "\"mlpipeline_metrics",
            "`mlpipeline_metrics` has this name",
        ),
        ("class: String", "class", "Python keyword"),
        ("version: String", "version", "answers this flag itself"),
        ("executor_input: String", "executor_input", "KFP passes"),
        ("a__b: String", "a__b", "write `a_b`"),
        ("maxDepth: u8", "maxDepth", "write `max_depth`"),
        ("a: u8,\na: u8", "a: u8", "a second argument named `a`"),
    ] {
        let (said, found) = mistake(arguments);
        assert!(said.contains(message), "{arguments}: {said}");
        assert!(found.starts_with(under), "{arguments}: under `{found}`");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = "#[component]\nasync fn bad(name: &str, n: i128) {}\n";
    let places: Vec<(usize, usize)> = mistakes(text)
        .into_iter()
        .map(|(line, column, _)| (line, column))
        .collect();
    assert_eq!(places, [(2, 1), (2, 10), (2, 20), (2, 29)]);
}

#[test]
fn a_file_without_a_component_is_told_so() {
    assert!(
        mistakes("fn main() {}")[0]
            .2
            .contains("no `#[component]` function")
    );
    assert!(
        mistakes("#[component] fn a() -> Result<()> {} #[component] fn b() -> Result<()> {}")[0]
            .2
            .contains("a second component")
    );
}

#[test]
fn only_the_signature_is_read() {
    let text = "use a::{b, c};\nconst X: [u8; 2] = { [1, 2] };\n#[kfp_component::component]\npub fn f(r#type: String) -> Result<()> { half (typed) = = }\n";
    let component = source::component(text).expect("a component");
    assert_eq!(component.function, "f");
    assert_eq!(component.arguments[0].name, "type");
}

#[test]
fn a_choice_brings_its_words() {
    let text = "#[derive(Clone, Choice)] enum Kind { GiniImpurity, #[choice(name = \"log\")] Entropy }\n\
                #[component] fn f(#[arg(default = \"log\")] kind: Kind) -> Result<()> {}";
    let component = source::component(text).expect("a component");
    let Kind::Parameter(Parameter {
        choices, presence, ..
    }) = &component.arguments[0].kind
    else {
        panic!("a parameter")
    };
    assert_eq!(choices, &["gini-impurity", "log"]);
    assert_eq!(*presence, Presence::Default("log".to_owned()));
    assert_eq!(
        component.arguments[0].full_description(),
        "One of: gini-impurity, log."
    );

    let unknown = text.replace("default = \"log\"", "default = \"entropy\"");
    assert!(
        mistakes(&unknown)[0]
            .2
            .contains("the choices are: gini-impurity, log")
    );
}

#[test]
fn a_choice_with_fields_is_refused() {
    let text =
        "#[derive(Choice)] enum Kind { A(u8), B }\n#[component] fn f(kind: Kind) -> Result<()> {}";
    assert!(mistakes(text)[0].2.contains("no fields"));
}

#[test]
fn an_argument_is_read_as_the_command_line_writes_it() {
    let top = source::argument("top: u32 = 10").expect("an argument");
    assert_eq!(
        (
            top.argument.name.as_str(),
            top.rust_type.as_str(),
            top.default.as_deref()
        ),
        ("top", "u32", Some("10"))
    );
    let list = source::argument(r#"list: Vec<String> = [ "a - b", "<c> , ::d", r"\n" ]"#);
    assert_eq!(
        list.expect("an argument").default.as_deref(),
        Some(r#"[ "a - b", "<c> , ::d", r"\n" ]"#)
    );
    assert_eq!(
        source::argument("x: i64 = -3")
            .expect("an argument")
            .default
            .as_deref(),
        Some("-3")
    );
    let map = source::argument("weights: BTreeMap<String, f64>").expect("an argument");
    assert_eq!(map.rust_type, "BTreeMap<String, f64>");
    assert_eq!(
        source::argument("x: Option<Input<Dataset>>")
            .expect("an argument")
            .rust_type,
        "Option<Input<Dataset>>"
    );
}

#[test]
fn a_bad_argument_names_its_position() {
    for (text, column) in [
        ("top u32", 5),
        ("top: ", 1),
        ("top: u32 =", 1),
        ("top: u8 = 300", 11),
        ("top: Kind", 6),
        ("1top: u8", 1),
    ] {
        let mistakes = source::argument(text).expect_err(text);
        assert_eq!(
            (mistakes[0].line, mistakes[0].column),
            (1, column),
            "{text}: {mistakes:?}"
        );
    }
}

#[test]
fn a_keyword_as_a_name_is_told_how_it_is_written() {
    let [diagnostic] = &source::argument("type: String").unwrap_err()[..] else {
        panic!("one mistake");
    };
    assert_eq!(
        diagnostic.message,
        "`type` is a keyword of Rust: write `r#type`, which KFP knows as `type`"
    );
    assert!(source::argument("r#type: String").is_ok());
}
