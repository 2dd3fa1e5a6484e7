"""The allocator's size classes, the same table in every release growwork knows.

Source: runtime/sizeclasses.go (to 1.24), internal/runtime/gc/sizeclasses.go (from 1.25).
"""

from __future__ import annotations

__all__ = [
    "HEADER_THRESHOLD_BYTES",
    "MALLOC_HEADER_BYTES",
    "MAX_SMALL_BYTES",
    "PAGE_BYTES",
    "SIZE_CLASSES",
]

PAGE_BYTES = 8192
MAX_SMALL_BYTES = 32768
MALLOC_HEADER_BYTES = 8  # in front of pointerful objects over HEADER_THRESHOLD_BYTES, 1.22+
HEADER_THRESHOLD_BYTES = 512

# fmt: off
SIZE_CLASSES: tuple[int, ...] = (
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320,
    352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792,
    2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472,
    9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264,
    28672, 32768,
)
# fmt: on
