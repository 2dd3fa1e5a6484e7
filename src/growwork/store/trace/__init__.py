"""Trace files, and the tables made of them."""
