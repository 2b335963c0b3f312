"""Log lines of pid 1."""
