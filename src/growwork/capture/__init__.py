"""Effects: Go toolchains, overlays, pprof endpoints, child processes."""
