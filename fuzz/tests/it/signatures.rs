//! The signature parser.

use kfp_component_spec::source::{argument, component};
use proptest::prelude::*;

use super::{rounds, text_of};

const PIECES: &[&str] = &[
    " ",
    "\n",
    "#[component]",
    "#[component(name = \"x\")]",
    "fn f(",
    "fn ",
    ")",
    ",",
    ":",
    "->",
    "Result<()>",
    "{",
    "}",
    "{ }",
    "///",
    "/// Text.\n",
    "#[arg(default = 1)]",
    "#[arg(range = 1..)]",
    "#[arg(",
    "default",
    "=",
    "range",
    "..=",
    "-1",
    "1.5",
    "\"text\"",
    "'c'",
    "i64",
    "u8",
    "f64",
    "bool",
    "String",
    "Option<",
    "Vec<",
    "Json<",
    ">",
    "Input<Dataset>",
    "Output<Model>",
    "Output<i64>",
    "Input<",
    "&str",
    "impl Into<String>",
    "dyn",
    "self",
    "mut ",
    "async ",
    "unsafe ",
    "pub ",
    "<T>",
    "where T: U",
    "#[derive(Choice)]",
    "enum E { A, B }",
    "enum E",
    "struct S;",
    "mod m;",
    "use a::{b};",
    "macro_rules! m { () => {} }",
    ";",
    "b\"x\"",
    "r#\"y\"#",
    "r#type",
    "/*",
    "*/",
    "// c\n",
    "x",
    "a: i64, ",
    "b: Output<Dataset>",
];

/// A name and a type; parameter types may have a default.
fn arguments() -> impl Strategy<Value = Vec<(String, &'static str)>> {
    let types = [
        "i64",
        "u8",
        "f64",
        "bool",
        "String",
        "Vec<String>",
        "Option<i64>",
        "Json<Value>",
        "Input<Dataset>",
        "Option<Input<Model>>",
        "Output<Dataset>",
        "Output<i64>",
        "Output<Metrics>",
    ];
    let names = prop::collection::btree_set("[a-z]{2,5}_[a-z0-9]{1,4}", 0..8);
    names.prop_flat_map(move |names| {
        let count = names.len();
        let types = prop::collection::vec(proptest::sample::select(types.to_vec()), count);
        types.prop_map(move |types| names.iter().cloned().zip(types).collect())
    })
}

proptest! {
    #![proptest_config(rounds(2_000))]

    #[test]
    fn any_source_is_read_or_refused_at_a_position_within_it(text in text_of(PIECES)) {
        for text in [text.clone(), format!("#[component]\nfn f({text}) -> Result<()> {{}}")] {
            for mistake in component(&text).err().into_iter().flatten() {
                let lines = text.lines().count().max(1);
                prop_assert!((1..=lines + 1).contains(&mistake.line), "{mistake:?}");
                prop_assert!(mistake.column >= 1 && !mistake.message.is_empty(), "{mistake:?}");
            }
        }
        for mistake in argument(&text).err().into_iter().flatten() {
            prop_assert!(!mistake.message.is_empty(), "{mistake:?}");
        }
    }

    #[test]
    fn every_argument_of_a_signature_is_in_the_component_in_its_order(arguments in arguments()) {
        let list: Vec<String> = arguments.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        let text = format!("#[component]\nfn f({}) -> Result<()> {{}}\n", list.join(", "));
        let component = component(&text).expect("a good signature");
        let found: Vec<&str> = component.arguments.iter().map(|argument| argument.name.as_str()).collect();
        let wanted: Vec<&str> = arguments.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(found, wanted);
    }
}
