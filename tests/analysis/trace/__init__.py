"""Tests of growwork.analysis.trace."""
