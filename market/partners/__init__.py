"""Partners and their members."""
