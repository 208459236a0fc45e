//! The programs that are looked for, and their names in package managers.

use serde::Serialize;

use super::machine::Machine;

/// What something is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Purpose {
    /// Writing and running components.
    Building,
    /// Images and catalogs.
    Publishing,
    /// All test tiers of a workspace.
    Testing,
}

impl Purpose {
    /// The heading of its checks.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Building => "Building",
            Self::Publishing => "Publishing",
            Self::Testing => "Testing",
        }
    }
}

/// A program that does not depend on the platform.
pub(super) struct Tool {
    pub(super) purpose: Purpose,
    pub(super) name: &'static str,
    /// Any one of these is enough.
    pub(super) programs: &'static [&'static str],
    pub(super) why: &'static str,
    pub(super) packages: Packages<'static>,
}

/// What publishing and testing use on every platform.
pub(super) const TOOLS: &[Tool] = &[
    Tool {
        purpose: Purpose::Publishing,
        name: "image builder",
        programs: &["docker", "buildah", "podman"],
        why: "the generated Dockerfiles are built with one; `publish` needs none",
        packages: Packages {
            apt: "buildah",
            dnf: Some("buildah"),
            brew: Some("docker"),
            otherwise: "https://docs.docker.com/get-docker",
        },
    },
    Tool {
        purpose: Purpose::Testing,
        name: "container engine",
        programs: &["docker", "podman"],
        why: "kfp.local runs components in containers",
        packages: Packages {
            apt: "docker.io",
            dnf: Some("podman"),
            brew: Some("docker"),
            otherwise: "https://docs.docker.com/get-docker",
        },
    },
    Tool {
        purpose: Purpose::Testing,
        name: "registry",
        programs: &["docker-registry", "registry"],
        why: "publishing is tested against a real registry on this machine",
        packages: Packages {
            apt: "docker-registry",
            dnf: None,
            brew: None,
            otherwise: "go install github.com/distribution/distribution/v3/cmd/registry@latest",
        },
    },
    Tool {
        purpose: Purpose::Testing,
        name: "skopeo",
        programs: &["skopeo"],
        why: "another program reads the images that are pushed",
        packages: Packages {
            apt: "skopeo",
            dnf: Some("skopeo"),
            brew: Some("skopeo"),
            otherwise: "https://github.com/containers/skopeo",
        },
    },
    Tool {
        purpose: Purpose::Testing,
        name: "chromium",
        programs: &["chromium", "chromium-browser", "google-chrome"],
        why: "the catalog's page is tested in a browser",
        packages: Packages {
            apt: "chromium",
            dnf: Some("chromium"),
            brew: Some("--cask chromium"),
            otherwise: "https://www.chromium.org",
        },
    },
];

/// The names of a package in package managers.
pub(super) struct Packages<'a> {
    pub(super) apt: &'a str,
    pub(super) dnf: Option<&'a str>,
    pub(super) brew: Option<&'a str>,
    /// Where to get it if no package manager has it.
    pub(super) otherwise: &'a str,
}

impl Packages<'_> {
    /// The command that installs it on this machine.
    pub(super) fn install(&self, machine: &Machine) -> String {
        match (
            machine.first(&["apt-get", "dnf", "brew"]),
            self.dnf,
            self.brew,
        ) {
            (Some("apt-get"), _, _) => format!("apt-get install {}", self.apt),
            (Some("dnf"), Some(package), _) => format!("dnf install {package}"),
            (Some("brew"), _, Some(package)) => format!("brew install {package}"),
            _ => self.otherwise.into(),
        }
    }
}
