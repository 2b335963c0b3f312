"""Real programs, each stopped in the middle of its work."""
