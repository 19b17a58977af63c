"""Categories, listings, offers, photos and reviews."""
