//! References and digests: what is accepted, what it means, and what is said about the rest.

use kfp_registry::{Digest, Error, Hasher, Reference};

const DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

#[test]
fn a_reference_names_registry_repository_tag_and_digest() {
    for (text, registry, repository, tag, shown) in [
        (
            "app",
            "docker.io",
            "library/app",
            None,
            "docker.io/library/app",
        ),
        (
            "acme/app:1.0",
            "docker.io",
            "acme/app",
            Some("1.0"),
            "docker.io/acme/app:1.0",
        ),
        (
            "index.docker.io/app",
            "docker.io",
            "library/app",
            None,
            "docker.io/library/app",
        ),
        ("localhost/app", "localhost", "app", None, "localhost/app"),
        (
            "localhost:5000/a/b/c",
            "localhost:5000",
            "a/b/c",
            None,
            "localhost:5000/a/b/c",
        ),
        (
            "[::1]:5000/app:x",
            "[::1]:5000",
            "app",
            Some("x"),
            "[::1]:5000/app:x",
        ),
        (
            "GHCR.io/acme/a_b__c-d.e",
            "ghcr.io",
            "acme/a_b__c-d.e",
            None,
            "ghcr.io/acme/a_b__c-d.e",
        ),
        (
            "ghcr.io/acme/app:_V1",
            "ghcr.io",
            "acme/app",
            Some("_V1"),
            "ghcr.io/acme/app:_V1",
        ),
    ] {
        let reference: Reference = text.parse().unwrap();
        let parts = (
            reference.registry(),
            reference.repository(),
            reference.tag(),
        );
        assert_eq!(parts, (registry, repository, tag), "{text}");
        assert_eq!(reference.to_string(), shown);
        assert_eq!(shown.parse::<Reference>().unwrap(), reference);
    }
}

#[test]
fn a_tag_or_a_digest_replaces_both() {
    let both: Reference = format!("ghcr.io/acme/app:1@{DIGEST}").parse().unwrap();
    assert_eq!(both.to_string(), format!("ghcr.io/acme/app:1@{DIGEST}"));
    let digest = *both.digest().unwrap();
    assert_eq!(
        both.with_digest(digest).to_string(),
        format!("ghcr.io/acme/app@{DIGEST}")
    );
    assert_eq!(
        both.with_tag("2").unwrap().to_string(),
        "ghcr.io/acme/app:2"
    );
    assert_eq!(
        both.without_version().join("x/y").unwrap().to_string(),
        "ghcr.io/acme/app/x/y"
    );
}

#[test]
fn what_is_wrong_with_a_reference_is_said() {
    let long = format!("ghcr.io/{}", "a".repeat(250));
    for (text, reason) in [
        ("ghcr.io/Acme/app", "upper-case"),
        ("Acme/app", "upper-case"),
        ("", "invalid repository"),
        ("ghcr.io/", "invalid repository"),
        ("ghcr.io//app", "invalid repository"),
        ("ghcr.io/acme/../app", "invalid repository"),
        ("ghcr.io/acme/app?x", "invalid repository"),
        ("ghcr.io/-app", "invalid repository"),
        ("ghcr.io/a..b", "invalid repository"),
        ("https://ghcr.io/acme/app", "invalid re"),
        ("ghcr.io/acme/app:", "invalid tag"),
        ("ghcr.io/acme/app:-x", "invalid tag"),
        ("ghcr.io/acme/app:a b", "invalid tag"),
        ("ghcr.io:port/app", "invalid registry"),
        ("ghcr.io:99999/app", "invalid registry"),
        ("gh_cr.io/app", "invalid registry"),
        ("[::g]:5000/app", "invalid registry"),
        (&long, "longer than 255"),
    ] {
        let error = text.parse::<Reference>().unwrap_err();
        assert!(error.to_string().contains(reason), "{text}: {error}");
        assert!(error.hint().is_some());
    }
    let error = format!("ghcr.io/app:{}", "x".repeat(129))
        .parse::<Reference>()
        .unwrap_err();
    assert!(error.to_string().contains("invalid tag"));
}

#[test]
fn only_sha256_in_lower_case_is_a_digest() {
    let digest: Digest = DIGEST.parse().unwrap();
    assert_eq!(digest, Digest::of(b"{}"));
    assert_eq!(digest.to_string(), DIGEST);
    assert_eq!(digest.hex(), DIGEST[7..]);
    assert_eq!(
        serde_json::to_string(&digest).unwrap(),
        format!("\"{DIGEST}\"")
    );
    assert_eq!(
        serde_json::from_str::<Digest>(&format!("\"{DIGEST}\"")).unwrap(),
        digest
    );
    let upper = format!("sha256:{}", DIGEST[7..].to_uppercase());
    for text in [
        "",
        "sha256:",
        "sha512:00",
        &DIGEST[..70],
        &format!("{DIGEST}0"),
        &upper,
        "sha256:../../x",
    ] {
        assert!(
            matches!(text.parse::<Digest>(), Err(Error::Digest { .. })),
            "{text}"
        );
        assert!(serde_json::from_str::<Digest>(&format!("\"{text}\"")).is_err());
    }
}

#[test]
fn what_passes_a_hasher_is_counted_and_digested() {
    let mut hasher = Hasher::new(Vec::new());
    std::io::copy(&mut &b"{}"[..], &mut hasher).unwrap();
    assert_eq!(hasher.size(), 2);
    assert_eq!(
        hasher.finish(),
        (b"{}".to_vec(), DIGEST.parse().unwrap(), 2)
    );
}
