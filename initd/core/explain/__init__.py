"""What init would do, in words, for `initd check`."""
