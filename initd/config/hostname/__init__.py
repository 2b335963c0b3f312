"""The host name from flags, variables and the container."""
