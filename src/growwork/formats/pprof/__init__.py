"""Profiles in pprof's `profile.proto`, gzipped or not, in and out."""

from growwork.formats.pprof.reader import read_profile
from growwork.formats.pprof.types import Mapping, Profile, ValueType
from growwork.formats.pprof.writer import write_profile

__all__ = ["Mapping", "Profile", "ValueType", "read_profile", "write_profile"]
