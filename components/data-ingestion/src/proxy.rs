//! The proxy the environment asks for, by the rules curl and Go share. This machine is always reached directly.
//!
//! A proxy that cannot be used is an error: going around it silently would be worse.

use kfp_component::Result;
use ureq::Proxy;
use ureq::ProxyProtocol;
use ureq::http::Uri;

/// The proxy for `uri`, given how to look up an environment variable.
pub(crate) fn find(uri: &Uri, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    let set = |name: &&str| variable(name).filter(|value| !value.trim().is_empty());
    let names = match uri.scheme_str() {
        Some("https") => ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        _ => ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
    };
    let Some((name, address)) = names.iter().find_map(|name| Some((name, set(name)?))) else {
        return Ok(None);
    };
    let usable =
        |proxy: &Proxy| matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
    let proxy = Proxy::new(address.trim()).ok().filter(usable);
    let proxy = proxy.ok_or_else(|| {
        format!("`{name}` in the environment is not the URL of an http or https proxy")
    })?;

    let mut builder = Proxy::builder(proxy.protocol())
        .host(proxy.host())
        .port(proxy.port());
    if let Some(username) = proxy.username() {
        builder = builder.username(username);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    let exceptions = ["no_proxy", "NO_PROXY"]
        .iter()
        .find_map(set)
        .unwrap_or_default();
    for exception in exceptions.split(',').chain(["localhost", "127.*", "[::1]"]) {
        // A domain stands for itself and for all below it.
        let domain = exception
            .trim()
            .trim_start_matches("*.")
            .trim_start_matches('.');
        if !domain.is_empty() {
            builder = builder.no_proxy(domain).no_proxy(&format!(".{domain}"));
        }
    }
    Ok(Some(builder.build()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy's address for `url`, if it goes through one.
    fn proxy(url: &str, environment: &[(&str, &str)]) -> Option<String> {
        let uri: Uri = url.parse().unwrap();
        let variable = |name: &str| {
            Some(
                environment
                    .iter()
                    .find(|(set, _)| *set == name)?
                    .1
                    .to_owned(),
            )
        };
        let proxy = find(&uri, variable).unwrap()?;
        (!proxy.is_no_proxy(&uri)).then(|| format!("{}:{}", proxy.host(), proxy.port()))
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let environment = [
            ("http_proxy", "http://plain:1"),
            ("HTTPS_PROXY", "secure:2"),
            ("ALL_PROXY", "any:3"),
        ];
        assert_eq!(proxy("http://x/", &environment).as_deref(), Some("plain:1"));
        assert_eq!(
            proxy("https://x/", &environment).as_deref(),
            Some("secure:2")
        );
        assert_eq!(proxy("https://x/", &environment[..1]), None);
        assert_eq!(
            proxy("https://x/", &environment[2..]).as_deref(),
            Some("any:3")
        );
        assert_eq!(proxy("http://x/", &[("http_proxy", "")]), None);
    }

    #[test]
    fn exceptions_stand_for_whole_domains() {
        let environment = [
            ("http_proxy", "http://p:1"),
            ("no_proxy", "a.example, .b.example,*.c.example,10.0.0.7"),
        ];
        for direct in [
            "a.example",
            "x.a.example",
            "b.example",
            "x.b.example",
            "x.c.example",
            "10.0.0.7",
        ] {
            assert_eq!(
                proxy(&format!("http://{direct}/"), &environment),
                None,
                "{direct}"
            );
        }
        assert!(proxy("http://nota.example/", &environment).is_some());
        assert_eq!(
            proxy(
                "http://x/",
                &[("http_proxy", "http://p:1"), ("NO_PROXY", "*")]
            ),
            None
        );
    }

    #[test]
    fn this_machine_is_reached_directly() {
        for host in ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"] {
            assert_eq!(
                proxy(&format!("http://{host}/"), &[("http_proxy", "http://p:1")]),
                None,
                "{host}"
            );
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error() {
        let uri: Uri = "http://x/".parse().unwrap();
        let error = find(&uri, |name| {
            (name == "http_proxy").then(|| "socks5://me:secret@p:1".into())
        })
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`http_proxy` in the environment is not the URL of an http or https proxy"
        );
    }
}
