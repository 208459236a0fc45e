//! Hosts that nobody knows.

use std::net::TcpListener;

use kfp_http::is_unknown_host;

use crate::{agent, network};

#[test]
fn a_name_that_nobody_knows_is_told_from_a_host_that_does_not_answer() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    // A label may have 63 letters, so nobody is asked for it.
    let unknown = format!("http://{}.invalid", "a".repeat(64));
    let refused = format!("http://{}", closed.unwrap());
    for (url, expected) in [(unknown, true), (refused, false)] {
        let error = agent(&network(&[])).get(&url).call().unwrap_err();
        assert_eq!(is_unknown_host(&error), expected, "{url}: {error}");
    }
}
