use super::*;

fn followed(base: &str, location: &str) -> Result<String> {
    let base: Uri = base.parse().unwrap();
    follow(&Origin::of(&base), &base, location).map(|uri| uri.to_string())
}

#[test]
fn a_public_registry_may_point_to_public_https_only() {
    let base = "https://ghcr.io/v2/acme/app/blobs/uploads/";
    assert_eq!(
        followed(base, "/x?a=%2B").unwrap(),
        "https://ghcr.io/x?a=%2B"
    );
    assert!(followed(base, "https://storage.example/x").is_ok());
    for location in [
        "http://ghcr.io/x",
        "http://storage.example/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://localhost./x",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest",
        "https://100.64.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[fd00::1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://127.1/x",
        "https://user@storage.example/x",
        "gopher://storage.example/x",
    ] {
        let error = followed(base, location).unwrap_err();
        assert!(
            matches!(error, Error::UnsafeTarget { .. }),
            "{location}: {error}"
        );
    }
}

#[test]
fn a_private_registry_may_point_to_its_neighbours_and_not_to_our_own_machine() {
    let base = "https://10.0.0.1:5000/v2/";
    assert!(followed(base, "https://10.0.0.2:9000/bucket").is_ok());
    assert!(followed(base, "https://127.0.0.1:9000/bucket").is_err());
    assert!(followed("http://10.0.0.1:5000/v2/", "http://10.0.0.2:9000/bucket").is_ok());
    assert!(followed("https://registry.corp/v2/", "https://registry.corp:8443/x").is_ok());
}

#[test]
fn https_is_not_left_on_the_way_either() {
    let registry = Origin::of(&"http://10.0.0.1:5000/".parse().unwrap());
    let storage = "https://storage.example/1".parse().unwrap();
    let error = follow(&registry, &storage, "http://storage.example/2").unwrap_err();
    assert!(error.to_string().contains("it leaves https"), "{error}");
}

#[test]
fn a_refused_target_is_named_without_its_path() {
    let error = followed("https://ghcr.io/", "http://evil.example/x?signature=s3cret").unwrap_err();
    assert!(
        error.to_string().contains("http://evil.example:80"),
        "{error}"
    );
    assert!(!error.to_string().contains("s3cret"));
}

#[test]
fn a_realm_is_public_or_the_registry_itself() {
    let at = |registry: &str, to: &str| realm(&Origin::of(&registry.parse().unwrap()), to).is_ok();
    assert!(at(
        "https://registry-1.docker.io/",
        "https://auth.docker.io/token"
    ));
    assert!(at("https://10.0.0.1/", "https://10.0.0.1:8443/token"));
    assert!(at("http://localhost:5000/", "http://127.0.0.1:5001/token"));
    assert!(!at("https://ghcr.io/", "http://ghcr.io/token"));
    assert!(!at("https://ghcr.io/", "https://10.0.0.1/token"));
    assert!(!at("https://10.0.0.1/", "https://10.0.0.2/token"));
    assert!(!at("http://10.0.0.1/", "http://127.0.0.1/token"));
    assert!(!at("https://ghcr.io/", "token"));
}

#[test]
fn http_is_for_this_machine() {
    for host in [
        "localhost",
        "localhost:5000",
        "127.0.0.1:5000",
        "127.9.9.9",
        "[::1]:5000",
    ] {
        assert!(is_loopback(host), "{host}");
    }
    for host in [
        "ghcr.io",
        "10.0.0.1:5000",
        "192.168.1.1",
        "localhost.evil.example",
        "10.1:5000",
        "0x7f.1",
        "[fd00::1]:5000",
    ] {
        assert!(!is_loopback(host), "{host}");
    }
}
