"""Pid 1 asleep: left to a few pages of C until there is something to decide."""
