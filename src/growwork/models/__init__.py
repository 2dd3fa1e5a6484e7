"""Executable models of the runtime: classic map, Swiss map, allocator size classes."""
