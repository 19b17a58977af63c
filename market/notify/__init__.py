"""Messages to people and their templates."""
