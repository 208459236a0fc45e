//! `certs.d`: the certificates that docker and podman keep for single registries.
//!
//! In the folder named like the registry, `*.crt` are CAs to trust, and `*.cert` with `*.key` is the client's certificate
//! (docs.docker.com/engine/security/certificates, containers-certs.d(5)).

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use kfp_http::Network;

use crate::{Error, Result};

/// What is kept for one registry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Certificates {
    authorities: Vec<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
}

/// The folders of docker and podman on this machine, those of the user first.
pub(crate) fn folders(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let folder = |name| {
        let value = variable(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    let home = folder("HOME").or_else(|| folder("USERPROFILE"));
    let in_home = |path| home.as_ref().map(|home| home.join(path));
    let config = folder("XDG_CONFIG_HOME").or_else(|| in_home(".config"));
    let in_config = |path| config.as_ref().map(|config| config.join(path));
    [
        in_config("containers/certs.d"),
        in_config("docker/certs.d"),
        in_home(".docker/certs.d"),
        Some(PathBuf::from("/etc/containers/certs.d")),
        Some(PathBuf::from("/etc/docker/certs.d")),
        folder("ProgramData").map(|folder| folder.join("docker").join("certs.d")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Certificates {
    /// What these folders hold for a registry. A folder that cannot be read holds nothing.
    pub(crate) fn find(folders: &[PathBuf], registry: &str) -> Result<Self> {
        let mut found = Self::default();
        for folder in folders {
            // Windows allows no colon in a name.
            let name = if cfg!(windows) {
                registry.replace(':', "")
            } else {
                registry.to_owned()
            };
            let Ok(entries) = fs::read_dir(folder.join(name)) else {
                continue;
            };
            let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            files.sort();
            for file in files {
                found.add(&file)?;
            }
        }
        Ok(found)
    }

    fn add(&mut self, file: &Path) -> Result<()> {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("crt") if holds_certificate(file) => self.authorities.push(file.to_owned()),
            Some("cert") if self.client.is_none() => {
                let key = file.with_extension("key");
                if !key.is_file() {
                    let file = file.to_owned();
                    return Err(Error::NoKey { file, key });
                }
                self.client = Some((file.to_owned(), key));
            }
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn added_to(self, network: Network) -> Network {
        let network = self
            .authorities
            .into_iter()
            .fold(network, Network::with_ca_file);
        match self.client {
            Some((certificate, key)) => network.with_client_certificate(certificate, key),
            None => network,
        }
    }
}

/// Docker and podman pass over files that hold none.
fn holds_certificate(file: &Path) -> bool {
    fs::read(file).is_ok_and(|pem| {
        let begin = b"-----BEGIN CERTIFICATE-----";
        pem.windows(begin.len()).any(|bytes| bytes == begin)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_are_those_of_docker_and_podman() {
        let found = folders(|name| match name {
            "HOME" => Some("/home/ann".into()),
            _ => None,
        });
        let expected = [
            "/home/ann/.config/containers/certs.d",
            "/home/ann/.config/docker/certs.d",
            "/home/ann/.docker/certs.d",
            "/etc/containers/certs.d",
            "/etc/docker/certs.d",
        ];
        assert_eq!(found, expected.map(PathBuf::from));
    }

    #[test]
    fn a_registry_has_authorities_and_one_client_certificate() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("reg.test:5000");
        fs::create_dir(&folder).unwrap();
        let pem = "-----BEGIN CERTIFICATE-----\n";
        for (name, text) in [
            ("b.crt", pem),
            ("a.crt", pem),
            ("empty.crt", ""),
            ("client.cert", pem),
            ("client.key", ""),
            ("other.cert", pem),
            ("notes.txt", pem),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        let folders = ["/no/such/folder".into(), root.path().to_owned()];
        let found = Certificates::find(&folders, "reg.test:5000").unwrap();
        let expected = Certificates {
            authorities: ["a.crt", "b.crt"].map(|name| folder.join(name)).to_vec(),
            client: Some((folder.join("client.cert"), folder.join("client.key"))),
        };
        assert_eq!(found, expected);
        assert!(Certificates::find(&folders, "reg.test").unwrap().is_empty());
    }

    #[test]
    fn a_client_certificate_needs_its_key() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("reg.test")).unwrap();
        fs::write(root.path().join("reg.test/client.cert"), "").unwrap();
        let error = Certificates::find(&[root.path().to_owned()], "reg.test").unwrap_err();
        assert!(error.to_string().contains("client.key"), "{error}");
    }
}
