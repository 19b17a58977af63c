"""Rooms, stalls and other spaces: hours, availability, occupancy, utilisation."""
