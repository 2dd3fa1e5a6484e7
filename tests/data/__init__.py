"""Recorded data for tests."""
