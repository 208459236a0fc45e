//! YAML as PyYAML resolves it, where other parsers see something else.

use kfp_pyyaml::{Value, load_all};

fn class(scalar: &str) -> &'static str {
    let documents = load_all(&format!("a: {scalar}\n")).unwrap();
    let tree = &documents[0];
    tree.class(tree.get(tree.root(), "a").unwrap())
}

#[test]
fn plain_scalars_are_what_yaml_1_1_makes_of_them() {
    let expected = [
        (
            "str",
            "y N 0o7 1e3 1e-5 oN nULL 08 +.nan 1:60 2021-1-2 0x _1 ._5 12e03 <a =a",
        ),
        ("bool", "yes NO On off True FALSE"),
        ("int", "0 07 0b11 0x1F 1_000 -3 +5 12:30 190:20:30 0_"),
        (
            "float",
            "1. .5 1.5e+3 -.INF .nan 190:20:30.15 1_0.0 6.8523015e+5",
        ),
        ("NoneType", "~ null Null NULL"),
        ("datetime.date", "2021-10-22"),
        (
            "datetime.datetime",
            "2001-12-14t21:59:43.10-05:00 2001-12-15T2:59:43Z",
        ),
    ];
    for (expected, scalars) in expected {
        for scalar in scalars.split(' ') {
            assert_eq!(class(scalar), expected, "{scalar}");
        }
    }
}

#[test]
fn an_integer_beyond_128_bits_is_the_nearest_double() {
    for (text, expected) in [("1", 1e60), ("-3", -3e60)] {
        let tree = &load_all(&format!("{text}{}", "0".repeat(60))).unwrap()[0];
        assert_eq!(tree.value(tree.root()), &Value::BigInt(expected));
    }
}

#[test]
fn what_other_parsers_refuse_is_read() {
    for text in [
        "a: [\n1,\n]\n",
        "a:\n  b: {\nx: 1\n}\n",
        "a: 'x\ny'\n",
        "a: [-]\n",
        "{a:1}",
        "a: [http://x]\n",
        "\u{feff}a: b\n",
    ] {
        assert!(load_all(text).is_ok(), "{text:?}");
    }
}

#[test]
fn what_other_parsers_read_is_refused_at_its_place() {
    let cases = [
        ("a: b\t# c\n", 1, 5, "ScannerError"),
        ("a:\tb\n", 1, 3, "ScannerError"),
        ("a: [b?c]\n", 1, 6, "ParserError"),
        ("a: {b\nc: d}\n", 2, 2, "ParserError"),
        ("a: \u{7}\n", 1, 4, "ReaderError"),
        ("a: b: c\n", 1, 5, "ScannerError"),
        ("a: *b\n", 1, 4, "ComposerError"),
        ("a: 2021-13-45\n", 1, 4, "ValueError"),
        ("a: !foo b\n", 1, 9, "ConstructorError"),
        ("a: <<\n", 1, 4, "ConstructorError"),
    ];
    for (text, line, column, class) in cases {
        let error = load_all(text).unwrap_err();
        assert_eq!(
            (error.position.line, error.position.column, error.class),
            (line, column, class),
            "{text:?}: {error}"
        );
    }
}

#[test]
fn the_last_of_two_equal_keys_wins_and_merged_ones_give_way() {
    let documents = load_all("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\na: 1\na: 2\n").unwrap();
    let tree = &documents[0];
    let y = tree.get(tree.root(), "y").unwrap();
    assert_eq!(tree.value(tree.get(y, "b").unwrap()), &Value::Int(3));
    assert_eq!(tree.value(tree.get(y, "a").unwrap()), &Value::Int(1));
    assert_eq!(
        tree.value(tree.get(tree.root(), "a").unwrap()),
        &Value::Int(2)
    );
    let repeated: Vec<_> = tree
        .duplicates
        .iter()
        .map(|(key, position)| (key.as_str(), position.line))
        .collect();
    assert_eq!(repeated, [("a", 4)]);
}

#[test]
fn block_scalars_are_folded_and_chomped() {
    let text = "a: >-\n  one\n  two\n\n  three\n   four\nb: |+\n  x\n\nc: |2\n    y\n";
    let documents = load_all(text).unwrap();
    let tree = &documents[0];
    let get = |key| tree.text(tree.get(tree.root(), key).unwrap()).unwrap();
    assert_eq!(
        [get("a"), get("b"), get("c")],
        ["one two\nthree\n four", "x\n\n", "  y\n"]
    );
}
