//! What the tests against registries share.

use kfp_registry::{
    Body, Client, Descriptor, Digest, Index, MEDIA_TYPE_CONFIG, MEDIA_TYPE_INDEX,
    MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_MANIFEST, Manifest, Platform, Reference, Result,
};

const CONFIG: &[u8] = br#"{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}"#;

/// A reference at a test's registry.
pub(crate) fn image(host: &str, name: &str) -> Reference {
    format!("{host}/{name}").parse().unwrap()
}

/// A layer that is different for each platform.
fn layer(platform: &str, size: usize) -> Vec<u8> {
    platform
        .bytes()
        .cycle()
        .zip(0_u8..=250)
        .map(|(a, b)| a ^ b)
        .cycle()
        .take(size)
        .collect()
}

/// Pushes an index of one image per platform as a publish does: children first, the tag last.
pub(crate) fn publish(
    client: &Client,
    image: &Reference,
    platforms: &[&str],
    size: usize,
) -> Result<Digest> {
    if let Some(digest) = client.head_manifest(image)? {
        return Ok(digest);
    }
    let mut children = Vec::new();
    for platform in platforms {
        let layer = layer(platform, size);
        let config = [CONFIG, platform.as_bytes()].concat();
        for blob in [&layer, &config] {
            client.put_blob(image, &Digest::of(blob), Body::Bytes(blob), None, &|_| ())?;
        }
        let layer = Descriptor::of(MEDIA_TYPE_LAYER_GZIP, &layer);
        let manifest =
            Manifest::new(Descriptor::of(MEDIA_TYPE_CONFIG, &config), vec![layer]).to_bytes();
        let mut child = Descriptor::of(MEDIA_TYPE_MANIFEST, &manifest);
        client.put_manifest(
            &image.with_digest(child.digest),
            MEDIA_TYPE_MANIFEST,
            &manifest,
        )?;
        child.platform = Some(Platform {
            architecture: (*platform).into(),
            os: "linux".into(),
            variant: None,
        });
        children.push(child);
    }
    let index = Index::new(children).to_bytes();
    client.put_manifest(image, MEDIA_TYPE_INDEX, &index)
}
