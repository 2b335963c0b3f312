"""pid 1: the loop that turns the kernel into events, and actions into system calls."""
