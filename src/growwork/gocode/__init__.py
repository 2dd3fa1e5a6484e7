"""Real Go modules shipped as package data: sitefacts, probe, storefront.

They are copied to a cache folder before they are built, so an installed package stays
read-only.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["module_dir"]


def module_dir(name: str) -> Path:
    """The folder of the shipped Go module `name`; `KeyError` when there is no such module."""
    folder = Path(__file__).parent / name
    if not folder.is_dir():
        raise KeyError(name)
    return folder
