//! What the reader gives to those who use a component.yaml, and how it takes a bad one.

use kfp_component_yaml::read::{
    ArgKind, DeclaredType, Implementation, PlaceholderKind, Problem, read,
};

use super::cases::CLEAN;

fn first(text: &str) -> Problem {
    read(text).unwrap_err().remove(0)
}

#[test]
fn everything_is_read_in_order_with_its_place() {
    let file = read(CLEAN).unwrap();
    let names: Vec<&str> = file
        .inputs
        .iter()
        .map(|input| input.name.value.as_str())
        .collect();
    assert_eq!(names, ["customers", "rounds", "label"]);
    assert_eq!(file.annotation("license"), Some("Apache-2.0"));
    let keys: Vec<&str> = file
        .annotations
        .iter()
        .map(|(key, _)| key.value.as_str())
        .collect();
    assert_eq!(keys, ["author", "version", "license"]);
    let rounds = file.input("rounds").unwrap();
    assert_eq!(
        rounds.kind.as_ref().unwrap().value,
        DeclaredType::Name("Integer".into())
    );
    assert_eq!(rounds.default.as_ref().unwrap().value.text(), "25");
    assert!(rounds.may_be_omitted() && !rounds.optional);
    let container = file.container().unwrap();
    assert!(container.args().any(|arg| {
        matches!(&arg.kind, ArgKind::Placeholder(PlaceholderKind::OutputPath, name) if name.value == "scored")
    }));
}

#[test]
fn an_images_bytes_are_what_stands_in_the_file() {
    for image in ["plain:1", "'single:1'", "\"double:1\"", "  padded:1"] {
        let text = format!(
            "# größe\nname: a\nimplementation:\n  container:\n    image: {image} # why\n    command: [a]\n"
        );
        let file = read(&text).unwrap();
        let found = &file.container().unwrap().image;
        assert_eq!(&text[found.range()], image.trim(), "{image}");
        assert!(!found.aliased);
    }
}

#[test]
fn an_aliased_image_says_so() {
    let text = "name: &i a:1\nimplementation: {container: {image: *i}}";
    assert!(read(text).unwrap().container().unwrap().image.aliased);
}

#[test]
fn graphs_are_recognised() {
    let text = "implementation: {graph: {tasks: {a: {componentRef: {url: b}, arguments: {x: 1}}}, outputValues: {}}}";
    let Some(Implementation::Graph(graph)) = read(text).unwrap().implementation else {
        panic!("no graph")
    };
    assert_eq!(graph.tasks[0].url.as_ref().unwrap().value, "b");
}

#[test]
fn all_problems_are_told_and_the_sdks_first() {
    let problems = read(
        "colour: red\ninputs: [{name: 3}]\nimplementation: {container: {image: a, args: [5]}}",
    )
    .unwrap_err();
    let codes: Vec<&str> = problems.iter().map(|problem| problem.rule.code).collect();
    assert_eq!(codes, ["wrong-kind", "wrong-kind", "unknown-key"]);
    assert_eq!(
        (problems[0].position.line, problems[0].position.column),
        (2, 17)
    );
}

#[test]
fn bombs_cycles_and_depth_are_refused_with_a_place() {
    let tenfold = |i: usize| vec![format!("*a{}", i - 1); 10].join(", ");
    let mut bomb = String::new();
    bomb.push_str(
        "implementation:\n  container:\n    image: a\n    command:\n    - &a0 {concat: [x]}\n",
    );
    for i in 1..12 {
        bomb.extend([format!("    - &a{i} {{concat: [{}]}}\n", tenfold(i))]);
    }
    let cases = [
        bomb,
        "implementation: {container: {image: a, command: [&c {concat: [*c]}]}}".into(),
        "{a: ".repeat(10_000),
        "- ".repeat(10_000),
        "- a\n".repeat(200_000),
        "x".repeat(5 << 20),
    ];
    for text in cases {
        let problem = first(&text);
        assert_eq!(problem.rule.code, "too-large", "{problem}");
        assert!(problem.position.offset <= text.len());
    }
}

#[test]
fn two_documents_are_refused_where_the_second_begins() {
    let problem = first("name: a\n---\nname: b\n");
    assert_eq!((problem.class, problem.position.line), ("ComposerError", 3));
}

#[test]
fn merge_keys_that_multiply_are_taken_once_as_by_pyyaml() {
    let mut merges = String::from("a0: &a0 {x: 1}\n");
    for i in 1..12 {
        let tenfold = vec![format!("*a{}", i - 1); 10].join(", ");
        merges.extend([format!("a{i}: &a{i} {{<<: [{tenfold}]}}\n")]);
    }
    assert_eq!(first(&merges).rule.code, "unknown-key");
}
