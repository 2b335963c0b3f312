"""One module a kind of check: what it asks, and how the answer reads."""
