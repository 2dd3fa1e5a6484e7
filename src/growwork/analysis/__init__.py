"""Pure analysis: tables in, typed results out; no I/O, no clock."""
