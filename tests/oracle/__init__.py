"""Go's own trace reader as the oracle of ours."""
