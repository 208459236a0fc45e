//! From static programs to an OCI image index, in memory: the same bytes for the same input.
//!
//! Knows neither registry nor file; refuses a program the ELF gate refuses.

mod cache;
mod compression;
mod config;
mod layer;
mod rootfs;

use std::collections::BTreeMap;

use kfp_registry::{
    Descriptor, Digest, Index, MEDIA_TYPE_CONFIG, MEDIA_TYPE_INDEX, MEDIA_TYPE_LAYER_GZIP,
    MEDIA_TYPE_MANIFEST, Manifest,
};

pub use self::cache::Cache;
use crate::elf;
use crate::error::{Context as _, Result};
use kfp_workspace::Platform;

/// The annotation and label that names the compilers an image was made with.
pub const BUILDER: &str = "dev.kfp-comp.builder";

/// A compiled component for one platform.
#[derive(Clone, Debug)]
pub struct Program {
    /// What it runs on.
    pub platform: Platform,
    /// The ELF file.
    pub bytes: Vec<u8>,
    /// The compilers that made it; two programs of one source and one builder are the same.
    pub builder: String,
}

/// What an image says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageMetadata {
    /// The component's name, which is also the program's.
    pub name: String,
    /// The component's version.
    pub version: String,
    /// When the source last changed, in RFC 3339.
    pub created: String,
    /// The annotations of the index and of every image in it.
    pub annotations: BTreeMap<String, String>,
    /// The interface of a component, kept as the label [`kfp_component_yaml::label::COMPONENT`].
    pub interface: Option<String>,
}

/// Some bytes and the descriptor others name them by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Type, digest and size.
    pub descriptor: Descriptor,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Blob {
    pub(crate) fn new(media_type: &str, bytes: Vec<u8>) -> Self {
        Self {
            descriptor: Descriptor::of(media_type, &bytes),
            bytes,
        }
    }

    /// What the content is named by.
    pub fn digest(&self) -> Digest {
        self.descriptor.digest
    }
}

/// The image of one platform.
#[derive(Clone, Debug)]
pub struct Image {
    /// What it runs on.
    pub platform: Platform,
    /// How it is started and what it says about itself.
    pub config: Blob,
    /// What it holds.
    pub layer: Blob,
    /// The two together.
    pub manifest: Blob,
}

impl Image {
    /// The bytes a puller fetches.
    pub fn compressed_size(&self) -> u64 {
        self.config.descriptor.size + self.layer.descriptor.size
    }
}

/// A component's images under one index.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The component's name.
    pub name: String,
    /// The component's version.
    pub version: String,
    /// One image per platform, in the platforms' order.
    pub images: Vec<Image>,
    /// What is published: the list of the images.
    pub index: Blob,
}

impl Packed {
    /// Checks and packs `programs`, one thread each.
    pub fn new(metadata: &ImageMetadata, programs: &[Program], cache: &Cache) -> Result<Self> {
        let mut images = std::thread::scope(|scope| {
            let workers: Vec<_> = programs
                .iter()
                .map(|program| scope.spawn(move || image(metadata, program, cache)))
                .collect();
            workers
                .into_iter()
                .map(|worker| worker.join().expect("packing does not panic"))
                .collect::<Result<Vec<_>>>()
        })?;
        images.sort_by_key(|image| image.platform);

        let mut index = Index::new(
            images
                .iter()
                .map(|image| image.manifest.descriptor.clone())
                .collect(),
        );
        index.annotations.clone_from(&metadata.annotations);
        let index = Blob::new(MEDIA_TYPE_INDEX, index.to_bytes());
        Ok(Self {
            name: metadata.name.clone(),
            version: metadata.version.clone(),
            images,
            index,
        })
    }

    /// What the publication is named by.
    pub fn digest(&self) -> Digest {
        self.index.digest()
    }

    /// Everything but the index, children before parents, each digest once.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        let mut seen = std::collections::BTreeSet::new();
        self.images
            .iter()
            .flat_map(|image| [&image.layer, &image.config, &image.manifest])
            .filter(move |blob| seen.insert(blob.digest()))
    }
}

fn image(metadata: &ImageMetadata, program: &Program, cache: &Cache) -> Result<Image> {
    let platform = program.platform;
    elf::check(&program.bytes, platform)
        .context(|| format!("could not pack `{}` for {platform}", metadata.name))?;
    let layer = layer::pack(&metadata.name, &program.bytes, cache)?;

    let mut annotations = metadata.annotations.clone();
    annotations.insert(BUILDER.to_owned(), program.builder.clone());
    let config = config::render(metadata, platform, &annotations, layer.diff_id);
    let config = Blob::new(MEDIA_TYPE_CONFIG, config);
    let layer = Blob {
        descriptor: Descriptor::new(
            MEDIA_TYPE_LAYER_GZIP,
            layer.digest,
            layer.bytes.len() as u64,
        ),
        bytes: layer.bytes,
    };

    let mut manifest = Manifest::new(config.descriptor.clone(), vec![layer.descriptor.clone()]);
    manifest.annotations = annotations;
    let mut manifest = Blob::new(MEDIA_TYPE_MANIFEST, manifest.to_bytes());
    manifest.descriptor.platform = Some(kfp_registry::Platform {
        architecture: platform.architecture().to_owned(),
        os: "linux".to_owned(),
        variant: None,
    });
    Ok(Image {
        platform,
        config,
        layer,
        manifest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ElfFile, elf};

    fn metadata() -> ImageMetadata {
        ImageMetadata {
            name: "golden".into(),
            version: "1.2.3".into(),
            created: "2026-11-23T10:00:00Z".into(),
            annotations: BTreeMap::from([(
                "org.opencontainers.image.version".into(),
                "1.2.3".into(),
            )]),
            interface: Some("name: Golden\n".into()),
        }
    }

    fn program(platform: Platform) -> Program {
        Program {
            platform,
            bytes: elf(ElfFile::for_platform(platform)),
            builder: "rustc 1.95.0".into(),
        }
    }

    fn pack(metadata: &ImageMetadata, programs: &[Program]) -> Packed {
        Packed::new(metadata, programs, &Cache::none()).unwrap()
    }

    #[test]
    fn known_input_gives_the_known_digests() {
        let packed = pack(&metadata(), &Platform::ALL.map(program));
        let digests: Vec<_> = packed
            .images
            .iter()
            .map(|image| image.manifest.digest().to_string())
            .collect();
        assert_eq!(
            digests,
            [
                "sha256:146e1ec224dd15695269602fc3cd5536bae589265d9bb776d180b11057750ebd",
                "sha256:4c2f77e79fdff0d0260280ce44aca1086ba24f2f60fcc046df9a3b10c20974af"
            ]
        );
        assert_eq!(
            packed.digest().to_string(),
            "sha256:0d88019f5b8fa648110d825845b794102411c0ae8f3729e42c02216f28c46a85"
        );
    }

    #[test]
    fn the_order_of_the_programs_does_not_matter() {
        let [amd64, arm64] = Platform::ALL.map(program);
        let one = pack(&metadata(), &[amd64.clone(), arm64.clone()]);
        assert_eq!(one.digest(), pack(&metadata(), &[arm64, amd64]).digest());
    }

    #[test]
    fn one_platform_is_an_index_too() {
        let packed = pack(&metadata(), &[program(Platform::LinuxArm64)]);
        let index: Index = serde_json::from_slice(&packed.index.bytes).unwrap();
        assert_eq!(index.manifests.len(), 1);
        assert_eq!(
            index.manifests[0].platform.as_ref().unwrap().architecture,
            "arm64"
        );
    }

    #[test]
    fn the_config_has_no_entrypoint_and_a_numeric_user() {
        let packed = pack(&metadata(), &[program(Platform::LinuxAmd64)]);
        let config: serde_json::Value =
            serde_json::from_slice(&packed.images[0].config.bytes).unwrap();
        assert_eq!(config["config"]["Cmd"], serde_json::json!(["/golden"]));
        assert_eq!(config["config"]["User"], "65532:65532");
        assert_eq!(config["config"].get("Entrypoint"), None);
        assert_eq!(config["created"], "2026-11-23T10:00:00Z");
        assert_eq!(config["config"]["Labels"][BUILDER], "rustc 1.95.0");
        assert_eq!(
            config["config"]["Labels"][kfp_component_yaml::label::COMPONENT],
            "name: Golden\n"
        );
    }

    #[test]
    fn the_wrong_machine_is_refused_naming_component_and_platform() {
        let swapped = Program {
            platform: Platform::LinuxArm64,
            ..program(Platform::LinuxAmd64)
        };
        let error = Packed::new(&metadata(), &[swapped], &Cache::none()).unwrap_err();
        assert_eq!(
            error.report(),
            "error: could not pack `golden` for linux/arm64\n  \
             cause: the program is for linux/amd64, not for linux/arm64\n\
             hint: build it for `aarch64-unknown-linux-musl`"
        );
    }
}
