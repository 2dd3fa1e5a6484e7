//! Layouts of a Go executable's line table (runtime/symtab.go, runtime/runtime2.go and
//! runtime/symtabinl.go of each release).
//!
//! The table of Go 1.20 is still that of 1.27: magic, `_func` and `inlinedCall` did not change.
//! What moved is `moduledata`, so its fields are numbered per release.

/// `abi.Go120PCLnTabMagic`
pub const MAGIC: u32 = 0xffff_fff1;
/// Magics of older tables, to say what a file is.
pub const OLD_MAGICS: [u32; 3] = [0xffff_fffb, 0xffff_fffa, 0xffff_fff0];

/// Words of `pcHeader` after its first eight bytes.
pub mod header_word {
    pub const FUNCTIONS: usize = 0;
    pub const TEXT_START: usize = 2; // zero since 1.26: moduledata has it
    pub const FUNCTION_NAMES: usize = 3;
    pub const UNITS: usize = 4;
    pub const FILES: usize = 5;
    pub const PC_TABLES: usize = 6;
    pub const FUNCTION_TABLE: usize = 7;
    pub const COUNT: usize = 8;
}

/// Byte offsets in `_func`; two arrays of u32 follow it: pcdata, then funcdata.
pub mod func {
    pub const NAME: usize = 4;
    pub const PCFILE: usize = 20;
    pub const PCLINE: usize = 24;
    pub const PCDATA_COUNT: usize = 28;
    pub const UNIT: usize = 32;
    pub const FUNCDATA_COUNT: usize = 43;
    pub const SIZE: usize = 44;
}

/// `abi.PCDATA_InlTreeIndex` and `abi.FUNCDATA_InlTree`
pub const PCDATA_INLINE_INDEX: usize = 2;
pub const FUNCDATA_INLINE_TREE: usize = 3;

/// `inlinedCall`
pub mod inlined_call {
    pub const NAME: usize = 4;
    pub const PARENT_PC: usize = 8;
    pub const SIZE: usize = 16;
}

/// Words of `moduledata` that all releases have in the same place.
pub mod module_word {
    pub const PC_HEADER: usize = 0;
    pub const FUNCTION_NAMES: usize = 1;
    pub const FTAB_LENGTH: usize = 17;
    pub const MIN_PC: usize = 20;
    pub const MAX_PC: usize = 21;
    pub const TEXT: usize = 22;
}

/// Words of `moduledata` that moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleLayout {
    /// First and last minor release, Go 1.N.
    pub releases: (u32, u32),
    /// `gofunc`: the base of funcdata offsets.
    pub gofunc: usize,
}

pub const MODULE_LAYOUTS: [ModuleLayout; 2] = [
    ModuleLayout {
        releases: (21, 26),
        gofunc: 40,
    },
    // 1.27 put typedesclen, itaboffset and itabsize before it
    ModuleLayout {
        releases: (27, 27),
        gofunc: 43,
    },
];

/// The layout of Go 1.`minor`.
pub fn module_layout(minor: u32) -> Option<&'static ModuleLayout> {
    MODULE_LAYOUTS
        .iter()
        .find(|layout| (layout.releases.0..=layout.releases.1).contains(&minor))
}

/// `\xff Go buildinf:`, the start of the build information (debug/buildinfo).
pub const BUILD_INFO_MAGIC: &[u8] = b"\xff Go buildinf:";
/// Set in the flags byte when the two strings follow inline, as they do since Go 1.18.
pub const BUILD_INFO_INLINE: u8 = 2;
pub const BUILD_INFO_HEADER: usize = 32;
