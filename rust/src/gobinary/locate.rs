//! Finding the line table and the `moduledata` that points to it.
//!
//! Sections name them where the format has sections for them, symbols where the program is not
//! stripped; else the table's header and the pointers to it are distinctive enough.

use super::image::Image;
use super::spec::{MAGIC, OLD_MAGICS, module_word};
use crate::fault::Fault;

/// File offset, address and length of the table.
pub fn place(image: &Image, data: &[u8]) -> Result<(usize, u64, usize), Fault> {
    const SECTIONS: [&str; 3] = [".gopclntab", ".data.rel.ro.gopclntab", "__gopclntab"];
    let magic = |start: usize| image.u32(data, start);
    if let Some(section) = image.section(&SECTIONS) {
        return match magic(section.start) {
            Some(MAGIC) => Ok((section.start, section.address, section.len)),
            Some(old) if OLD_MAGICS.contains(&old) => Err(Fault::unsupported(
                "a line table of a Go release before 1.20, growwork reads 1.21 and newer",
            )),
            _ => Err(Fault::malformed(
                section.start as u64,
                format!("section {} is no Go line table", section.name),
            )),
        };
    }
    if let Some(address) = image.symbols.pclntab
        && let Some((start, len)) = image.locate(address)
        && magic(start) == Some(MAGIC)
    {
        return Ok((start, address, len));
    }
    scan(image, data)
        .ok_or_else(|| Fault::foreign(format!("an {} file without a Go line table", image.format)))
}

/// Where no section and no symbol names the table: its header is distinctive.
fn scan(image: &Image, data: &[u8]) -> Option<(usize, u64, usize)> {
    image
        .sections
        .iter()
        .filter(|s| s.address != 0)
        .find_map(|section| {
            (0..section.len).step_by(8).find_map(|within| {
                let start = section.start + within;
                let pads = data.get(start + 4..start + 8)?;
                let size = u8::try_from(image.pointer_size).ok()?;
                let plausible = image.u32(data, start) == Some(MAGIC)
                    && matches!(pads, [0, 0, 1 | 2 | 4, pointer] if *pointer == size);
                plausible.then(|| {
                    (
                        start,
                        section.address.wrapping_add(within as u64),
                        section.len - within,
                    )
                })
            })
        })
}

/// Address of the `moduledata` of the table at `address`, which has its function names at
/// `names` and so many functions.
pub fn find_module(
    image: &Image,
    data: &[u8],
    address: u64,
    names: u64,
    functions: u64,
) -> Option<u64> {
    let fits = |at: u64| {
        let word = |index| module_pointer(image, data, at, index);
        word(module_word::PC_HEADER) == Some(address)
            && word(module_word::FUNCTION_NAMES) == Some(names)
            && word(module_word::FTAB_LENGTH) == Some(functions + 1)
            && word(module_word::TEXT) <= word(module_word::MIN_PC)
            && word(module_word::MIN_PC) < word(module_word::MAX_PC)
    };
    if let Some(at) = image.symbols.moduledata
        && fits(at)
    {
        return Some(at);
    }
    image.addresses_of(data, address).find(|at| fits(*at))
}

/// A word of the `moduledata` at `at`.
pub fn module_pointer(image: &Image, data: &[u8], at: u64, word: usize) -> Option<u64> {
    image.pointer(data, at.checked_add((word * image.pointer_size) as u64)?)
}
