"""Bytes to typed data and back, one package per format; nothing here knows of maps."""
