//! Programs that need no compiler, for this crate's own tests.

use kfp_workspace::Platform;

/// What an ELF file made by [`elf`] claims to be.
#[derive(Clone, Copy)]
pub(crate) struct ElfFile {
    pub(crate) kind: u16,
    pub(crate) machine: u16,
    pub(crate) interpreter: bool,
    pub(crate) executable: bool,
}

impl ElfFile {
    /// A static program.
    pub(crate) fn for_platform(platform: Platform) -> Self {
        Self {
            kind: 2,
            machine: platform.elf_machine(),
            interpreter: false,
            executable: true,
        }
    }
}

/// An ELF file of headers only: enough for whoever looks, too little to run.
pub(crate) fn elf(file: ElfFile) -> Vec<u8> {
    let mut segments = vec![(1u32, if file.executable { 5u32 } else { 4 })];
    if file.interpreter {
        segments.push((3, 4));
    }
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(64, 0);
    bytes[16..18].copy_from_slice(&file.kind.to_le_bytes());
    bytes[18..20].copy_from_slice(&file.machine.to_le_bytes());
    bytes[32..40].copy_from_slice(&64u64.to_le_bytes());
    bytes[54..56].copy_from_slice(&56u16.to_le_bytes());
    bytes[56..58].copy_from_slice(&u16::try_from(segments.len()).unwrap().to_le_bytes());
    for (kind, flags) in segments {
        bytes.extend(kind.to_le_bytes());
        bytes.extend(flags.to_le_bytes());
        bytes.extend([0; 48]);
    }
    bytes
}
