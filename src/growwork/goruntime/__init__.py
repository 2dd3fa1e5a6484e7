"""What differs between Go releases: one sourced row each."""

from growwork.goruntime.map_functions import (
    MapFrame,
    classify_function,
    classify_stack,
    is_runtime_function,
    is_transparent_function,
)
from growwork.goruntime.releases import (
    RELEASES,
    GoRelease,
    GoVersion,
    MapKind,
    release_for,
)

__all__ = [
    "RELEASES",
    "GoRelease",
    "GoVersion",
    "MapFrame",
    "MapKind",
    "classify_function",
    "classify_stack",
    "is_runtime_function",
    "is_transparent_function",
    "release_for",
]
