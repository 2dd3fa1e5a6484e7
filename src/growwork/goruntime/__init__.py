"""What differs between Go releases: one sourced row each."""

from growwork.goruntime.releases import (
    RELEASES,
    GoRelease,
    GoVersion,
    MapKind,
    release_for,
)

__all__ = ["RELEASES", "GoRelease", "GoVersion", "MapKind", "release_for"]
