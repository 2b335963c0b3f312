"""hostname.so, as the programs of a container meet it."""
