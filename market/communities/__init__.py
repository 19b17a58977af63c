"""District > street > community tree, their policies, and community enterprises."""
