"""One finding rule per file: what / why / example / remedy / when it is wrong / cases."""
