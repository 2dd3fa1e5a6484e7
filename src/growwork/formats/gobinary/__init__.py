"""Go executables: build information, program counters to frames, sizes of map arrays."""

from growwork.formats.gobinary.buildinfo import read_build_info
from growwork.formats.gobinary.reader import GoBinary
from growwork.formats.gobinary.types import SYMBOLS, BuildInfo, MapTypeSize, Module

__all__ = ["SYMBOLS", "BuildInfo", "GoBinary", "MapTypeSize", "Module", "read_build_info"]
