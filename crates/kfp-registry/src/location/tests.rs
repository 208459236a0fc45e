use super::*;

fn origin(url: &str) -> Origin {
    Origin::of(&url.parse().unwrap())
}

fn followed_by(named: &[&str], base: &str, location: &str) -> Result<String> {
    let uri: Uri = base.parse().unwrap();
    let named: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
    let limits = Limits {
        registry: &Origin::of(&uri),
        named: &named,
    };
    limits.follow(&uri, location).map(|uri| uri.to_string())
}

fn followed(base: &str, location: &str) -> Result<String> {
    followed_by(&[], base, location)
}

fn is_realm(registry: &str, realm: &str) -> bool {
    let limits = Limits {
        registry: &origin(registry),
        named: &[],
    };
    limits.realm(realm).is_ok()
}

#[test]
fn a_public_registry_may_point_to_public_https_only() {
    let base = "https://8.8.8.8/v2/acme/app/blobs/uploads/";
    assert_eq!(
        followed(base, "/x?a=%2B").unwrap(),
        "https://8.8.8.8/x?a=%2B"
    );
    assert!(followed(base, "https://storage.example/x").is_ok());
    for location in [
        "http://8.8.8.8/x",
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
    assert!(followed(base, "https://[fd00::2]:9000/bucket").is_ok());
    assert!(followed(base, "https://127.0.0.1:9000/bucket").is_err());
    assert!(followed(base, "https://169.254.169.254/latest").is_err());
    assert!(followed("http://10.0.0.1:5000/v2/", "http://10.0.0.2:9000/bucket").is_ok());
    assert!(followed("https://registry.corp/v2/", "https://registry.corp:8443/x").is_ok());
    assert!(followed("https://[fd00::1]:5000/", "https://10.0.0.2/x").is_ok());
}

#[test]
fn a_name_lies_where_its_addresses_lie() {
    // The one name that every machine knows: it is looked up, since `Reach` does not know it.
    let Ok(name) = std::fs::read_to_string("/etc/hostname") else {
        return;
    };
    let base = format!("http://{}:5000/v2/", name.trim());
    let reach = origin(&base).reach();
    let is_allowed = followed(&base, "http://10.99.0.1/x").is_ok();
    assert_eq!(is_allowed, reach >= Reach::Private, "{base} is {reach:?}");
}

#[test]
fn what_the_user_named_is_allowed_wherever_it_lies() {
    let base = "https://8.8.8.8/v2/";
    let named = &["10.0.0.2:9000", "127.0.0.1"];
    assert!(followed_by(named, base, "https://10.0.0.2:9000/x").is_ok());
    assert!(followed_by(named, base, "https://127.0.0.1/x").is_ok());
    assert!(followed_by(named, base, "https://127.0.0.1:9000/x").is_err());
    assert!(followed_by(named, base, "https://10.0.0.2/x").is_err());
    assert!(followed_by(named, base, "http://10.0.0.2:9000/x").is_err());
}

#[test]
fn https_is_not_left_on_the_way_either() {
    let registry = origin("http://10.0.0.1:5000/");
    let limits = Limits {
        registry: &registry,
        named: &[],
    };
    let storage = "https://storage.example/1".parse().unwrap();
    let error = limits
        .follow(&storage, "http://storage.example/2")
        .unwrap_err();
    assert!(error.to_string().contains("it leaves https"), "{error}");
}

#[test]
fn a_refused_target_is_named_without_its_path() {
    let error = followed("https://8.8.8.8/", "http://evil.example/x?signature=s3cret").unwrap_err();
    assert!(
        error.to_string().contains("http://evil.example:80"),
        "{error}"
    );
    assert!(!error.to_string().contains("s3cret"));
}

#[test]
fn the_reason_of_a_refusal_is_true() {
    for (base, location, reason) in [
        (
            "https://8.8.8.8/",
            "https://10.0.0.1/",
            "in a private network",
        ),
        ("https://8.8.8.8/", "https://[::1]/", "this machine"),
        ("https://10.0.0.1/", "https://127.0.0.1/", "this machine"),
        ("https://10.0.0.1/", "https://169.254.1.1/", "link-local"),
        ("https://10.0.0.1/", "https://127.1/", "misleading"),
    ] {
        let error = followed(base, location).unwrap_err().to_string();
        assert!(error.contains(reason), "{base} to {location}: {error}");
    }
}

#[test]
fn a_realm_is_as_far_inside_our_network_as_the_registry() {
    for (registry, realm) in [
        (
            "https://registry-1.docker.io/",
            "https://auth.docker.io/token",
        ),
        ("https://10.0.0.1/", "https://10.0.0.1:8443/token"),
        ("https://10.0.0.1/", "https://10.0.0.2/token"),
        ("http://10.99.0.1:5831/", "http://10.99.0.2:5831/token"),
        ("http://localhost:5000/", "http://127.0.0.1:5001/token"),
        ("http://localhost:5000/", "http://172.17.0.1:5001/token"),
    ] {
        assert!(is_realm(registry, realm), "{registry} {realm}");
    }
    for (registry, realm) in [
        ("https://8.8.8.8/", "http://8.8.8.8/token"),
        ("https://8.8.8.8/", "https://10.0.0.1/token"),
        ("https://10.0.0.1/", "https://169.254.169.254/token"),
        ("http://10.0.0.1/", "http://127.0.0.1/token"),
        ("https://8.8.8.8/", "token"),
    ] {
        assert!(!is_realm(registry, realm), "{registry} {realm}");
    }
}
