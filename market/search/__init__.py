"""Search over services, spaces and partners."""
