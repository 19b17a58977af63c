"""Images: re-encoding and storage."""
