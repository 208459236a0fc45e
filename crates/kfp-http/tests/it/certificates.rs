//! Whom agents trust, and what they show of themselves.

use std::fs;
use std::io::{BufReader, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use kfp_http::{Error, Network, TlsFailure, tls_failure};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;
use ureq::Agent;

use crate::server::{proxy, read, respond, serve};
use crate::{agent, get, network};

/// A CA, and files signed by it.
struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    fn sign(&self, names: &[&str]) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let names = names.iter().map(|name| (*name).to_owned());
        let params = CertificateParams::new(names.collect::<Vec<_>>()).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// Writes `client.cert` and `client.key`.
    fn client(&self) {
        let (certificate, key) = self.sign(&[]);
        fs::write(self.file("client.cert"), certificate.pem()).unwrap();
        fs::write(self.file("client.key"), key.serialize_pem()).unwrap();
    }

    /// An https server for `localhost` and `registry.test`. It tells whether the client showed a certificate.
    fn serve(&self, wants_client: bool) -> String {
        let (certificate, key) = self.sign(&["localhost", "registry.test"]);
        self.serve_with(&certificate, &key, wants_client)
    }

    /// An https server that shows a certificate.
    fn serve_with(
        &self,
        certificate: &rcgen::Certificate,
        key: &KeyPair,
        wants_client: bool,
    ) -> String {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if wants_client {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = builder.with_single_cert(vec![certificate.der().clone()], key);
        let config = Arc::new(config.unwrap());
        let address = serve(move |stream| {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(session, stream);
            read(&mut BufReader::new(Unbuffered(&mut stream)))?;
            let shown = stream.conn.peer_certificates().map_or(0, <[_]>::len);
            respond(&mut stream, &format!("shown: {shown}"))?;
            stream.conn.send_close_notify();
            stream.flush()
        });
        format!("https://localhost:{}/", address.rsplit(':').next().unwrap())
    }
}

/// Reads from a stream that is written to afterwards.
struct Unbuffered<'a, T>(&'a mut T);

impl<T: Read> Read for Unbuffered<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

#[test]
fn a_ca_is_trusted_where_it_is_named_and_only_there() {
    let authority = Authority::new();
    let url = authority.serve(false);
    let error = get(&agent(&network(&[])), &url).unwrap_err();
    assert_eq!(tls_failure(&error), Some(TlsFailure::Untrusted), "{error}");
    let named = agent(&network(&[]).with_ca_file(authority.file("ca.pem")));
    assert_eq!(get(&named, &url).unwrap(), "shown: 0");

    let certs = authority.folder.path().join("certs");
    fs::create_dir(&certs).unwrap();
    fs::copy(authority.file("ca.pem"), certs.join("acme.pem")).unwrap();
    let (file, folder) = (authority.text("ca.pem"), authority.text("certs"));
    let several = format!("/no/such/folder:{folder}");
    for (variable, value) in [
        ("SSL_CERT_FILE", &file),
        ("SSL_CERT_DIR", &folder),
        ("SSL_CERT_DIR", &several),
    ] {
        let agent = agent(&network(&[(variable, value)]));
        assert_eq!(get(&agent, &url).unwrap(), "shown: 0", "{variable}={value}");
    }
}

#[test]
fn a_named_ca_comes_on_top_of_those_of_the_environment() {
    let (first, second) = (Authority::new(), Authority::new());
    let network = network(&[("SSL_CERT_FILE", &first.text("ca.pem"))]);
    let agent = agent(&network.with_ca_file(second.file("ca.pem")));
    for authority in [&first, &second] {
        assert_eq!(get(&agent, &authority.serve(false)).unwrap(), "shown: 0");
    }
}

#[test]
fn a_certificate_that_no_ca_makes_usable_is_told_with_what_has_to_change() {
    let authority = Authority::new();
    let trusting = agent(&network(&[]).with_ca_file(authority.file("ca.pem")));
    let advice = |url: &str| match tls_failure(&get(&trusting, url).unwrap_err()) {
        Some(TlsFailure::Unusable(advice)) => advice,
        failure => panic!("{failure:?}"),
    };
    let sign = |change: fn(&mut CertificateParams)| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &authority.issuer).unwrap();
        authority.serve_with(&certificate, &key, false)
    };
    let of_a_ca = sign(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert!(advice(&of_a_ca).contains("CA:FALSE"));
    let expired = sign(|params| params.not_after = rcgen::date_time_ymd(2001, 1, 1));
    assert!(advice(&expired).contains("valid now"));
    let (certificate, key) = authority.sign(&["registry.test"]);
    let of_another_host = authority.serve_with(&certificate, &key, false);
    assert!(advice(&of_another_host).contains("by a name that its certificate is for"));
}

#[test]
fn a_server_that_speaks_no_tls_is_told_from_one_that_is_not_trusted() {
    let plain = serve(|mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    });
    let port = plain.rsplit(':').next().unwrap();
    let error = get(&agent(&network(&[])), &format!("https://localhost:{port}/")).unwrap_err();
    assert_eq!(tls_failure(&error), Some(TlsFailure::NotTls), "{error}");
}

#[test]
fn an_empty_variable_chooses_no_certificates() {
    let authority = Authority::new();
    let network = network(&[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "")]);
    let agent = agent(&network.with_ca_file(authority.file("ca.pem")));
    assert_eq!(get(&agent, &authority.serve(false)).unwrap(), "shown: 0");
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let authority = Authority::new();
    let empty = authority.file("empty.pem");
    fs::write(&empty, "nothing").unwrap();
    fs::create_dir(authority.file("none")).unwrap();
    let (missing, none) = (authority.text("missing.pem"), authority.text("none"));
    let failure = |network: &Network| network.agent(Agent::config_builder).unwrap_err();
    let plain = || network(&[]);

    let error = failure(&plain().with_ca_file(&missing));
    assert!(matches!(&error, Error::File { path, .. } if *path == authority.file("missing.pem")));
    let error = failure(&plain().with_ca_file(&empty));
    assert!(matches!(error, Error::NoCertificate { .. }), "{error}");
    assert!(error.hint().unwrap().contains("BEGIN CERTIFICATE"));
    for (variable, value, problem) in [
        ("SSL_CERT_FILE", &missing, "which cannot be read"),
        (
            "SSL_CERT_FILE",
            &empty.display().to_string(),
            "which holds no certificate",
        ),
        ("SSL_CERT_DIR", &none, "which holds no certificate"),
    ] {
        let error = failure(&network(&[(variable, value)])).to_string();
        let expected = format!("`{variable}` in the environment is {value}, {problem}");
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let authority = Authority::new();
    authority.client();
    let url = authority.serve(true);
    let network = network(&[]).with_ca_file(authority.file("ca.pem"));
    let error = get(&agent(&network), &url).unwrap_err();
    assert_eq!(
        tls_failure(&error),
        Some(TlsFailure::ClientCertificate),
        "{error}"
    );
    let network = network
        .with_client_certificate(authority.file("client.cert"), authority.file("client.key"));
    assert_eq!(get(&agent(&network), &url).unwrap(), "shown: 1");
}

#[test]
fn a_client_certificate_without_its_key_is_refused_before_anything_is_sent() {
    let (authority, other) = (Authority::new(), Authority::new());
    authority.client();
    other.client();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let network = network(&[]).with_crypto_provider(provider);
    let failure = |key: PathBuf| {
        let certificate = authority.file("client.cert");
        let network = network.clone().with_client_certificate(certificate, key);
        network.agent(Agent::config_builder).unwrap_err()
    };
    let error = failure(other.file("client.key"));
    assert!(matches!(error, Error::ClientCertificate { .. }), "{error}");
    let error = failure(authority.file("client.cert"));
    assert!(matches!(error, Error::NoPrivateKey { .. }), "{error}");
}

#[test]
fn a_server_behind_a_tunnel_is_verified_by_its_own_name() {
    let authority = Authority::new();
    let url = authority.serve(false);
    let upstream = url.trim_start_matches("https://").trim_end_matches('/');
    let (address, _heads) = proxy(upstream.to_owned());
    let network = network(&[("https_proxy", &address)]).with_ca_file(authority.file("ca.pem"));
    let agent = agent(&network);
    assert_eq!(get(&agent, "https://registry.test/").unwrap(), "shown: 0");
    assert!(get(&agent, "https://other.test/").is_err());
}
