"""growwork: find which Go maps cost memory, GC CPU and tail latency, fix them, prove it.

Three nouns are ours. A **map site** is a position in Go source where a map comes into
being. A **growth line** is a position where a map can grow: an assignment, an increment, a
`maps.Copy`. A **recording** is a folder of raw artefacts of one run plus `manifest.json`,
written once and never changed.
"""

from growwork._native import __version__

__all__ = ["__version__"]
