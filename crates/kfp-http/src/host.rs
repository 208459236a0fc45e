//! Which hosts lie on this machine or inside a private network, judged by their names and addresses alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far inside our own network a host lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// An address of the Internet, or a name, which is not looked up.
    Public,
    /// An address of a private network (RFC 1918, RFC 4193, RFC 6598).
    Private,
    /// This machine.
    Loopback,
    /// A link-local address: where clouds answer with the machine's own credentials.
    LinkLocal,
    /// An address in a form that only resolvers understand, such as `127.1` or `0x7f000001`. It only serves to deceive.
    Disguised,
}

impl Reach {
    /// The reach of a host without its port. An IPv6 address may stand in brackets.
    pub fn of(host: &str) -> Self {
        let host = bare(host);
        if host == "localhost" || host.ends_with(".localhost") {
            return Self::Loopback;
        }
        match host.parse::<IpAddr>() {
            Ok(address) => Self::of_address(address),
            Err(_) if host.rsplit('.').next().is_some_and(is_number) => Self::Disguised,
            Err(_) => Self::Public,
        }
    }

    /// The reach of an address.
    pub fn of_address(address: IpAddr) -> Self {
        /// Where AWS answers with the machine's own credentials: private by its number, link-local by its purpose.
        const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
        let is_shared = |v4: Ipv4Addr| v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
        match address.to_canonical() {
            IpAddr::V4(v4) if v4.is_loopback() || v4.octets()[0] == 0 => Self::Loopback,
            IpAddr::V4(v4) if v4.is_link_local() => Self::LinkLocal,
            IpAddr::V4(v4) if v4.is_private() || is_shared(v4) => Self::Private,
            IpAddr::V6(v6) if v6.is_loopback() || v6.is_unspecified() => Self::Loopback,
            IpAddr::V6(v6) if v6.is_unicast_link_local() || v6 == METADATA => Self::LinkLocal,
            IpAddr::V6(v6) if v6.is_unique_local() => Self::Private,
            _ => Self::Public,
        }
    }
}

/// Whether a host, with or without a port, is this machine.
///
/// ```
/// assert!(kfp_http::is_loopback("localhost:5000"));
/// assert!(kfp_http::is_loopback("[::1]"));
/// assert!(!kfp_http::is_loopback("localhost.example.org"));
/// ```
pub fn is_loopback(host: &str) -> bool {
    format!("http://{host}")
        .parse::<ureq::http::Uri>()
        .is_ok_and(|uri| Reach::of(uri.host().unwrap_or_default()) == Reach::Loopback)
}

/// The host in lower case, without the brackets of an IPv6 address and the dot that ends a complete name.
pub(crate) fn bare(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .trim_end_matches('.')
        .to_ascii_lowercase()
}

fn is_number(label: &str) -> bool {
    let is_hex = label
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    is_hex || !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in [
            "localhost",
            "localhost:5000",
            "LOCALHOST.",
            "app.localhost",
            "127.0.0.1:5000",
            "127.9.9.9",
            "[::1]:5000",
            "[0:0:0:0:0:0:0:1]:5000",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "ghcr.io",
            "10.0.0.1:5000",
            "192.168.1.1",
            "localhost.evil.example",
            "127.0.0.1.example.org",
            "10.1:5000",
            "0x7f.1",
            "[fd00::1]:5000",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn addresses_are_sorted_by_who_can_reach_them() {
        for (host, reach) in [
            ("ghcr.io", Reach::Public),
            ("8.8.8.8", Reach::Public),
            ("[2001:db8::1]", Reach::Public),
            ("10.1.2.3", Reach::Private),
            ("172.16.0.1", Reach::Private),
            ("172.32.0.1", Reach::Public),
            ("100.64.0.1", Reach::Private),
            ("[fd00::1]", Reach::Private),
            ("[::ffff:10.0.0.1]", Reach::Private),
            ("169.254.169.254", Reach::LinkLocal),
            ("[fe80::1]", Reach::LinkLocal),
            ("[fd00:ec2::254]", Reach::LinkLocal),
            ("2130706433", Reach::Disguised),
            ("0x7f.1", Reach::Disguised),
            ("127.1", Reach::Disguised),
        ] {
            assert_eq!(Reach::of(host), reach, "{host}");
        }
    }
}
