//! The READMEs show an example that compiles and passes its test.

use std::fs;

/// The example's component and its unit test.
fn example() -> [&'static str; 2] {
    let example = include_str!("../examples/word_count.rs");
    let (_, code) = example
        .split_once("\n\n")
        .expect("a module documentation first");
    let (component, _) = code.split_once("\n#[cfg(test)]").expect("a test");
    [component, &code[component.len() + 1..]]
}

#[test]
fn the_readme_of_this_crate_shows_the_example_and_its_test() {
    for part in example() {
        assert!(
            include_str!("../README.md").contains(part),
            "copy examples/word_count.rs into README.md"
        );
    }
}

#[test]
fn the_readme_of_the_workspace_shows_the_example() {
    // A package taken from the registry has no workspace around it.
    let Ok(readme) = fs::read_to_string("../../README.md") else {
        kfp_test_support::skip("there is no README.md above this crate");
        return;
    };
    assert!(
        readme.contains(example()[0]),
        "copy examples/word_count.rs into README.md"
    );
}
