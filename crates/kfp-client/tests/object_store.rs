//! Artifacts from a server of S3's API.

#![cfg(feature = "object-store")]

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use kfp_client::{object_store::ObjectStore, outputs::Artifact};
use kfp_http::Network;
use kfp_test_support::{FaultServer, Reply};

struct Server {
    process: Child,
    endpoint: String,
}

impl Server {
    fn start() -> Option<Self> {
        let mut process = Command::new(kfp_test_support::stores_python()?)
            .args([
                "-I",
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/objects.py"),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let address = stdout
            .lines()
            .map_while(Result::ok)
            .find(|line| line.starts_with("http"));
        Some(Self {
            process,
            endpoint: address.expect("an address"),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _already_ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

fn store(endpoint: &str) -> ObjectStore {
    let network = Network::from_env();
    ObjectStore::with_key(&network, Some(endpoint.to_owned()), None, "key", "s3cret").unwrap()
}

fn artifact(uri: &str) -> Artifact {
    Artifact {
        uri: uri.to_owned(),
        ..Artifact::default()
    }
}

#[test]
fn a_file_a_directory_and_a_long_list_are_read_from_a_real_server() {
    let Some(server) = Server::start() else {
        return;
    };
    let store = store(&server.endpoint);
    for scheme in ["s3", "minio", "gs"] {
        let model = artifact(&format!("{scheme}://mlpipeline/runs/1/model"));
        let location = model.location().unwrap();
        let files = store.list(location).unwrap();
        let paths: Vec<_> = files
            .iter()
            .map(|file| (file.path.as_str(), file.size))
            .collect();
        assert_eq!(paths, [("nested/notes a+b.txt", 5), ("weights.bin", 3)]);
        let mut notes = Vec::new();
        let file = kfp_client::outputs::Location {
            key: &files[0].key,
            ..location
        };
        assert_eq!(store.read(file, &mut notes).unwrap(), 5);
        assert_eq!(notes, b"hello");
    }
    let data = artifact("s3://mlpipeline/runs/1/data");
    let files = store.list(data.location().unwrap()).unwrap();
    assert_eq!((files.len(), files[0].path.as_str()), (1, "data"));
    let many = artifact("s3://mlpipeline/many");
    assert_eq!(store.list(many.location().unwrap()).unwrap().len(), 1200);

    let nothing = artifact("s3://mlpipeline/runs/2/model");
    let error = store.list(nothing.location().unwrap()).unwrap_err();
    assert!(error.to_string().contains("nothing of that key"), "{error}");
    let nowhere = artifact("s3://nobucket/a");
    let error = store
        .read(nowhere.location().unwrap(), &mut Vec::new())
        .unwrap_err();
    assert_eq!(error.api().unwrap().status, 404, "{error}");
    assert!(
        error.to_string().starts_with("GET s3://nobucket/a: "),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("AWS_ENDPOINT_URL"));
}

#[test]
fn a_refusal_is_in_the_stores_words_and_shows_no_secret() {
    let body = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>";
    let server = FaultServer::start(move |_| Reply::status(403).body(body));
    let store = store(&format!("http://{}", server.host()));
    let data = artifact("minio://mlpipeline/data");
    let error = store.list(data.location().unwrap()).unwrap_err();
    let text = format!("{error} {error:?} {store:?}");
    assert!(text.contains("Access Denied. (status 403)"), "{text}");
    assert!(
        !text.contains("s3cret") && !text.contains("Signature"),
        "{text}"
    );
    assert!(error.hint().unwrap().contains("AWS_ACCESS_KEY_ID"));
    let target = &server.requests()[0].target;
    assert!(target.starts_with("/mlpipeline"), "{target}");
    assert!(
        target.contains("X-Amz-Signature=") && !target.contains("s3cret"),
        "{target}"
    );
}

#[test]
fn a_list_that_goes_round_in_circles_ends() {
    let page = "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>true</IsTruncated><NextContinuationToken>one\
        </NextContinuationToken></ListBucketResult>";
    let server = FaultServer::start(move |_| Reply::status(200).body(page));
    let store = store(&format!("http://{}", server.host()));
    let data = artifact("s3://mlpipeline/data");
    let error = store.list(data.location().unwrap()).unwrap_err();
    assert!(error.to_string().contains("does not go on"), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_store_without_an_address_is_said_to_have_none() {
    let network = Network::from_env();
    let store = ObjectStore::with_key(&network, None, None, "key", "s3cret").unwrap();
    let data = artifact("minio://mlpipeline/data");
    let error = store.list(data.location().unwrap()).unwrap_err();
    assert!(
        error.to_string().contains("AWS_ENDPOINT_URL is not set"),
        "{error}"
    );
}
