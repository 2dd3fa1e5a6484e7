//! Build information: the Go version and the module text that `go version -m` prints.

use super::image::Image;
use super::spec::{BUILD_INFO_HEADER, BUILD_INFO_INLINE, BUILD_INFO_MAGIC};
use crate::fault::Fault;

/// Raw strings of the build information.
#[derive(Debug, Clone, Default)]
pub struct BuildInfo {
    pub version: String,
    /// Lines such as `path\texample.com/app`; empty for a binary built without modules.
    pub modules: String,
}

/// Find and read it.
pub fn read(image: &Image, data: &[u8]) -> Result<BuildInfo, Fault> {
    let start = find(image, data).ok_or_else(|| {
        Fault::foreign(format!(
            "an {} file without Go build information: not made by the Go toolchain",
            image.format
        ))
    })?;
    let header = data.get(start..start + BUILD_INFO_HEADER);
    let flags = header.and_then(|bytes| bytes.get(15)).copied();
    let flags = flags.ok_or_else(|| {
        Fault::truncated(
            data.len() as u64,
            "the executable ends inside its build information",
        )
    })?;
    if flags & BUILD_INFO_INLINE == 0 {
        return Err(Fault::unsupported(
            "built with a Go release before 1.18, growwork reads 1.21 and newer",
        ));
    }
    let mut at = start + BUILD_INFO_HEADER;
    let version = string(data, &mut at)?;
    let modules = string(data, &mut at)?;
    Ok(BuildInfo {
        version: String::from_utf8_lossy(version).into_owned(),
        modules: String::from_utf8_lossy(unframed(modules)).into_owned(),
    })
}

fn find(image: &Image, data: &[u8]) -> Option<usize> {
    if let Some(section) = image.section(&[".go.buildinfo", "__go_buildinfo"])
        && data
            .get(section.start..)
            .is_some_and(|bytes| bytes.starts_with(BUILD_INFO_MAGIC))
    {
        return Some(section.start);
    }
    // PE has no section for it: it is aligned to 16 bytes in the data.
    image
        .sections
        .iter()
        .filter(|section| section.name == ".data")
        .find_map(|section| {
            let bytes = data.get(section.start..section.start + section.len)?;
            let within = bytes
                .chunks(16)
                .position(|chunk| chunk.starts_with(BUILD_INFO_MAGIC))?;
            Some(section.start + within * 16)
        })
}

/// A string with its length before it, as a varint.
fn string<'a>(data: &'a [u8], at: &mut usize) -> Result<&'a [u8], Fault> {
    let cut = || {
        Fault::truncated(
            data.len() as u64,
            "the executable ends inside its build information",
        )
    };
    let mut length = 0usize;
    for shift in (0..63).step_by(7) {
        let byte = *data.get(*at).ok_or_else(cut)?;
        *at += 1;
        length |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            let start = *at;
            *at = start.checked_add(length).ok_or_else(cut)?;
            return data.get(start..*at).ok_or_else(cut);
        }
    }
    Err(Fault::malformed(
        *at as u64,
        "a length in the build information is longer than nine bytes",
    ))
}

/// The module text has a 16-byte marker on either side (cmd/go/internal/modload, infoStart).
fn unframed(text: &[u8]) -> &[u8] {
    let end = text.len().saturating_sub(16);
    match text.get(16..end) {
        Some(inner) if text.get(end.wrapping_sub(1)) == Some(&b'\n') => inner,
        _ => &[],
    }
}

/// N of `go1.N`; `None` for a text without one, such as that of a development build.
pub fn minor_release(version: &str) -> Option<u32> {
    let rest = version.strip_prefix("go1.")?;
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::minor_release;

    #[test]
    fn minor_releases() {
        assert_eq!(minor_release("go1.26.8"), Some(26));
        assert_eq!(minor_release("go1.27rc1"), Some(27));
        assert_eq!(minor_release("go1.27.3 X:nogreenteagc"), Some(27));
        assert_eq!(minor_release("devel go1.28-0123abcd"), None);
    }
}
