//! Manifests and indexes: their bytes are their identity.

use std::collections::BTreeMap;

use kfp_registry::{
    Descriptor, Digest, EMPTY_JSON, Index, MEDIA_TYPE_CONFIG, MEDIA_TYPE_LAYER_GZIP,
    MEDIA_TYPE_MANIFEST, Manifest, Platform,
};

fn manifest() -> Manifest {
    let config = Descriptor::of(MEDIA_TYPE_CONFIG, EMPTY_JSON);
    let mut manifest = Manifest::new(
        config,
        vec![Descriptor::of(MEDIA_TYPE_LAYER_GZIP, b"layer")],
    );
    manifest.annotations = BTreeMap::from([
        ("b".to_owned(), "2".to_owned()),
        ("a".to_owned(), "1".to_owned()),
    ]);
    manifest
}

#[test]
fn a_manifest_has_the_same_bytes_for_ever() {
    let expected = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"LAYER","size":5}],"annotations":{"a":"1","b":"2"}}"#;
    let layer = Digest::of(b"layer").to_string();
    let expected = expected.replace("LAYER", &layer);
    assert_eq!(String::from_utf8(manifest().to_bytes()).unwrap(), expected);
    let read: Manifest = serde_json::from_slice(&manifest().to_bytes()).unwrap();
    assert_eq!(read, manifest());
}

#[test]
fn an_index_states_its_type_and_its_platforms() {
    let mut child = Descriptor::of(MEDIA_TYPE_MANIFEST, &manifest().to_bytes());
    child.platform = Some(Platform {
        architecture: "arm".into(),
        os: "linux".into(),
        variant: Some("v7".into()),
    });
    let index: serde_json::Value =
        serde_json::from_slice(&Index::new(vec![child]).to_bytes()).unwrap();
    assert_eq!(
        index["mediaType"],
        "application/vnd.oci.image.index.v1+json"
    );
    let platform = serde_json::json!({ "architecture": "arm", "os": "linux", "variant": "v7" });
    assert_eq!(index["manifests"][0]["platform"], platform);
    assert_eq!(index["manifests"][0].get("annotations"), None);
}
