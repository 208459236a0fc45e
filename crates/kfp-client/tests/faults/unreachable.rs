//! No answer, or half of one.

use std::{
    io::{Read as _, Write as _},
    thread,
};

use kfp_test_support::Reply;

use super::{
    Fault, content, create_run, fault, get_run, good, survived, terminate, upload, watch_run,
};

/// Where nothing listens: a port that was free a moment ago.
fn closed() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A server of http that says what it thinks of a handshake.
fn plain() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _closed = stream.read(&mut [0; 1024]);
            let _closed =
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    format!("https://{address}")
}

// A row is a line.
#[rustfmt::skip]
pub(super) fn faults() -> Vec<Fault> {
    let cut = || Reply::status(200).body("{}").cut(0);
    let cut_head = || Reply::status(200).body("{}").cut(12);
    // It promises more than it has.
    let short = || good().header("content-length", "100000");
    vec![
        Fault {
            endpoint: Some(closed()),
            ..fault("a server that is down", get_run, vec![good()], "no answer", "nothing listens there", 0)
        },
        Fault {
            endpoint: Some(closed()),
            ..fault("a server that is down, asked to change", create_run, vec![good()], "no answer", "nothing listens there", 0)
        },
        Fault {
            // A label may have 63 letters, so nobody is asked for it.
            endpoint: Some(format!("http://{}.invalid", "a".repeat(64))),
            ..fault("an unknown host", get_run, vec![good()], "no answer", "check the spelling of the host", 0)
        },
        Fault {
            endpoint: Some("localhost:8888".to_owned()),
            ..fault("an address without a scheme", get_run, vec![good()], "must begin with http://", "http://localhost:8888", 0)
        },
        Fault {
            endpoint: Some(plain()),
            ..fault("https to a server of http", get_run, vec![good()], "no answer", "write http://", 0)
        },
        fault("a silent server", create_run, vec![good().silent()], "timeout", "firewall", 1),
        survived("two cut connections", get_run, vec![cut(), cut_head(), good()], "Succeeded", 3),
        fault("connections that are always cut", get_run, vec![cut()], "no answer", "a proxy in between", 3),
        fault("a cut connection after a change", create_run, vec![cut(), good()], "no answer", "look whether it was done", 1),
        fault("a head cut after a change", create_run, vec![cut_head(), good()], "no answer", "look whether it was done", 1),
        fault("a cut connection after an upload", upload, vec![cut(), good()], "no answer", "look whether it was done", 1),
        fault("a cut connection after a termination", terminate, vec![cut(), good()], "no answer", "look whether it was done", 1),
        survived("a body cut once", get_run, vec![short().cut(180), good()], "Succeeded", 2),
        fault("a body cut after a change", create_run, vec![short().cut(180), good()], "no answer", "look whether it was done", 1),
        fault("content that is cut", content, vec![short().cut(180)], "did not arrive whole", "fetch it again", 1),
        survived("a connection cut ten times while watching", watch_run, [vec![cut(); 10], vec![good()]].concat(), "lost SUCCEEDED", 11),
    ]
}
