//! The platforms an image can be for.
//!
//! Refuses any other: each one here has a known target triple and ELF machine.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// A platform of an image index. The order is the order of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Platform {
    /// 64-bit x86.
    LinuxAmd64,
    /// 64-bit Arm.
    LinuxArm64,
}

impl Platform {
    /// Every platform, in order.
    pub const ALL: [Self; 2] = [Self::LinuxAmd64, Self::LinuxArm64];

    /// The platform whose programs this machine runs.
    pub const fn host() -> Self {
        if cfg!(target_arch = "aarch64") {
            Self::LinuxArm64
        } else {
            Self::LinuxAmd64
        }
    }

    /// All platforms in words, for messages.
    pub(crate) fn known() -> String {
        Self::ALL
            .map(|platform| format!("`{platform}`"))
            .join(" and ")
    }

    /// What OCI calls the processor.
    pub const fn architecture(self) -> &'static str {
        match self {
            Self::LinuxAmd64 => "amd64",
            Self::LinuxArm64 => "arm64",
        }
    }

    /// What Rust and GNU call the processor.
    pub const fn cpu(self) -> &'static str {
        match self {
            Self::LinuxAmd64 => "x86_64",
            Self::LinuxArm64 => "aarch64",
        }
    }

    /// The `e_machine` field of its ELF files.
    pub const fn elf_machine(self) -> u16 {
        match self {
            Self::LinuxAmd64 => 62,
            Self::LinuxArm64 => 183,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "linux/{}", self.architecture())
    }
}

impl FromStr for Platform {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|platform| platform.to_string() == text)
            .ok_or_else(|| Error::UnknownPlatform(text.to_owned()))
    }
}

impl TryFrom<String> for Platform {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.to_string()
    }
}
