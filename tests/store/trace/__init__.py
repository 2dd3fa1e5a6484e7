"""Tests of growwork.store.trace."""
