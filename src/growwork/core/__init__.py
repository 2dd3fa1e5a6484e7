"""Errors, units and statistics: what every other layer may use."""
