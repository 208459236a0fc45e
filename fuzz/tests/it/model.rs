//! Damaged folders of models are refused; what is loaded can be walked and exported.

use std::fs;

use kfp_model::{MANIFEST, Model};
use proptest::prelude::*;

/// What a manifest and trees are made of.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "0",
    "1",
    "-1",
    "4",
    "18446744073709551615",
    "1e400",
    "null",
    "NaN",
    "\"class\"",
    "\"feature\"",
    "\"at_most\"",
    "\"then\"",
    "\"otherwise\"",
    "\"version\"",
    "\"classes\"",
];

/// The folder of format 1, which has no hashes that would refuse a change at once.
fn original(name: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/kfp-model/tests/data/format1"
    );
    fs::read_to_string(format!("{folder}/{name}")).unwrap()
}

fn damaged(original: &str, edits: &[(prop::sample::Index, usize, &str)]) -> String {
    let mut text = original.as_bytes().to_vec();
    for (at, length, piece) in edits {
        let start = at.index(text.len() + 1);
        let end = (start + length).min(text.len());
        text.splice(start..end, piece.bytes());
    }
    String::from_utf8(text).unwrap()
}

proptest! {
    #![proptest_config(super::rounds(500))]

    #[test]
    fn a_damaged_model_is_refused_or_can_be_used(
        of_manifest in any::<bool>(),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_usize..6, prop::sample::select(PIECES)), 1..4),
        row in prop::collection::vec(any::<f64>(), 4),
    ) {
        let (mut manifest, mut trees) = (original(MANIFEST), original("model.json"));
        let text = if of_manifest { &mut manifest } else { &mut trees };
        *text = damaged(text, &edits);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(MANIFEST), manifest).unwrap();
        fs::write(folder.path().join("model.json"), trees).unwrap();
        match Model::load(folder.path()) {
            Err(error) => prop_assert!(!error.to_string().is_empty()),
            Ok(model) => {
                let row = row.get(..model.columns().len()).unwrap_or_default();
                let classes = model.predict(row).unwrap().classes;
                prop_assert!(classes.iter().all(|&class| class < model.classes().len()));
                prop_assert!(!model.files().unwrap().is_empty());
            }
        }
    }
}
