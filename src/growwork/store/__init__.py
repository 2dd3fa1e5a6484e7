"""Recordings on disk: a folder of raw artefacts plus `manifest.json`."""
