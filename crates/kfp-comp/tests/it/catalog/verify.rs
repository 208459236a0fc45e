//! `catalog verify`: in the real SDKs, against a real registry.

use kfp_registry::Digest;
use kfp_test_registry::{DockerRegistry, Setup};
use kfp_test_support::Sdk;
use serde_json::Value;

use super::{build, image::published, refused, run};
use crate::support::Place;

const INDEX: &str = "../catalog/components/data-ingestion/index.json";

/// The Pythons of both SDKs; the test is skipped without them.
fn pythons() -> Option<[String; 2]> {
    let python = |sdk: Sdk| Some(sdk.python()?.into_os_string().into_string().unwrap());
    Some([python(Sdk::Kfp1)?, python(Sdk::Kfp2)?])
}

/// A catalog of one component whose image is in the registry, last verified long ago.
fn catalog(registry: &DockerRegistry) -> Place {
    let place = Place::new();
    let (mut draft, _) = published(registry);
    draft.tested.clear();
    draft.last_verified = Some("2020-01-01T00:00:00Z".to_owned());
    build(&place.path().join("../catalog"), &[draft]);
    place
}

fn index(place: &Place) -> Value {
    serde_json::from_str(&place.read(INDEX)).unwrap()
}

#[test]
fn what_both_sdks_and_the_registry_confirm_is_recorded() {
    let Some([kfp1, kfp2]) = pythons() else {
        return;
    };
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let place = catalog(&registry);
    let options = ["--catalog", "../catalog"];
    let search = || run(&place, &["search", "ingestion", "--catalog", "../catalog"]).1;
    assert!(search().contains("[stale] Downloads"), "{}", search());
    let file = "../catalog/components/data-ingestion/0.1.0/component.yaml";
    let before = place.read(file);

    let verify = ["catalog", "verify", "--python", &kfp1, "--python", &kfp2];
    let dry = run(&place, &[&verify[..], &options, &["--dry-run"]].concat());
    assert_eq!(dry.0, 0, "{}", dry.2);
    assert!(index(&place)["versions"][0]["compat"]["tested"].is_null());

    let (code, out, err) = run(&place, &[&verify[..], &options, &["--json"]].concat());
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("Verified data-ingestion 0.1.0 with kfp 1.8.22 and 2.17.0"),
        "{err}"
    );
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["components"][0]["problems"], serde_json::json!([]));
    let release = &index(&place)["versions"][0];
    assert_eq!(
        release["compat"]["tested"],
        serde_json::json!(["1.8.22", "2.17.0"])
    );
    assert!(
        place
            .read("../catalog/components/data-ingestion/index.js")
            .contains("2.17.0")
    );
    assert_eq!(place.read(file), before, "a published file never changes");
    assert!(!search().contains("stale"), "{}", search());
    let shown = run(
        &place,
        &["show", "data-ingestion", "--catalog", "../catalog"],
    )
    .1;
    assert!(shown.contains(", with kfp 1.8.22 and 2.17.0"), "{shown}");
}

#[test]
fn what_is_wrong_is_named_and_not_recorded() {
    let Some([kfp1, kfp2]) = pythons() else {
        return;
    };
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let place = catalog(&registry);
    let verify = || {
        let arguments = [
            "catalog",
            "verify",
            "--catalog",
            "../catalog",
            "--python",
            &kfp1,
            "--python",
            &kfp2,
        ];
        run(&place, &arguments)
    };
    let file = "catalog/components/data-ingestion/0.1.0/component.yaml";
    let good = place.read(&format!("../{file}"));
    let record = place.read(INDEX);

    place.write(file, &good.replace("Downloads", "Uploads"));
    let (code, _, err) = verify();
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("is not the file that was published"), "{err}");

    // A component that kfp 2 loads and does not compile, whose index says otherwise.
    let refused = good.replace("type: String", "type: Dataset");
    let sha256 = kfp_catalog::sha256(refused.as_bytes()).to_string();
    place.write(file, &refused);
    let mut broken = index(&place);
    broken["versions"][0]["component"]["sha256"] = sha256.into();
    broken["versions"][0]["component"]["bytes"] = refused.len().into();
    place.write(INDEX.trim_start_matches("../"), &broken.to_string());
    let (code, _, err) = verify();
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("kfp 2.17.0 refuses it: "), "{err}");

    place.write(file, &good);
    place.write(INDEX.trim_start_matches("../"), &record);
    let nowhere = Digest::of(b"nothing").to_string();
    let digest = index(&place)["versions"][0]["image"]["digest"].clone();
    place.write(
        INDEX.trim_start_matches("../"),
        &record.replace(digest.as_str().unwrap(), &nowhere),
    );
    let (code, _, err) = verify();
    assert!(code == 4 && err.contains("does not exist"), "{err}");
    drop(registry);
    let (code, _, err) = verify();
    assert!(
        code == 4 && err.contains("its image could not be checked"),
        "{err}"
    );
    assert!(index(&place)["versions"][0]["compat"]["tested"].is_null());
    assert_eq!(
        index(&place)["versions"][0]["last_verified"],
        "2020-01-01T00:00:00Z"
    );
}

#[test]
fn both_sdks_have_to_be_asked() {
    let Some([kfp1, _]) = pythons() else {
        return;
    };
    let place = super::samples();
    let catalog = ["catalog", "verify", "--catalog", "../catalog", "--python"];
    refused(
        &place,
        &[&catalog[..], &[&kfp1]].concat(),
        &["no `--python` has kfp >=2.0"],
    );
    refused(
        &place,
        &[&catalog[..], &["no-such-python"]].concat(),
        &["could not ask `no-such-python` for its kfp"],
    );
    refused(
        &place,
        &[&catalog[..], &[&kfp1, "nobody"]].concat(),
        &["the catalog has no component named `nobody`"],
    );
}
