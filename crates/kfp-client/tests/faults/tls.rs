//! Servers of https.

use std::{io::Read as _, net::TcpListener, sync::Arc, thread};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::{Fault, create_run, fault, get_run, good};

/// A server whose certificate nobody has signed.
fn server() -> String {
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            // The handshake is as far as it gets.
            let _refused = StreamOwned::new(session, stream).read(&mut [0]);
        }
    });
    format!("localhost:{port}")
}

// A row is a line.
#[rustfmt::skip]
pub(super) fn faults() -> Vec<Fault> {
    let (one, other, third) = (server(), server(), server());
    let authority = "certificate authority";
    vec![
        Fault {
            endpoint: Some(format!("https://{one}")),
            ..fault("an unknown authority", get_run, vec![good()], "no answer", authority, 0)
        },
        Fault {
            endpoint: Some(format!("https://{other}")),
            ..fault("an unknown authority, asked to change", create_run, vec![good()], "no answer", authority, 0)
        },
        Fault {
            endpoint: Some(format!("http://{third}")),
            ..fault("http to a server of https", get_run, vec![good()], "no answer", "https:// in place of http://", 0)
        },
    ]
}
