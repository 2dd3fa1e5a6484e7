"""One module per use case: the only place that joins effects and pure code, and the Python API."""
