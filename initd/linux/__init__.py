"""What touches Linux: system calls, descriptors, /proc. It decides nothing."""
