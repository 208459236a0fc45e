//! Against a real registry that wants a password, a token or TLS.

use crate::common::{image, publish};
use kfp_registry::{
    Body, Client, Credentials, Digest, Error, Login, Reference, Secret, UploadOutcome,
};
use kfp_test_registry::{DockerRegistry, IDENTITY_TOKEN, Setup, TokenIssuer, USER};

fn client(credentials: Credentials) -> Client {
    Client::builder()
        .credentials(credentials)
        .for_push()
        .max_attempts(1)
        .build()
        .unwrap()
}

#[test]
fn a_password_is_shown_when_asked_for_and_only_then() {
    let Some(registry) = DockerRegistry::start(Setup::Basic) else {
        return;
    };
    let image = image(registry.host(), "acme/app:1.0");
    publish(&client(registry.credentials()), &image, &["amd64"], 100).unwrap();
    let requests = registry.requests().len();
    assert_eq!(
        requests,
        10,
        "nine and one that was challenged: {:#?}",
        registry.requests()
    );
}

#[test]
fn a_missing_and_a_wrong_login_are_told_apart_and_hinted_at() {
    let Some(registry) = DockerRegistry::start(Setup::Basic) else {
        return;
    };
    let image = image(registry.host(), "acme/app:1.0");
    let missing = client(Credentials::none())
        .head_manifest(&image)
        .unwrap_err();
    assert!(matches!(missing, Error::LoginNeeded { .. }), "{missing}");
    assert_eq!(
        missing.hint(),
        Some(format!("docker login {}", registry.host()))
    );
    let wrong = Login::Password {
        user: USER.to_owned(),
        password: Secret::new("sesame"),
    };
    let client = client(Credentials::none().with(registry.host(), wrong));
    let refused = client.head_manifest(&image).unwrap_err();
    assert!(matches!(refused, Error::LoginRefused { .. }), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("sesame"));
    client.head_manifest(&image).unwrap_err();
    assert_eq!(
        registry.requests().len(),
        1 + 2 + 1,
        "a refused password is not sent twice for one request"
    );
}

#[test]
fn a_publish_needs_one_token() {
    let issuer = TokenIssuer::start();
    let Some(registry) = DockerRegistry::start(Setup::Tokens(&issuer)) else {
        return;
    };
    let image = image(registry.host(), "acme/app:1.0");
    publish(
        &client(registry.credentials()),
        &image,
        &["amd64", "arm64"],
        100,
    )
    .unwrap();
    assert_eq!(issuer.requests().len(), 1);
    assert_eq!(registry.requests().len(), 17, "{:#?}", registry.requests());
    assert!(
        issuer.requests()[0]
            .target
            .contains("scope=repository%3Aacme%2Fapp%3Apull%2Cpush")
    );
}

#[test]
fn a_reader_asks_for_no_more_than_reading() {
    let issuer = TokenIssuer::start();
    let Some(registry) = DockerRegistry::start(Setup::Tokens(&issuer)) else {
        return;
    };
    let reader = Client::builder()
        .credentials(Credentials::none())
        .max_attempts(1)
        .build()
        .unwrap();
    assert_eq!(
        reader
            .head_manifest(&image(registry.host(), "acme/app:1.0"))
            .unwrap(),
        None
    );
    assert!(
        issuer.requests()[0]
            .target
            .ends_with("scope=repository%3Aacme%2Fapp%3Apull")
    );
    assert!(issuer.requests()[0].header("authorization").is_none());
}

#[test]
fn a_stranger_may_read_and_not_write() {
    let issuer = TokenIssuer::start();
    let Some(registry) = DockerRegistry::start(Setup::Tokens(&issuer)) else {
        return;
    };
    let error = publish(
        &client(Credentials::none()),
        &image(registry.host(), "acme/app:1.0"),
        &["amd64"],
        100,
    )
    .unwrap_err();
    assert!(matches!(error, Error::LoginNeeded { .. }), "{error}");
}

#[test]
fn a_token_that_ends_is_replaced_in_mid_push() {
    let issuer = TokenIssuer::start();
    issuer.tokens_live(1);
    let Some(registry) = DockerRegistry::start(Setup::Tokens(&issuer)) else {
        return;
    };
    publish(
        &client(registry.credentials()),
        &image(registry.host(), "acme/app:1.0"),
        &["amd64"],
        100,
    )
    .unwrap();
    assert!(
        issuer.requests().len() > 1,
        "a token this short is fetched again before it ends"
    );
}

#[test]
fn a_mount_asks_to_read_its_source() {
    let issuer = TokenIssuer::start();
    let Some(registry) = DockerRegistry::start(Setup::Tokens(&issuer)) else {
        return;
    };
    let client = client(registry.credentials());
    let (first, second) = (
        image(registry.host(), "acme/one"),
        image(registry.host(), "acme/two"),
    );
    let digest = Digest::of(b"shared");
    let put = |image: &Reference, from| {
        client.put_blob(image, &digest, Body::Bytes(b"shared"), from, &|_| ())
    };
    assert_eq!(put(&first, None).unwrap(), UploadOutcome::Uploaded);
    assert_eq!(put(&second, Some(&first)).unwrap(), UploadOutcome::Mounted);
    let last = issuer.requests().pop().unwrap().target;
    assert!(
        last.contains("acme%2Ftwo%3Apull%2Cpush&scope=repository%3Aacme%2Fone%3Apull"),
        "{last}"
    );
    // The first request alone was challenged; a mount and its tokens need no 401 to be told.
    assert_eq!(registry.requests().len(), 6, "{:#?}", registry.requests());
}

#[test]
fn a_token_for_reading_is_not_tried_for_writing() {
    let issuer = TokenIssuer::start();
    let Some(registry) = DockerRegistry::start(Setup::Tokens(&issuer)) else {
        return;
    };
    let client = Client::builder()
        .credentials(registry.credentials())
        .max_attempts(1)
        .build()
        .unwrap();
    let image = image(registry.host(), "acme/app");
    client
        .put_blob(&image, &Digest::of(b"x"), Body::Bytes(b"x"), None, &|_| ())
        .unwrap();
    assert_eq!((registry.requests().len(), issuer.requests().len()), (4, 2));
}

#[test]
fn an_identity_token_is_exchanged_by_post() {
    let issuer = TokenIssuer::start();
    let Some(registry) = DockerRegistry::start(Setup::Tokens(&issuer)) else {
        return;
    };
    let login = Login::IdentityToken {
        user: "<token>".to_owned(),
        token: Secret::new(IDENTITY_TOKEN),
    };
    let credentials = Credentials::none().with(registry.host(), login);
    publish(
        &client(credentials),
        &image(registry.host(), "acme/app:1.0"),
        &["amd64"],
        100,
    )
    .unwrap();
    let form = String::from_utf8(issuer.requests()[0].body.clone()).unwrap();
    assert!(
        form.starts_with("grant_type=refresh%5Ftoken&service=tests&scope=repository%3Aacme%2Fapp"),
        "{form}"
    );
}

#[test]
fn four_threads_share_one_token() {
    let issuer = TokenIssuer::start();
    let Some(registry) = DockerRegistry::start(Setup::Tokens(&issuer)) else {
        return;
    };
    let (client, image) = (
        client(registry.credentials()),
        image(registry.host(), "acme/app:1.0"),
    );
    client.head_manifest(&image).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (client, image) = (&client, &image);
            scope.spawn(move || {
                let blob = format!("blob {thread}").into_bytes();
                client
                    .put_blob(image, &Digest::of(&blob), Body::Bytes(&blob), None, &|_| ())
                    .unwrap();
            });
        }
    });
    assert_eq!(issuer.requests().len(), 1);
}
