//! The README shows a component that compiles.

use std::fs;

#[test]
fn the_readme_shows_the_example() {
    // A package taken from the registry has no workspace around it.
    let Ok(readme) = fs::read_to_string("../../README.md") else {
        kfp_test_support::skip("there is no README.md above this crate");
        return;
    };
    let example = include_str!("../examples/word_count.rs");
    let (_, component) = example
        .split_once("\n\n")
        .expect("a module documentation first");
    assert!(
        readme.contains(component),
        "copy examples/word_count.rs into README.md"
    );
}
