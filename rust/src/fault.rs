//! What a decoder says about bytes it cannot read.
//!
//! The file's name is Python's to know; the native side says which kind of fault, where, and
//! what was found against what was expected.

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

create_exception!(
    growwork._native,
    DecodeError,
    PyValueError,
    "A fault in input bytes; `args` is (kind, position, problem)."
);

/// The three ways an input fails; the names are those of the Python errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The bytes are not what the format says.
    Malformed,
    /// The bytes end before the format says they may.
    Truncated,
    /// The bytes are of a version that is not known.
    Unsupported,
}

/// A fault at a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// `offset 17` or `line 3`; empty when the whole input is meant.
    pub position: String,
    pub problem: String,
}

impl Fault {
    /// The bytes at `offset` are not what the format says.
    pub fn malformed(offset: u64, problem: impl Into<String>) -> Self {
        Self::at(FaultKind::Malformed, format!("offset {offset}"), problem)
    }

    /// The input ends at `offset`, too early.
    pub fn truncated(offset: u64, problem: impl Into<String>) -> Self {
        Self::at(FaultKind::Truncated, format!("offset {offset}"), problem)
    }

    /// The input is of an unknown version.
    pub fn unsupported(problem: impl Into<String>) -> Self {
        Self::at(FaultKind::Unsupported, String::new(), problem)
    }

    /// The input as a whole is not this format.
    pub fn foreign(problem: impl Into<String>) -> Self {
        Self::at(FaultKind::Malformed, String::new(), problem)
    }

    pub fn at(kind: FaultKind, position: String, problem: impl Into<String>) -> Self {
        Self {
            kind,
            position,
            problem: problem.into(),
        }
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        let kind = match fault.kind {
            FaultKind::Malformed => "malformed",
            FaultKind::Truncated => "truncated",
            FaultKind::Unsupported => "unsupported",
        };
        DecodeError::new_err((kind, fault.position, fault.problem))
    }
}
