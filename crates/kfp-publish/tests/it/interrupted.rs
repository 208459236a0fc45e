//! Publishing that is cut off: whatever is left names nothing that is missing, and the next run completes it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support;
use crate::support::{packed, publish};
use kfp_component_yaml::label;
use kfp_publish::push::Pushed;
use kfp_registry::{Client, Fetched, Index, Manifest, Reference};
use kfp_test_registry::{Direction, DockerRegistry, Proxy, Setup};

const KILLS: u32 = 50;

fn client() -> Client {
    Client::builder()
        .for_push()
        .wait(|_, _| ())
        .build()
        .unwrap()
}

/// Fails if the registry has an index or manifest that names something missing, by tag or by the expected digest, or
/// if the catalog has an entry that leads nowhere. Says how far the publication came.
fn check_consistency(host: &str, catalog: &Path, name: &str, text: &str) -> &'static str {
    let client = client();
    let repository: Reference = format!("{host}/acme/{name}").parse().unwrap();
    let tags = client.tags(&repository).unwrap_or_default();
    let digest = packed(name, text).digest();
    let mut open: Vec<Reference> = tags
        .iter()
        .map(|tag| repository.with_tag(tag).unwrap())
        .collect();
    open.extend(
        client
            .head_manifest(&repository.with_digest(digest))
            .unwrap()
            .map(|digest| repository.with_digest(digest)),
    );
    let mut indexed = false;
    while let Some(reference) = open.pop() {
        let found = manifest(&client, &reference);
        indexed |= found.digest == digest;
        if let Ok(index) = serde_json::from_slice::<Index>(&found.bytes) {
            open.extend(
                index
                    .manifests
                    .iter()
                    .map(|child| repository.with_digest(child.digest)),
            );
        } else {
            let manifest: Manifest = serde_json::from_slice(&found.bytes).unwrap();
            for blob in manifest.layers.iter().chain([&manifest.config]) {
                assert!(
                    client.has_blob(&repository, &blob.digest).unwrap(),
                    "{reference} names a missing {}",
                    blob.digest
                );
            }
        }
    }
    let entry = catalog.join(format!("components/{name}/1.0.0/component.yaml"));
    let entry = std::fs::read_to_string(entry).ok();
    if let Some(entry) = &entry {
        let image: Reference = label::image(entry).unwrap().parse().unwrap();
        assert_eq!(image.digest(), Some(&digest));
        assert!(
            indexed && client.manifest(&image).unwrap().is_some(),
            "the catalog names {image}, which is missing"
        );
    }
    match (
        entry.is_some(),
        tags.iter().any(|tag| tag == "1.0.0"),
        indexed,
    ) {
        (true, true, _) => "pinned",
        (true, false, _) => panic!("the catalog came before the tag"),
        (false, true, _) => "tagged",
        (false, false, true) => "indexed",
        (false, false, false) => "begun",
    }
}

/// The manifest of a tag or digest that the registry names. Docker's registry lists a tag before it writes what the tag
/// leads to, and may still be at the last request of a publisher that was killed.
fn manifest(client: &Client, reference: &Reference) -> Fetched {
    let start = Instant::now();
    loop {
        if let Some(found) = client.manifest(reference).unwrap() {
            return found;
        }
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{reference} is named and missing"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What the test below kills: this test's own program, publishing once.
#[test]
#[ignore = "the publisher that another test starts and kills"]
fn publisher() {
    let variable = |name| std::env::var(name).unwrap();
    let (host, catalog, name) = (
        variable("PUBLISH_TO"),
        variable("PUBLISH_CATALOG"),
        variable("PUBLISH_NAME"),
    );
    // Packed before the signal, so that the kill falls into the publication.
    let image = packed(&name, &name);
    let (to, client) = (support::target(&name, &host), client());
    println!("\nready");
    support::publish_to(&to, &image, &client, Path::new(&catalog), &support::Silence).unwrap();
}

/// Starts a publisher and waits until it begins; kills it after `life`. Says how long it went on.
fn publish_for(host: &str, catalog: &Path, name: &str, life: Option<Duration>) -> Duration {
    let mut publisher = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "interrupted::publisher",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("PUBLISH_TO", host)
        .env("PUBLISH_CATALOG", catalog)
        .env("PUBLISH_NAME", name)
        .env("HELLO_PROGRAM", catalog.join("../hello"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(publisher.stdout.take().unwrap()).lines();
    assert!(
        lines.any(|line| line.unwrap() == "ready"),
        "the publisher never began"
    );
    let began = Instant::now();
    if let Some(life) = life {
        std::thread::sleep(life);
        publisher.kill().unwrap();
        publisher.wait().unwrap();
    } else {
        lines.for_each(drop);
        assert!(publisher.wait().unwrap().success());
    }
    began.elapsed()
}

#[test]
fn a_killed_publisher_leaves_nothing_that_names_what_is_missing() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(support::below(&folder, "hello"), support::hello()).unwrap();
    let catalog = support::below(&folder, "catalog");
    std::fs::create_dir(&catalog).unwrap();
    let mut whole = ["whole-1", "whole-2", "whole-3"]
        .map(|name| publish_for(registry.host(), &catalog, name, None));
    whole.sort();
    let whole = whole[1];
    assert_eq!(
        check_consistency(registry.host(), &catalog, "whole-1", "whole-1"),
        "pinned"
    );

    let mut reached = std::collections::BTreeMap::<_, u32>::new();
    let mut random =
        std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 0);
    for kill in 0..KILLS {
        // A random moment of every fiftieth of twice the time a publication takes: the machine may be slower now.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let jitter = f64::from(u32::try_from(random >> 32).unwrap()) / f64::from(u32::MAX);
        let life = 2 * whole.mul_f64((f64::from(kill) + jitter) / f64::from(KILLS));
        let name = format!("killed-{kill}");
        publish_for(registry.host(), &catalog, &name, Some(life));
        *reached
            .entry(check_consistency(registry.host(), &catalog, &name, &name))
            .or_default() += 1;

        publish(&name, &name, &client(), registry.host(), &catalog).unwrap();
        assert_eq!(
            check_consistency(registry.host(), &catalog, &name, &name),
            "pinned"
        );
    }
    println!("{KILLS} kills within {whole:?} reached {reached:?}");
    assert!(
        reached.contains_key("begun"),
        "no kill came before the index"
    );
}

#[test]
fn a_connection_cut_at_any_eighth_is_tried_again() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    for direction in [Direction::Request, Direction::Response] {
        let whole = {
            let (proxy, catalog) = (
                Proxy::start(registry.host(), None),
                tempfile::tempdir().unwrap(),
            );
            publish(
                "measured",
                &format!("{direction:?}"),
                &client(),
                proxy.host(),
                catalog.path(),
            )
            .ok();
            proxy.bytes(direction)
        };
        assert!(whole > 0);
        for eighth in 0..8 {
            let name = format!("cut-{eighth}-{}", format!("{direction:?}").to_lowercase());
            let proxy = Proxy::start(registry.host(), Some((direction, whole * eighth / 8)));
            let catalog = tempfile::tempdir().unwrap();
            let pushed = publish(&name, &name, &client(), proxy.host(), catalog.path());
            assert!(
                matches!(pushed, Ok(Pushed::Published)),
                "{name}: {}",
                pushed.unwrap_err().report()
            );
            assert_eq!(
                check_consistency(proxy.host(), catalog.path(), &name, &name),
                "pinned"
            );
        }
    }
}
