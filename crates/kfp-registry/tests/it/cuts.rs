//! A publish through a network that breaks at one byte: it succeeds, and nothing it leaves is incomplete.

use kfp_registry::{Client, Credentials, Index, Manifest};
use kfp_test_registry::{Direction, DockerRegistry, Proxy, Setup};

use crate::common::{image, publish};
use crate::script::{anonymous, eager};

const SIZE: usize = 200_000;
const CUTS: u64 = 16;

fn pusher() -> Client {
    eager(
        Client::builder()
            .credentials(Credentials::none())
            .for_push(),
    )
    .0
}

#[test]
fn a_publish_survives_a_cut_anywhere_in_its_requests_and_answers() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    for direction in [Direction::Request, Direction::Response] {
        let whole = Proxy::start(registry.host(), None);
        publish(
            &pusher(),
            &image(whole.host(), &format!("{direction:?}/00:1").to_lowercase()),
            &["amd64"],
            SIZE,
        )
        .unwrap();
        let bytes = whole.bytes(direction);
        for cut in 0..CUTS {
            let at = bytes * cut / CUTS;
            let proxy = Proxy::start(registry.host(), Some((direction, at)));
            let name = format!("{direction:?}/{cut:02}x:1").to_lowercase();
            let digest = publish(&pusher(), &image(proxy.host(), &name), &["amd64"], SIZE)
                .unwrap_or_else(|error| panic!("{direction:?} cut at {at} of {bytes}: {error}"));
            let image = image(registry.host(), &name);
            let index = anonymous().manifest(&image).unwrap().unwrap();
            assert_eq!(index.digest, digest);
            let index: Index = serde_json::from_slice(&index.bytes).unwrap();
            for child in index.manifests {
                let manifest = anonymous()
                    .manifest(&image.with_digest(child.digest))
                    .unwrap()
                    .unwrap();
                let manifest: Manifest = serde_json::from_slice(&manifest.bytes).unwrap();
                for blob in manifest.layers.into_iter().chain([manifest.config]) {
                    assert_eq!(
                        anonymous()
                            .blob(&image, &blob.digest, blob.size)
                            .unwrap()
                            .len() as u64,
                        blob.size
                    );
                }
            }
        }
    }
}
