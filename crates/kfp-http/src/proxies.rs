//! The proxies that the environment asks for.

use std::env;
use std::ffi::OsString;

use ureq::Proxy;
use ureq::http::Uri;

use crate::host::{bare, is_loopback};
use crate::no_proxy::Exceptions;
use crate::{Error, Result};

/// The proxies of a process, by the rules in the crate's documentation.
///
/// ```
/// use kfp_http::Proxies;
///
/// let proxies = Proxies::from_vars(|name| match name {
///     "HTTPS_PROXY" => Some("http://proxy.corp:3128".into()),
///     "NO_PROXY" => Some("corp, 10.0.0.0/8".into()),
///     _ => None,
/// });
/// let route = |url: &str| proxies.route(&url.parse().unwrap()).unwrap().map(|proxy| proxy.host());
/// assert_eq!(route("https://ghcr.io/v2/"), Some("proxy.corp"));
/// assert_eq!(route("https://registry.corp/v2/"), None);
/// assert_eq!(route("http://ghcr.io/"), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    http: Setting,
    https: Setting,
    exceptions: Exceptions,
}

/// What one scheme goes through.
#[derive(Debug, Clone, Default)]
enum Setting {
    #[default]
    Direct,
    Through(Proxy),
    /// This variable cannot be read.
    Invalid(&'static str),
}

impl Proxies {
    /// The proxies of this process's environment.
    pub fn from_env() -> Self {
        Self::from_vars(|name| env::var_os(name))
    }

    /// The proxies of an environment that is given as a function.
    pub fn from_vars(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| {
            let value = variable(name)?.into_string().ok()?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let first = |names: &[&'static str]| {
            let found = names.iter().find_map(|name| Some((*name, set(name)?)));
            found.map_or(Setting::Direct, |(name, url)| Setting::parse(name, &url))
        };
        // A web server passes the header `Proxy:` of a stranger to a CGI program as HTTP_PROXY.
        let is_cgi = set("REQUEST_METHOD").is_some();
        let http: &[_] = if is_cgi {
            &["http_proxy", "all_proxy", "ALL_PROXY"]
        } else {
            &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
        };
        let exceptions = set("no_proxy").or_else(|| set("NO_PROXY"));
        Self {
            http: first(http),
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            exceptions: Exceptions::parse(&exceptions.unwrap_or_default()),
        }
    }

    /// The proxy for a URL; `None` if its server is reached directly.
    ///
    /// # Errors
    /// [`Error::Proxy`] if the URL would go through a proxy whose variable cannot be read.
    pub fn route(&self, uri: &Uri) -> Result<Option<&Proxy>> {
        let setting = match uri.scheme_str() {
            Some("http") => &self.http,
            Some("https") => &self.https,
            _ => &Setting::Direct,
        };
        let host = uri.host().unwrap_or_default();
        let port = port(uri);
        if is_loopback(host) || self.exceptions.contain(host, port) || self.is_proxy(host, port) {
            return Ok(None);
        }
        match setting {
            Setting::Direct => Ok(None),
            Setting::Through(proxy) => Ok(Some(proxy)),
            Setting::Invalid(variable) => Err(Error::Proxy { variable }),
        }
    }

    /// The proxy of each scheme, http first.
    pub(crate) fn all(&self) -> [Option<&Proxy>; 2] {
        [&self.http, &self.https].map(|setting| match setting {
            Setting::Through(proxy) => Some(proxy),
            Setting::Direct | Setting::Invalid(_) => None,
        })
    }

    /// Whether this is one of the proxies itself, which is not reached through another one.
    fn is_proxy(&self, host: &str, port: u16) -> bool {
        let is = |proxy: &&Proxy| bare(proxy.host()) == bare(host) && proxy.port() == port;
        self.all().iter().flatten().any(is)
    }
}

impl Setting {
    fn parse(variable: &'static str, url: &str) -> Self {
        Proxy::new(url).map_or(Self::Invalid(variable), Self::Through)
    }
}

fn port(uri: &Uri) -> u16 {
    let is_https = uri.scheme_str() == Some("https");
    uri.port_u16().unwrap_or(if is_https { 443 } else { 80 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(environment: &[(&str, &str)]) -> Proxies {
        Proxies::from_vars(|name| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        })
    }

    /// The proxy's address for `url`, if it goes through one.
    fn proxy(url: &str, environment: &[(&str, &str)]) -> Option<String> {
        let proxies = proxies(environment);
        let proxy = proxies.route(&url.parse().unwrap()).unwrap()?;
        Some(format!("{}:{}", proxy.host(), proxy.port()))
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let environment = [
            ("http_proxy", "http://plain:1"),
            ("HTTPS_PROXY", "secure:2"),
            ("ALL_PROXY", "any:3"),
        ];
        let at = |url, environment| proxy(url, environment);
        assert_eq!(at("http://x/", &environment).as_deref(), Some("plain:1"));
        assert_eq!(at("https://x/", &environment).as_deref(), Some("secure:2"));
        assert_eq!(at("https://x/", &environment[..1]), None);
        assert_eq!(at("http://x/", &environment[1..2]), None);
        assert_eq!(
            at("https://x/", &environment[2..]).as_deref(),
            Some("any:3")
        );
        assert_eq!(at("http://x/", &environment[2..]).as_deref(), Some("any:3"));
        assert_eq!(at("socks5://x/", &environment), None);
    }

    #[test]
    fn lower_case_comes_first_and_an_empty_variable_is_not_set() {
        let both = [("HTTPS_PROXY", "upper:1"), ("https_proxy", "lower:2")];
        assert_eq!(proxy("https://x/", &both).as_deref(), Some("lower:2"));
        let empty = [("HTTPS_PROXY", "upper:1"), ("https_proxy", " ")];
        assert_eq!(proxy("https://x/", &empty).as_deref(), Some("upper:1"));
        assert_eq!(proxy("http://x/", &[("http_proxy", "")]), None);
        let exceptions = [("http_proxy", "p:1"), ("no_proxy", ""), ("NO_PROXY", "x")];
        assert_eq!(proxy("http://x/", &exceptions), None);
    }

    #[test]
    fn a_header_of_a_stranger_does_not_choose_the_proxy() {
        let cgi = [
            ("REQUEST_METHOD", "GET"),
            ("HTTP_PROXY", "evil:1"),
            ("HTTPS_PROXY", "good:2"),
        ];
        assert_eq!(proxy("http://x/", &cgi), None);
        assert_eq!(proxy("https://x/", &cgi).as_deref(), Some("good:2"));
        assert_eq!(proxy("http://x/", &cgi[1..]).as_deref(), Some("evil:1"));
    }

    #[test]
    fn exceptions_and_this_machine_are_reached_directly() {
        let environment = [
            ("http_proxy", "p:1"),
            ("https_proxy", "p:1"),
            ("no_proxy", "reg.test:5804, corp"),
        ];
        for direct in [
            "https://reg.test:5804/v2/",
            "https://x.corp/",
            "http://localhost:8000/",
            "http://127.0.0.1:8000/",
            "http://[::1]:8000/",
        ] {
            assert_eq!(proxy(direct, &environment), None, "{direct}");
        }
        for proxied in ["https://reg.test/", "http://10.0.0.1/", "http://[fd00::1]/"] {
            assert!(proxy(proxied, &environment).is_some(), "{proxied}");
        }
    }

    #[test]
    fn a_port_in_an_exception_is_compared_with_the_schemes_own() {
        let environment = [("https_proxy", "p:1"), ("no_proxy", "reg.test:443")];
        assert_eq!(proxy("https://reg.test/", &environment), None);
        assert!(proxy("https://reg.test:444/", &environment).is_some());
    }

    #[test]
    fn a_proxy_is_not_reached_through_itself() {
        let environment = [("http_proxy", "http://p.test:3128")];
        assert_eq!(proxy("http://p.test:3128/", &environment), None);
        assert!(proxy("http://p.test/", &environment).is_some());
    }

    #[test]
    fn an_unreadable_proxy_is_an_error_where_it_would_be_used() {
        let proxies = proxies(&[
            ("http_proxy", "ftp://me:secret@p:1"),
            ("no_proxy", "direct.test"),
        ]);
        let error = proxies.route(&"http://x/".parse().unwrap()).unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(
            shown.contains("`http_proxy`") && !shown.contains("secret"),
            "{shown}"
        );
        for direct in ["https://x/", "http://direct.test/", "http://localhost/"] {
            assert!(
                proxies.route(&direct.parse().unwrap()).unwrap().is_none(),
                "{direct}"
            );
        }
    }

    #[test]
    fn proxies_are_written_with_or_without_a_scheme() {
        for (url, address) in [
            ("p.test:3128", "p.test:3128"),
            ("p.test", "p.test:80"),
            ("HTTP://p.test:3128/", "p.test:3128"),
            ("https://p.test", "p.test:443"),
            ("http://ann:wonder%3Aland@p.test:3128", "p.test:3128"),
            ("socks5://p.test", "p.test:1080"),
            ("socks5h://p.test:9", "p.test:9"),
            ("http://[fd00::1]:3128", "[fd00::1]:3128"),
        ] {
            let found = proxy("https://x/", &[("https_proxy", url)]);
            assert_eq!(found.as_deref(), Some(address), "{url}");
        }
    }
}
