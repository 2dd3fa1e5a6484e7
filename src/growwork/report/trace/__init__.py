"""Renderers of a trace's results, and writers of other tools' formats."""
