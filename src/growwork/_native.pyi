"""Stub of the Rust extension; `tests/test_native_stub.py` holds it against the module."""

__version__: str

class DecodeError(ValueError):
    """A fault in input bytes; `args` is (kind, position, problem)."""
