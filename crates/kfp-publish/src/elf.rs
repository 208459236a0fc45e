//! The gate every program passes before it is packed: the right machine, static, executable.
//!
//! Looks at the ELF header and the program headers, never runs anything.

use kfp_workspace::Platform;
use object::LittleEndian as Le;
use object::elf::{ET_DYN, ET_EXEC, FileHeader64, PF_X, PT_INTERP, PT_LOAD, ProgramHeader64};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

use crate::error::{Context as _, Error, Result};

/// Refuses a program that could not start in an empty image for `platform`.
pub(crate) fn check(program: &[u8], platform: Platform) -> Result<()> {
    let header = FileHeader64::<Le>::parse(program)
        .ok()
        .filter(|header| header.is_little_endian())
        .ok_or_else(|| {
            Error::new("the program is not a 64-bit little-endian ELF file").hint(
                "images hold Linux programs; build for a `…-linux-musl` or `…-linux-gnu` target",
            )
        })?;
    let machine = header.e_machine(Le);
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
    let kind = header.e_type(Le);
    if kind != ET_EXEC && kind != ET_DYN {
        return Err(Error::new(format!(
            "the ELF file is of type {kind}, which is not a program"
        )));
    }

    let segments: &[ProgramHeader64<Le>] = header
        .program_headers(Le, program)
        .context(|| "the ELF file is cut short")?;
    if segments
        .iter()
        .any(|segment| segment.p_type(Le) == PT_INTERP)
    {
        return Err(Error::new(
            "the program is dynamically linked, and an empty image has no dynamic loader",
        )
        .hint("link it statically: use a musl target, or `-C target-feature=+crt-static`"));
    }
    let is_code = |segment: &ProgramHeader64<Le>| {
        segment.p_type(Le) == PT_LOAD && segment.p_flags(Le) & PF_X != 0
    };
    if !segments.iter().any(is_code) {
        return Err(Error::new("the ELF file has no executable segment"));
    }
    Ok(())
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
        assert!(refusal(object, Platform::LinuxAmd64).contains("not a program"));
    }

    #[test]
    fn what_is_not_an_elf_file_or_a_part_of_one_is_refused_at_every_length() {
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
