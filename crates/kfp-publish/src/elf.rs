//! The gate every program passes before it is packed: the right machine, static, executable.
//!
//! Looks at the ELF header and the program headers, never runs anything.

use crate::error::{Error, Result};
use kfp_workspace::Platform;

const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
const PT_LOAD: u32 = 1;
const PT_INTERP: u32 = 3;
const EXECUTABLE: u32 = 1;

/// Refuses a program that could not start in an empty image for `platform`.
pub(crate) fn check(program: &[u8], platform: Platform) -> Result<()> {
    let header = program
        .get(..HEADER)
        .filter(|header| header.starts_with(b"\x7fELF\x02\x01"))
        .ok_or_else(|| {
            Error::new("the program is not a 64-bit little-endian ELF file").hint(
                "images hold Linux programs; build for a `…-linux-musl` or `…-linux-gnu` target",
            )
        })?;

    let machine = half(header, 18);
    if machine != platform.elf_machine() {
        return Err(Error::new(format!(
            "the program is for {}, not for {platform}",
            machine_name(machine)
        ))
        .hint(format!(
            "build it for `{}-unknown-linux-musl`",
            platform.cpu()
        )));
    }
    let kind = half(header, 16);
    if kind != 2 && kind != 3 {
        return Err(Error::new(format!(
            "the ELF file is of type {kind}, which is no program"
        )));
    }

    let segments =
        program_headers(program, header).ok_or_else(|| Error::new("the ELF file is cut short"))?;
    if segments.iter().any(|segment| segment.kind == PT_INTERP) {
        return Err(Error::new(
            "the program is dynamically linked, and an empty image has no dynamic loader",
        )
        .hint("link it statically: use a musl target, or `-C target-feature=+crt-static`"));
    }
    if !segments
        .iter()
        .any(|segment| segment.kind == PT_LOAD && segment.flags & EXECUTABLE != 0)
    {
        return Err(Error::new("the ELF file has no executable segment"));
    }
    Ok(())
}

struct Segment {
    kind: u32,
    flags: u32,
}

fn program_headers(program: &[u8], header: &[u8]) -> Option<Vec<Segment>> {
    let start = usize::try_from(u64::from_le_bytes(header[32..40].try_into().ok()?)).ok()?;
    let (size, count) = (usize::from(half(header, 54)), usize::from(half(header, 56)));
    if size < PROGRAM_HEADER {
        return None;
    }
    let table = program.get(start..start.checked_add(size * count)?)?;
    Some(
        table
            .chunks_exact(size)
            .map(|entry| Segment {
                kind: word(entry, 0),
                flags: word(entry, 4),
            })
            .collect(),
    )
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn machine_name(machine: u16) -> String {
    match Platform::ALL
        .into_iter()
        .find(|platform| platform.elf_machine() == machine)
    {
        Some(platform) => platform.to_string(),
        None => format!("another processor (ELF machine {machine})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ElfFile, elf};

    fn refusal(file: ElfFile, platform: Platform) -> String {
        check(&elf(file), platform).unwrap_err().to_string()
    }

    #[test]
    fn a_static_program_of_the_right_machine_passes() {
        for platform in Platform::ALL {
            check(&elf(ElfFile::for_platform(platform)), platform).unwrap();
        }
    }

    #[test]
    fn the_other_machine_is_refused_by_name() {
        let amd64 = ElfFile::for_platform(Platform::LinuxAmd64);
        assert_eq!(
            refusal(amd64, Platform::LinuxArm64),
            "the program is for linux/amd64, not for linux/arm64"
        );
        let riscv = ElfFile {
            machine: 243,
            ..amd64
        };
        assert_eq!(
            refusal(riscv, Platform::LinuxAmd64),
            "the program is for another processor (ELF machine 243), not for linux/amd64"
        );
    }

    #[test]
    fn a_dynamic_interpreter_is_refused() {
        let dynamic = ElfFile {
            interpreter: true,
            ..ElfFile::for_platform(Platform::LinuxAmd64)
        };
        assert!(refusal(dynamic, Platform::LinuxAmd64).contains("dynamically linked"));
    }

    #[test]
    fn a_file_without_code_is_refused() {
        let data = ElfFile {
            executable: false,
            ..ElfFile::for_platform(Platform::LinuxAmd64)
        };
        assert!(refusal(data, Platform::LinuxAmd64).contains("no executable segment"));
        let object = ElfFile {
            kind: 1,
            ..ElfFile::for_platform(Platform::LinuxAmd64)
        };
        assert!(refusal(object, Platform::LinuxAmd64).contains("no program"));
    }

    #[test]
    fn what_is_no_elf_file_or_a_part_of_one_is_refused_at_every_length() {
        let whole = elf(ElfFile::for_platform(Platform::LinuxAmd64));
        for length in 0..whole.len() {
            assert!(
                check(&whole[..length], Platform::LinuxAmd64).is_err(),
                "accepted the first {length} bytes"
            );
        }
        assert!(check(b"#!/bin/sh\nexit 0\n", Platform::LinuxAmd64).is_err());
    }
}
