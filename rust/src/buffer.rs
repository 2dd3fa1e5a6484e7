//! The buffer boundary: bytes that Python owns, read without a copy where that is sound.
//!
//! This is the only module with `unsafe`.

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;

/// Input bytes held for as long as this value lives.
pub enum Input {
    /// A read-only buffer (`bytes`, a read-only `mmap` or `memoryview`), borrowed.
    Borrowed(PyBuffer<u8>),
    /// A copy: the exporter could write to its buffer while we read.
    Owned(Vec<u8>),
}

impl Input {
    /// Take any object with the buffer protocol.
    pub fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let buffer = PyBuffer::<u8>::get(object)?;
        if buffer.readonly() && buffer.is_c_contiguous() {
            Ok(Self::Borrowed(buffer))
        } else {
            buffer.to_vec(object.py()).map(Self::Owned)
        }
    }

    /// The bytes.
    #[allow(unsafe_code)]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Borrowed(buffer) if buffer.len_bytes() == 0 => &[],
            // SAFETY: the buffer is contiguous, read-only and not empty, so the pointer is valid
            // for `len_bytes` bytes, and the exporter keeps them in place until the release that
            // dropping `self` makes.
            Self::Borrowed(buffer) => unsafe {
                std::slice::from_raw_parts(buffer.buf_ptr().cast::<u8>(), buffer.len_bytes())
            },
        }
    }
}
