"""The command line: what `initd ...` means, and what a person reads."""
