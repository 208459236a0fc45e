//! Images that hold one static program, pulled by digest, unpacked and run without a container engine.

use std::{
    env, fmt, fs,
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt as _,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use flate2::read::MultiGzDecoder;
use kfp_registry::{Client, Descriptor, Index, Manifest, Reference};
use object::{
    LittleEndian,
    elf::{EM_AARCH64, EM_X86_64, FileHeader64, PT_INTERP},
    read::elf::{FileHeader as _, ProgramHeader as _},
};
use tar::Archive;

/// Layers of a program and what KFP's launcher needs are far smaller.
const MAX_BYTES: u64 = 512 << 20;
/// The name of the unpacked program.
const PROGRAM: &str = "program";

/// Makes the client for registries once there is an image to ask for.
type MakeClient = Arc<dyn Fn() -> Result<Client, String> + Send + Sync>;

/// Programs of published images, by digest.
#[derive(Clone)]
pub struct Images {
    client: MakeClient,
    cache: PathBuf,
}

impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Images")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl Images {
    /// Programs that are kept in a directory, which need not be there yet.
    /// `client` is called when a registry has to be asked.
    pub fn new(
        client: impl Fn() -> Result<Client, String> + Send + Sync + 'static,
        cache: impl Into<PathBuf>,
    ) -> Self {
        Self {
            client: Arc::new(client),
            cache: cache.into(),
        }
    }

    /// The program that a command names in an image, and what it is, for people. `say` is told before something is pulled.
    ///
    /// # Errors
    /// Why the image cannot be run so.
    pub(crate) fn program(
        &self,
        image: &str,
        command: &[String],
        is_offline: bool,
        say: &mut dyn FnMut(&str),
    ) -> Result<(PathBuf, String), String> {
        let reference: Reference = image
            .parse()
            .map_err(|error| format!("`{image}` is not the name of an image: {error}"))?;
        let inside = command
            .first()
            .and_then(|word| word.strip_prefix('/'))
            .ok_or("its command does not begin with the path of a program in the image")?;
        let architecture = architecture()?;
        if let Some(digest) = reference.digest()
            && let Some(program) = self.kept(&digest.hex(), architecture, inside)
        {
            return Ok((program, format!("the program of {digest}")));
        }
        if is_offline {
            return Err("it was not pulled before, and this run is offline".into());
        }
        let client = (self.client)()?;
        let fetched = client
            .manifest(&reference)
            .map_err(|error| error.to_string())?
            .ok_or_else(|| format!("{reference} does not exist"))?;
        let why = format!("the program of {}", fetched.digest);
        if let Some(program) = self.kept(&fetched.digest.hex(), architecture, inside) {
            return Ok((program, why));
        }
        let pinned = reference.with_digest(fetched.digest);
        let manifest = manifest(&client, &pinned, &fetched.bytes, architecture)?;
        let size: u64 = manifest.layers.iter().map(|layer| layer.size).sum();
        if size > MAX_BYTES {
            return Err(format!(
                "its layers have {} MiB, which is not a single static program",
                size >> 20
            ));
        }
        say(&pinned.to_string());
        let program = unpack(&client, &pinned, &manifest.layers, inside)?;
        let directory = self.directory(&fetched.digest.hex(), architecture);
        let path = keep(&directory, inside, &program)
            .map_err(|error| format!("could not keep its program: {error}"))?;
        Ok((path, why))
    }

    fn directory(&self, digest: &str, architecture: &str) -> PathBuf {
        self.cache.join(format!("{digest}-{architecture}"))
    }

    /// The program, if it was unpacked before.
    fn kept(&self, digest: &str, architecture: &str, inside: &str) -> Option<PathBuf> {
        let path = place(&self.directory(digest, architecture), inside);
        path.is_file().then_some(path)
    }
}

/// The manifest for this machine.
fn manifest(
    client: &Client,
    image: &Reference,
    bytes: &[u8],
    architecture: &str,
) -> Result<Manifest, String> {
    let read = |bytes: &[u8]| {
        serde_json::from_slice::<Manifest>(bytes)
            .map_err(|error| format!("its manifest cannot be read: {error}"))
    };
    let Ok(index) = serde_json::from_slice::<Index>(bytes) else {
        return read(bytes);
    };
    let platforms = index.manifests.iter().filter_map(|one| {
        let platform = one.platform.as_ref()?;
        Some((one, platform))
    });
    let found = platforms
        .clone()
        .find(|(_, platform)| platform.os == "linux" && platform.architecture == architecture);
    let Some((found, _)) = found else {
        let names: Vec<String> = platforms
            .map(|(_, platform)| format!("{}/{}", platform.os, platform.architecture))
            .filter(|name| !name.contains("unknown"))
            .collect();
        return Err(format!(
            "it is for {}, not for linux/{architecture}",
            names.join(", ")
        ));
    };
    let fetched = client
        .manifest(&image.with_digest(found.digest))
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("{} does not exist", found.digest))?;
    read(&fetched.bytes)
}

/// The bytes of the program, once all layers have been looked at.
fn unpack(
    client: &Client,
    image: &Reference,
    layers: &[Descriptor],
    inside: &str,
) -> Result<Vec<u8>, String> {
    let mut program = None;
    for layer in layers {
        let is_gzip = layer.media_type.ends_with("gzip");
        if !is_gzip {
            return Err(format!(
                "its layer is of the type `{}`, which is not read here",
                layer.media_type
            ));
        }
        let blob = client
            .read_blob(image, layer)
            .map_err(|error| error.to_string())?;
        let mut unzipped = MultiGzDecoder::new(blob).take(MAX_BYTES);
        if let Some(found) = look(&mut unzipped, inside)? {
            program = Some(found);
        }
        // The digest is compared at the end of the blob.
        io::copy(&mut unzipped.into_inner().into_inner(), &mut io::sink())
            .map_err(|error| format!("could not read its layer: {error}"))?;
    }
    let program = program.ok_or_else(|| format!("there is no file `/{inside}` in it"))?;
    is_static_program(&program).map_err(|reason| format!("`/{inside}` {reason}"))?;
    Ok(program)
}

/// The file in a layer, which must hold nothing else that a program could need.
fn look(layer: &mut impl Read, inside: &str) -> Result<Option<Vec<u8>>, String> {
    let failed = |error: io::Error| format!("could not read its layer: {error}");
    let mut found = None;
    let mut archive = Archive::new(layer);
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        if entry.header().entry_type().is_dir() {
            continue;
        }
        let path = normal(&entry.path().map_err(failed)?);
        if path == Path::new(inside) && entry.header().entry_type().is_file() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(failed)?;
            found = Some(bytes);
        } else if !["etc", "tmp"].iter().any(|start| path.starts_with(start)) {
            return Err(format!(
                "it holds `/{}` beside its program, so it is not a single static program",
                path.display()
            ));
        }
    }
    Ok(found)
}

/// A path in an archive without `.` and a leading `/`.
fn normal(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir))
        .collect()
}

/// Whether the bytes are a program that this machine can start without a loader.
fn is_static_program(bytes: &[u8]) -> Result<(), String> {
    let header = FileHeader64::<LittleEndian>::parse(bytes)
        .ok()
        .filter(|header| header.is_little_endian())
        .ok_or("is not a 64-bit ELF program")?;
    let machine = header.e_machine(LittleEndian);
    let wanted = if cfg!(target_arch = "aarch64") {
        EM_AARCH64
    } else {
        EM_X86_64
    };
    if machine != wanted {
        return Err(format!(
            "is a program for another processor (ELF machine {machine})"
        ));
    }
    let segments = header
        .program_headers(LittleEndian, bytes)
        .map_err(|error| format!("is not a whole program: {error}"))?;
    if segments
        .iter()
        .any(|segment| segment.p_type(LittleEndian) == PT_INTERP)
    {
        return Err("is dynamically linked and needs the libraries of its image".into());
    }
    Ok(())
}

/// This machine's processor, as images call it.
fn architecture() -> Result<&'static str, String> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Ok("amd64"),
        ("linux", "aarch64") => Ok("arm64"),
        (os, arch) => Err(format!(
            "images hold Linux programs, and this is {os}/{arch}"
        )),
    }
}

/// Where the program of an image goes: the name tells programs of one image apart.
fn place(directory: &Path, inside: &str) -> PathBuf {
    directory
        .join(crate::task::digest::of_bytes(inside))
        .join(PROGRAM)
}

/// Writes the whole program or nothing.
fn keep(directory: &Path, inside: &str, program: &[u8]) -> io::Result<PathBuf> {
    let path = place(directory, inside);
    let parent = path.parent().unwrap_or(directory);
    fs::create_dir_all(parent)?;
    let mut file = tempfile::NamedTempFile::new_in(parent)?;
    file.write_all(program)?;
    file.as_file()
        .set_permissions(fs::Permissions::from_mode(0o555))?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o755);
            header.set_cksum();
            archive.append_data(&mut header, path, *content).unwrap();
        }
        archive.into_inner().unwrap()
    }

    #[test]
    fn a_program_is_found_beside_certificates_and_users_only() {
        let good = layer(&[("etc/passwd", b"root"), ("./train", b"program")]);
        assert_eq!(look(&mut &good[..], "train").unwrap().unwrap(), b"program");
        assert_eq!(
            look(&mut &good[..], "other").unwrap_err(),
            "it holds `/train` beside its program, so it is not a single static program"
        );
        let with_data = layer(&[("train", b"program"), ("app/model.bin", b"data")]);
        let error = look(&mut &with_data[..], "train").unwrap_err();
        assert!(error.contains("`/app/model.bin`"), "{error}");
    }

    #[test]
    fn what_needs_a_loader_is_not_static() {
        assert_eq!(
            is_static_program(b"#!/bin/sh\n").unwrap_err(),
            "is not a 64-bit ELF program"
        );
        let shell = fs::read("/bin/sh").unwrap();
        let error = is_static_program(&shell).unwrap_err();
        assert!(error.contains("dynamically linked"), "{error}");
    }
}
