//! Manifests from registries that lie, ramble, are slow or are not there.

use crate::common::image;
use crate::script::{BLOB, MANIFEST, always, anonymous, is, known, manifest, normal};
use kfp_registry::{
    Descriptor, Digest, Error, Listing, MEDIA_TYPE_EMPTY, MEDIA_TYPE_INDEX, Manifest,
};
use kfp_test_registry::{FaultServer, Reply, Request};

#[test]
fn all_four_manifest_types_are_accepted() {
    let server = FaultServer::start(normal);
    let image = image(server.host(), "acme/app:1");
    anonymous().head_manifest(&image).unwrap();
    anonymous().manifest(&image).unwrap();
    for request in server.requests() {
        let accept = request.header("accept").unwrap();
        for kind in [
            "oci.image.index.v1",
            "oci.image.manifest.v1",
            "manifest.list.v2",
            "distribution.manifest.v2",
        ] {
            assert!(accept.contains(kind), "{} lacks {kind}", request.line());
        }
    }
}

#[test]
fn a_head_without_a_digest_is_followed_by_a_get() {
    let plain = Reply::status(200).header("content-type", MEDIA_TYPE_INDEX);
    let server = FaultServer::start(move |request| match request.method.as_str() {
        "GET" => plain.clone().body(MANIFEST),
        _ => plain.clone(),
    });
    let found = anonymous()
        .head_manifest(&image(server.host(), "acme/app:1"))
        .unwrap();
    assert_eq!(found, Some(Digest::of(MANIFEST)));
    assert_eq!(
        server.lines(),
        [
            "HEAD /v2/acme/app/manifests/1",
            "GET /v2/acme/app/manifests/1"
        ]
    );
}

#[test]
fn a_manifest_is_put_as_what_its_type_says() {
    let server = FaultServer::start(normal);
    anonymous()
        .put_manifest(
            &image(server.host(), "acme/app:1"),
            MEDIA_TYPE_INDEX,
            MANIFEST,
        )
        .unwrap();
    let request = server.requests().remove(0);
    assert_eq!(request.header("content-type"), Some(MEDIA_TYPE_INDEX));
    assert_eq!(request.body, MANIFEST);
}

#[test]
fn a_lie_about_a_digest_is_found_out() {
    let other = Digest::of(b"other");
    let lie = || Reply::status(201).header("docker-content-digest", other.to_string());
    let (client, wanted) = (anonymous(), Digest::of(MANIFEST));
    let is_mismatch = |error: Error| {
        assert!(matches!(error, Error::DigestMismatch { .. }), "{error}");
        assert!(error.hint().is_some());
    };

    let server = always(is("GET"), manifest(b"{\"schemaVersion\":2}"));
    let tagged = image(server.host(), "acme/app:1");
    is_mismatch(client.manifest(&tagged).unwrap_err());
    is_mismatch(client.manifest(&tagged.with_digest(other)).unwrap_err());
    is_mismatch(
        client
            .head_manifest(&tagged.with_digest(other))
            .unwrap_err(),
    );

    let server = always(is("PUT"), lie());
    let tagged = image(server.host(), "acme/app:1");
    is_mismatch(
        client
            .put_manifest(&tagged, MEDIA_TYPE_INDEX, MANIFEST)
            .unwrap_err(),
    );

    let server = always(is("GET"), Reply::status(200).body("not the blob"));
    let tagged = image(server.host(), "acme/app:1");
    is_mismatch(client.blob(&tagged, &wanted, 1000).unwrap_err());
    let mut reader = client
        .read_blob(&tagged, &Descriptor::new("", wanted, 12))
        .unwrap();
    assert_eq!(
        std::io::copy(&mut reader, &mut std::io::sink())
            .unwrap_err()
            .kind(),
        std::io::ErrorKind::InvalidData
    );
}

#[test]
fn a_digest_of_another_kind_is_not_believed() {
    let strange = Reply::status(200)
        .header("docker-content-digest", "sha256:../../etc/passwd")
        .body(MANIFEST);
    let server = always(|_| true, strange);
    let error = anonymous()
        .head_manifest(&image(server.host(), "acme/app:1"))
        .unwrap_err();
    assert!(matches!(error, Error::Digest { .. }), "{error}");
}

#[test]
fn a_web_page_is_no_manifest() {
    let page = Reply::status(200)
        .header("content-type", "text/html")
        .body("<html>hello</html>");
    let server = always(|_| true, page);
    let image = image(server.host(), "acme/app:1");
    for error in [
        anonymous().head_manifest(&image).unwrap_err(),
        anonymous().manifest(&image).unwrap_err(),
    ] {
        assert!(error.to_string().contains("a web page"), "{error}");
    }
    let server = always(
        |_| true,
        Reply::status(200)
            .header("content-type", MEDIA_TYPE_INDEX)
            .body("<html>"),
    );
    let error = anonymous()
        .manifest(&crate::common::image(server.host(), "acme/app:1"))
        .unwrap_err();
    assert!(error.to_string().contains("not a manifest"), "{error}");
}

#[test]
fn a_manifest_of_five_gigabytes_is_not_read() {
    let announced = manifest(b"{").header("content-length", "5000000000");
    let endless = manifest(&[b' '; 4096]).endless();
    for reply in [announced, endless] {
        let server = always(is("GET"), reply);
        let error = anonymous()
            .manifest(&image(server.host(), "acme/app:1"))
            .unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
        assert!(error.hint().unwrap().contains("is a container registry"));
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_redirect_is_followed_and_no_login_goes_along() {
    let storage = FaultServer::start(normal);
    let elsewhere = format!("http://{}/v2/acme/app/blobs/x", storage.host());
    let server = FaultServer::start(move |request| match request.header("authorization") {
        None => Reply::status(401).header("www-authenticate", "Basic realm=\"tests\""),
        Some(_) => Reply::status(307).header("location", &elsewhere),
    });
    let image = image(server.host(), "acme/app");
    assert_eq!(
        known(server.host())
            .blob(&image, &Digest::of(BLOB), 1000)
            .unwrap(),
        BLOB
    );
    assert_eq!(storage.requests()[0].header("authorization"), None);
}

#[test]
fn redirects_in_circles_end() {
    let server = always(
        |_| true,
        Reply::status(302).header("location", "/v2/acme/app/manifests/1"),
    );
    let error = anonymous()
        .manifest(&image(server.host(), "acme/app:1"))
        .unwrap_err();
    assert!(error.to_string().contains("in circles"), "{error}");
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_registry_with_referrers_is_believed_and_read_page_by_page() {
    let one = Descriptor::of("application/vnd.oci.image.manifest.v1+json", b"one");
    let page = |name: &[u8]| {
        let descriptor = Descriptor::of("application/vnd.oci.image.manifest.v1+json", name);
        let index = kfp_registry::Index::new(vec![descriptor]).to_bytes();
        Reply::status(200)
            .header("content-type", MEDIA_TYPE_INDEX)
            .body(index)
    };
    let server = FaultServer::start(move |request| match request.target.as_str() {
        target if target.contains("page=2") => page(b"two"),
        target if target.contains("/referrers/") => {
            page(b"one").header("link", format!("<{}?page=2>; rel=\"next\"", request.target))
        }
        _ if request.method == "PUT" => {
            Reply::status(201).header("oci-subject", Digest::of(MANIFEST).to_string())
        }
        _ => normal(request),
    });
    let (client, image) = (anonymous(), image(server.host(), "acme/app:1"));
    let subject = Descriptor::of(MEDIA_TYPE_INDEX, MANIFEST);
    let empty = Descriptor::of(MEDIA_TYPE_EMPTY, b"{}");
    client
        .attach(&image, &subject, Manifest::new(empty, Vec::new()))
        .unwrap();
    assert_eq!(
        server.requests().len(),
        1,
        "no fallback tag where the registry keeps the list"
    );
    let found = client.referrers(&image, &subject.digest).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], one);
}

#[test]
fn a_referrers_tag_that_holds_something_else_is_left_alone() {
    for other in [
        r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}"#,
        r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[]}"#,
    ] {
        let server = always(is("GET"), Reply::status(200).body(other));
        let subject = Descriptor::of(MEDIA_TYPE_INDEX, MANIFEST);
        let about = Manifest::new(Descriptor::of(MEDIA_TYPE_EMPTY, b"{}"), Vec::new());
        let attached = anonymous()
            .attach(&image(server.host(), "acme/app:1"), &subject, about)
            .unwrap();
        let Listing::Refused(error) = attached.listing else {
            panic!("{attached:?}");
        };
        assert!(error.to_string().contains("not an image index"), "{error}");
        assert_eq!(
            server
                .requests()
                .iter()
                .filter(|request| request.method == "PUT")
                .count(),
            1
        );
    }
}

#[test]
fn a_list_of_tags_is_read_to_its_end_and_has_one() {
    let page = |request: &Request, last: bool| {
        let (_, number) = request.target.rsplit_once('=').unwrap_or(("", "0"));
        let body = format!(r#"{{"name":"acme/app","tags":["{number}"]}}"#);
        let next = format!(
            "</v2/acme/app/tags/list?n={}>; rel=\"next\"",
            number.parse::<u32>().unwrap() + 1
        );
        let reply = Reply::status(200).body(body);
        if last {
            reply
        } else {
            reply.header("link", next)
        }
    };
    let server = FaultServer::start(move |request| page(request, request.target.ends_with("=2")));
    assert_eq!(
        anonymous().tags(&image(server.host(), "acme/app")).unwrap(),
        ["0", "1", "2"]
    );
    let server = FaultServer::start(move |request| page(request, false));
    let error = anonymous()
        .tags(&image(server.host(), "acme/app"))
        .unwrap_err();
    assert!(error.to_string().contains("without end"), "{error}");
}
