//! Image references.

use kfp_registry::Reference;
use proptest::prelude::*;

use super::{rounds, text_of};

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

const PIECES: &[&str] = &[
    "/",
    ":",
    "@",
    ".",
    "-",
    "_",
    "localhost",
    "ghcr.io",
    "docker.io",
    "index.docker.io",
    "registry:5000",
    "[::1]",
    "127.0.0.1:80",
    "acme",
    "library",
    "A",
    "a",
    "latest",
    "0.1.0",
    DIGEST,
    "sha256:",
    "sha512:",
    "http://",
    "%41",
    " ",
    "..",
    "?",
    "#",
    "\\",
];

proptest! {
    #![proptest_config(rounds(5_000))]

    #[test]
    fn a_reference_that_is_read_is_written_so_that_it_reads_the_same(text in text_of(PIECES)) {
        if let Ok(reference) = text.parse::<Reference>() {
            let again: Reference = reference.to_string().parse().expect("its own text");
            prop_assert_eq!(&again, &reference);
            for part in [reference.registry(), reference.repository()] {
                prop_assert!(!part.is_empty() && !part.contains([' ', '?', '#', '\\', '@', '%']), "{reference:?}");
                prop_assert!(!part.split('/').any(|step| step == ".." || step.is_empty()), "{reference:?}");
            }
        }
    }

    #[test]
    fn a_reference_of_good_parts_has_these_parts(
        registry in "[a-z]{1,8}\\.[a-z]{2,3}(:[1-9][0-9]{1,3})?",
        repository in "[a-z0-9]{1,6}(-[a-z0-9]{1,6})?/[a-z0-9]{1,8}",
        tag in proptest::option::of("[A-Za-z0-9_][A-Za-z0-9._-]{0,20}"),
        has_digest in any::<bool>(),
    ) {
        let mut text = format!("{registry}/{repository}");
        text += &tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        if has_digest {
            text.push('@');
            text += DIGEST;
        }
        let reference: Reference = text.parse().expect("a good reference");
        prop_assert_eq!(reference.registry(), registry);
        prop_assert_eq!(reference.repository(), repository);
        prop_assert_eq!(reference.tag(), tag.as_deref());
        prop_assert_eq!(reference.digest().is_some(), has_digest);
        prop_assert_eq!(reference.to_string(), text);
    }
}
