"""Stub of the Rust extension; `tests/test_native_stub.py` holds it against the module."""

__version__: str
