"""Funds, versioned routing rules and the public books."""
