"""Tests of growwork.report.trace."""
