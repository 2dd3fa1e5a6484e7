"""Executable models of what the Go runtime does, made from its source."""

from growwork.models.map_model import MapModel, map_model
from growwork.models.types import Growth, Level, Presize

__all__ = ["Growth", "Level", "MapModel", "Presize", "map_model"]
