//! The lines of `/debug/pprof/heap?debug=1` (runtime/pprof/pprof.go, writeHeapInternal).
//!
//! ```text
//! heap profile: 3: 4123 [5: 12312] @ heap/1048576
//! 1: 1024 [1: 1024] @ 0x46f2a1 0x46f3b2
//! #       0x46f2a0        main.fill+0x40  /src/app/main.go:12
//!
//! # runtime.MemStats
//! # Alloc = 123456
//! ```

/// The four counts of the header and of each record, unscaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub inuse_objects: i64,
    pub inuse_bytes: i64,
    pub alloc_objects: i64,
    pub alloc_bytes: i64,
}

/// A symbolised frame in a comment line; `pc` is inside the call instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment<'a> {
    pub pc: u64,
    pub function: &'a str,
    /// Distance of `pc` from the entry of the function that has the code.
    pub offset: u64,
    pub file: &'a str,
    pub line: u32,
}

/// `3: 4123 [5: 12312]` and what follows the `@`.
pub fn counts(line: &str) -> Option<(Counts, &str)> {
    let (numbers, rest) = line.split_once('@')?;
    let (inuse, alloc) = numbers.trim().strip_suffix(']')?.split_once('[')?;
    let (inuse_objects, inuse_bytes) = pair(inuse)?;
    let (alloc_objects, alloc_bytes) = pair(alloc)?;
    let counts = Counts {
        inuse_objects,
        inuse_bytes,
        alloc_objects,
        alloc_bytes,
    };
    Some((counts, rest.trim()))
}

fn pair(text: &str) -> Option<(i64, i64)> {
    let (objects, bytes) = text.split_once(':')?;
    Some((objects.trim().parse().ok()?, bytes.trim().parse().ok()?))
}

/// `0x46f2a1`
pub fn address(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// The frame of a line that begins with `#\t0x`; names are empty where the runtime had none.
pub fn comment(line: &str) -> Option<Comment<'_>> {
    let mut columns = line
        .strip_prefix('#')?
        .split('\t')
        .map(str::trim)
        .filter(|column| !column.is_empty());
    let pc = address(columns.next()?)?;
    let Some(name) = columns.next() else {
        return Some(Comment {
            pc,
            function: "",
            offset: 0,
            file: "",
            line: 0,
        });
    };
    let (function, offset) = name.rsplit_once('+')?;
    let (file, number) = columns.next()?.rsplit_once(':')?;
    Some(Comment {
        pc,
        function,
        offset: address(offset)?,
        file,
        line: number.parse().ok()?,
    })
}

/// `# Alloc = 123456`
pub fn statistic(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix('#')?.split_once('=')?;
    Some((name.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comment_lines_keep_plus_signs_and_colons_in_names() {
        let read = comment("#\t0x10\tmain.(*T).a+b+0x3\t\t/src/a:b/x.go:12");
        assert_eq!(
            read,
            Some(Comment {
                pc: 16,
                function: "main.(*T).a+b",
                offset: 3,
                file: "/src/a:b/x.go",
                line: 12
            })
        );
    }

    #[test]
    fn nameless_frames_have_only_an_address() {
        assert_eq!(
            comment("#\t0x10").map(|c| (c.pc, c.function)),
            Some((16, ""))
        );
    }

    #[test]
    fn counts_need_all_four_numbers() {
        assert!(counts("1: 2 [3: 4] @ 0x1").is_some());
        assert!(counts("1: 2 [3] @ 0x1").is_none());
        assert!(counts("1: 2 @ 0x1").is_none());
        assert!(counts("1: 99999999999999999999 [3: 4] @").is_none());
    }
}
