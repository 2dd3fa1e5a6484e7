"""Recorded execution traces."""
