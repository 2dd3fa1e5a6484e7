//! An executable file as memory: addresses to file bytes, pointers after relocation.

use object::read::{Object, ObjectSection, ObjectSymbol, RelocationFlags};

use crate::fault::{Fault, FaultKind};

/// Sections share no bytes in a real file; many large ones that do would make a search of them
/// endless.
const MAX_OVERLAP: usize = 4;

/// A section with bytes in the file.
#[derive(Debug, Clone)]
pub struct Section {
    pub name: String,
    pub address: u64,
    /// Range of the file.
    pub start: usize,
    pub len: usize,
}

/// Symbols of the linker that help where there is a symbol table.
#[derive(Debug, Clone, Copy, Default)]
pub struct Symbols {
    pub pclntab: Option<u64>,
    pub moduledata: Option<u64>,
    pub gofunc: Option<u64>,
    pub text: Option<u64>,
}

/// The parts of an executable that the Go tables are found through.
#[derive(Debug)]
pub struct Image {
    pub sections: Vec<Section>,
    pub symbols: Symbols,
    pub little_endian: bool,
    pub pointer_size: usize,
    pub architecture: String,
    pub format: &'static str,
    /// (address, value) of pointers that the loader fills in, by address.
    relocated: Vec<(u64, u64)>,
}

impl Image {
    /// Read the headers of an ELF, Mach-O or PE file.
    pub fn parse(data: &[u8]) -> Result<Self, Fault> {
        let file = object::File::parse(data).map_err(|error| unreadable(data, &error))?;
        let format = match file.format() {
            object::BinaryFormat::Elf => "ELF",
            object::BinaryFormat::MachO => "Mach-O",
            object::BinaryFormat::Pe => "PE",
            other => {
                return Err(Fault::foreign(format!(
                    "{other:?} is not an executable format growwork reads (ELF, Mach-O, PE)"
                )));
            }
        };
        Ok(Self {
            sections: sections(&file, data.len())?,
            symbols: symbols(&file),
            little_endian: file.is_little_endian(),
            pointer_size: if file.is_64() { 8 } else { 4 },
            architecture: format!("{:?}", file.architecture()).to_lowercase(),
            format,
            relocated: relocations(&file),
        })
    }

    pub fn section(&self, names: &[&str]) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| names.contains(&section.name.as_str()))
    }

    /// The file offset of an address, and how many bytes of its section follow.
    pub fn locate(&self, address: u64) -> Option<(usize, usize)> {
        self.sections.iter().find_map(|section| {
            let within = usize::try_from(address.checked_sub(section.address)?).ok()?;
            // Debug sections have no address.
            if section.address == 0 || within >= section.len {
                return None;
            }
            Some((section.start + within, section.len - within))
        })
    }

    /// The pointer at an address, as the loader leaves it for a program that is not moved.
    pub fn pointer(&self, data: &[u8], address: u64) -> Option<u64> {
        if let Ok(index) = self.relocated.binary_search_by_key(&address, |(at, _)| *at)
            && let Some((_, value)) = self.relocated.get(index)
        {
            return Some(*value);
        }
        let (offset, left) = self.locate(address)?;
        if left < self.pointer_size {
            return None;
        }
        self.word(data, offset)
    }

    /// The pointer-sized number at a file offset, without relocation.
    pub fn word(&self, data: &[u8], offset: usize) -> Option<u64> {
        let bytes = data.get(offset..)?;
        if self.pointer_size == 8 {
            let raw: [u8; 8] = *bytes.first_chunk()?;
            Some(if self.little_endian {
                u64::from_le_bytes(raw)
            } else {
                u64::from_be_bytes(raw)
            })
        } else {
            self.u32(data, offset).map(u64::from)
        }
    }

    pub fn u32(&self, data: &[u8], offset: usize) -> Option<u32> {
        let raw: [u8; 4] = *data.get(offset..)?.first_chunk()?;
        Some(if self.little_endian {
            u32::from_le_bytes(raw)
        } else {
            u32::from_be_bytes(raw)
        })
    }

    /// Every address that holds `value` as an aligned pointer.
    pub fn addresses_of<'a>(
        &'a self,
        data: &'a [u8],
        value: u64,
    ) -> impl Iterator<Item = u64> + 'a {
        let relocated = self
            .relocated
            .iter()
            .filter(move |(_, target)| *target == value)
            .map(|(address, _)| *address);
        let plain = self
            .sections
            .iter()
            .filter(|section| section.address != 0)
            .flat_map(move |section| {
                let step = self.pointer_size;
                (0..section.len.saturating_sub(step - 1))
                    .step_by(step)
                    .filter(move |within| self.word(data, section.start + within) == Some(value))
                    .map(move |within| section.address.wrapping_add(within as u64))
            });
        relocated.chain(plain)
    }
}

fn unreadable(data: &[u8], error: &object::read::Error) -> Fault {
    const KNOWN: [&[u8]; 4] = [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"];
    let cut_magic = !data.is_empty() && KNOWN.iter().any(|magic| magic.starts_with(data));
    if cut_magic || KNOWN.iter().any(|magic| data.starts_with(magic)) {
        return Fault::at(
            FaultKind::Truncated,
            String::new(),
            format!("a damaged or incomplete executable: {error}"),
        );
    }
    Fault::foreign("not an executable: expected an ELF, Mach-O or PE file")
}

fn sections(file: &object::File<'_>, length: usize) -> Result<Vec<Section>, Fault> {
    let mut found = Vec::new();
    let mut total = 0usize;
    for section in file.sections() {
        let Ok(name) = section.name() else { continue };
        let Some((start, size)) = section.file_range() else {
            continue; // bss
        };
        let end = start.checked_add(size);
        let (Ok(start), Ok(size)) = (usize::try_from(start), usize::try_from(size)) else {
            continue;
        };
        if end.is_none_or(|end| end > length as u64) {
            return Err(Fault::truncated(
                length as u64,
                format!("the executable ends inside its section {name}"),
            ));
        }
        total = total.saturating_add(size);
        if total > length.saturating_mul(MAX_OVERLAP) {
            return Err(Fault::foreign("a damaged executable: its sections overlap"));
        }
        found.push(Section {
            name: name.to_owned(),
            address: section.address(),
            start,
            len: size,
        });
    }
    Ok(found)
}

fn symbols(file: &object::File<'_>) -> Symbols {
    let mut found = Symbols::default();
    for symbol in file.symbols() {
        let Ok(name) = symbol.name() else { continue };
        let slot = match name.strip_prefix('_').unwrap_or(name) {
            "runtime.pclntab" => &mut found.pclntab,
            "runtime.firstmoduledata" => &mut found.moduledata,
            "go:func.*" => &mut found.gofunc,
            "runtime.text" => &mut found.text,
            _ => continue,
        };
        slot.get_or_insert(symbol.address());
    }
    found
}

/// Pointers that position independent executables leave to the loader.
fn relocations(file: &object::File<'_>) -> Vec<(u64, u64)> {
    let Some(entries) = file.dynamic_relocations() else {
        return Vec::new();
    };
    let mut found: Vec<(u64, u64)> = entries
        .filter(|(_, relocation)| {
            // RELATIVE relocations: no symbol, the addend is the value.
            matches!(relocation.flags(), RelocationFlags::Elf { .. })
                && !relocation.has_implicit_addend()
                && relocation.target() == object::RelocationTarget::Absolute
        })
        .map(|(address, relocation)| (address, relocation.addend().cast_unsigned()))
        .collect();
    found.sort_unstable_by_key(|(address, _)| *address);
    found
}
