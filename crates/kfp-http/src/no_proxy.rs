//! `NO_PROXY`: the hosts that are reached without a proxy.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::host::bare;

/// The exceptions of a list such as `example.org, 10.0.0.0/8, registry:5000`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exceptions(Vec<Exception>);

#[derive(Debug, Clone)]
enum Exception {
    Everything,
    Domain(String, Option<u16>),
    Address(IpAddr, Option<u16>),
    Network(IpNet),
}

impl Exceptions {
    /// Reads a list. What cannot be read is ignored, as curl and Go do.
    pub(crate) fn parse(list: &str) -> Self {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        Self(entries.filter_map(Exception::parse).collect())
    }

    /// Whether `host` at `port` is one of them.
    pub(crate) fn contain(&self, host: &str, port: u16) -> bool {
        let host = bare(host);
        let address = host.parse().map(|address: IpAddr| address.to_canonical());
        let fits = |wanted: &Option<u16>| wanted.is_none_or(|wanted| wanted == port);
        self.0.iter().any(|exception| match (exception, &address) {
            (Exception::Everything, _) => true,
            (Exception::Domain(domain, wanted), Err(_)) => {
                let below = host.strip_suffix(domain.as_str());
                fits(wanted) && below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Exception::Address(known, wanted), Ok(address)) => fits(wanted) && known == address,
            (Exception::Network(network), Ok(address)) => network.contains(address),
            _ => false,
        })
    }
}

impl Exception {
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::Everything);
        }
        if entry.contains('/') {
            return entry
                .replace(['[', ']'], "")
                .parse()
                .ok()
                .map(Self::Network);
        }
        let (host, port) = split_port(entry)?;
        let host = bare(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Address(address.to_canonical(), port));
        }
        let domain = host.trim_start_matches("*.").trim_start_matches('.');
        (!domain.is_empty()).then(|| Self::Domain(domain.to_owned(), port))
    }
}

/// Splits `host:port`, `[address]:port` and an address of IPv6, which has no port without brackets.
fn split_port(entry: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) if host.ends_with(']') || !host.contains(':') => (host, port),
        _ => return Some((entry, None)),
    };
    Some((host, Some(port.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_curl_and_go_read_it() {
        // The list, hosts it contains, hosts it does not.
        let rows: &[(&str, &[&str], &[&str])] = &[
            ("", &[], &["a.example"]),
            (
                "a.example",
                &["a.example", "A.Example.", "x.a.example"],
                &["nota.example", "example"],
            ),
            (".a.example", &["a.example", "x.a.example"], &["xa.example"]),
            (
                "*.a.example",
                &["a.example", "x.y.a.example"],
                &["b.example"],
            ),
            ("other, reg.test", &["reg.test", "other"], &["test"]),
            ("other reg.test\tthird", &["reg.test", "third"], &["test"]),
            ("test", &["reg.test", "test"], &["latest", "test.example"]),
            ("TEST.", &["reg.test"], &["reg.test.example"]),
            ("x, *", &["anything", "10.0.0.1", "[::1]"], &[]),
            (
                "10.0.0.7",
                &["10.0.0.7", "[::ffff:10.0.0.7]"],
                &["10.0.0.70", "x.10.0.0.7"],
            ),
            ("0.0.7", &[], &["10.0.0.7"]),
            ("10.1.0.0/16", &["10.1.2.3"], &["10.2.0.1", "10.example"]),
            ("10.1.2.3/8", &["10.200.0.1"], &["11.0.0.1"]),
            ("fd00::/8", &["[fd12::1]"], &["[fe80::1]", "10.0.0.1"]),
            (
                "[fd00::]/8,[2001:db8::1]",
                &["[fd12::1]", "[2001:db8:0::1]"],
                &["[2001:db8::2]"],
            ),
            ("2001:db8::1", &["[2001:db8::1]"], &["[2001:db8::2]"]),
            ("http://a.example/, :80, [", &[], &["a.example", "example"]),
        ];
        for (list, inside, outside) in rows {
            let exceptions = Exceptions::parse(list);
            for host in *inside {
                assert!(exceptions.contain(host, 443), "{list}: {host}");
            }
            for host in *outside {
                assert!(!exceptions.contain(host, 443), "{list}: {host}");
            }
        }
    }

    #[test]
    fn a_port_restricts_an_entry_to_itself() {
        let exceptions = Exceptions::parse("reg.test:5804,10.0.0.7:443,[fd00::1]:8443,bad.test:x");
        for (host, port, inside) in [
            ("reg.test", 5804, true),
            ("a.reg.test", 5804, true),
            ("reg.test", 443, false),
            ("10.0.0.7", 443, true),
            ("10.0.0.7", 80, false),
            ("[fd00::1]", 8443, true),
            ("[fd00::1]", 443, false),
            ("bad.test", 443, false),
        ] {
            assert_eq!(exceptions.contain(host, port), inside, "{host}:{port}");
        }
    }
}
