//! The image configuration: how the program is started and what `docker inspect` shows.
//!
//! Has no entry point: KFP's local runner passes the whole command, and an entry point would double it.

use std::collections::BTreeMap;

use kfp_registry::Digest;
use serde::Serialize;

use super::{ImageMetadata, rootfs};
use kfp_workspace::Platform;

#[derive(Serialize)]
struct Config<'a> {
    created: &'a str,
    architecture: &'static str,
    os: &'static str,
    #[serde(rename = "config")]
    runtime: Runtime<'a>,
    rootfs: RootFs,
    history: [History<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Runtime<'a> {
    user: &'static str,
    cmd: [String; 1],
    working_dir: &'static str,
    labels: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct RootFs {
    r#type: &'static str,
    diff_ids: [Digest; 1],
}

#[derive(Serialize)]
struct History<'a> {
    created: &'a str,
    created_by: &'static str,
}

/// The configuration's exact bytes. `annotations` become labels, because `docker inspect` shows only those.
pub(super) fn render(
    metadata: &ImageMetadata,
    platform: Platform,
    annotations: &BTreeMap<String, String>,
    diff_id: Digest,
) -> Vec<u8> {
    let mut labels: BTreeMap<&str, &str> = annotations
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    if let Some(interface) = &metadata.interface {
        labels.insert(kfp_component_yaml::label::COMPONENT, interface);
    }
    let config = Config {
        created: &metadata.created,
        architecture: platform.architecture(),
        os: "linux",
        runtime: Runtime {
            user: rootfs::USER,
            cmd: [format!("/{}", metadata.name)],
            working_dir: "/",
            labels,
        },
        rootfs: RootFs {
            r#type: "layers",
            diff_ids: [diff_id],
        },
        // Names no version of this tool: an upgrade alone must not change a digest.
        history: [History {
            created: &metadata.created,
            created_by: "kfp-publish",
        }],
    };
    serde_json::to_vec(&config).expect("strings and maps of them always serialise")
}
