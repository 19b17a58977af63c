"""Linli Market: marketplace, room rental and public funds of a neighbourhood."""

__version__ = "0.1.0"
