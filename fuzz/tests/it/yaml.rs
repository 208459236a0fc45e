//! The YAML reader, and what our writer gives it to read.

use std::collections::BTreeMap;

use kfp_component_spec::{Argument, Component, Kind, Parameter, ParameterType, Presence};
use kfp_component_yaml::lint::lint;
use kfp_component_yaml::render::{Package, render};
use kfp_pyyaml::load_all;
use proptest::prelude::*;

use super::{rounds, text_of};

const PIECES: &[&str] = &[
    " ",
    "  ",
    "\n",
    "\n  ",
    "\n- ",
    "\t",
    ": ",
    ":",
    "- ",
    "#",
    "'",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    "?",
    "? ",
    "!",
    "!!str ",
    "!!int ",
    "&a ",
    "*a",
    "<<: *a",
    "|",
    "|2-\n",
    ">-\n",
    "%YAML 1.1\n",
    "@",
    "`",
    "---\n",
    "...\n",
    "\\",
    "\\x41",
    "\\u12",
    "\u{85}",
    "\u{feff}",
    "é",
    "\0",
    "null",
    "~",
    "yes",
    "0x1F",
    "1:30",
    "2001-01-01",
    ".inf",
    "1e3",
    "name: x\n",
    "inputs:\n",
    "{name: a, type: Integer, default: 3}",
    "implementation:\n",
    "  container:\n",
    "    image: i\n",
    "    command: [a]\n",
    "{inputValue: a}",
    "{if: {cond: {isPresent: a}, then: [b]}}",
];

proptest! {
    #![proptest_config(rounds(2_000))]

    #[test]
    fn any_text_is_read_or_refused_at_a_position_within_it(text in text_of(PIECES)) {
        if let Err(error) = load_all(&text) {
            prop_assert!(text.is_char_boundary(error.position.offset), "{error:?}");
        }
        for finding in lint(&text).findings {
            prop_assert!(text.is_char_boundary(finding.position.offset), "{finding:?}");
            prop_assert!(!finding.message().contains('\n'), "{finding:?}");
        }
    }

    #[test]
    fn what_an_author_writes_is_read_back_unchanged(text in text_of(PIECES)) {
        let parameter = Parameter {
            ty: ParameterType::String,
            presence: Presence::Default(text.clone()),
            choices: Vec::new(),
            range: None,
        };
        let component = Component {
            function: "f".to_owned(),
            title: Some(text.clone()),
            description: text.clone(),
            arguments: vec![Argument {
                kfp1_name: None,
                name: "x".to_owned(),
                description: text.clone(),
                kind: Kind::Parameter(parameter),
            }],
        };
        let package = Package {
            name: "f".to_owned(),
            version: text.clone(),
            authors: vec![text.clone()],
            license: Some(text.clone()),
            source: Some(text.clone()),
            image: "f:0".to_owned(),
            annotations: BTreeMap::from([("note".to_owned(), text.clone())]),
        };
        let documents = load_all(&render(&component, &package).unwrap()).expect("our own YAML");
        let tree = &documents[0];
        let below = |node, key| tree.get(node, key).expect(key);
        prop_assert_eq!(tree.text(below(tree.root(), "name")), Some(text.as_str()));
        let annotations = below(below(tree.root(), "metadata"), "annotations");
        prop_assert_eq!(tree.text(below(annotations, "note")), Some(text.as_str()));
        let inputs = match tree.value(below(tree.root(), "inputs")) {
            kfp_pyyaml::Value::List(inputs) => inputs.clone(),
            other => panic!("inputs are {other:?}"),
        };
        prop_assert_eq!(tree.text(below(inputs[0], "default")), Some(text.as_str()));
    }
}
