"""Facts about Go source (sites, growth lines, joins, bounds) and byte-exact edits."""
