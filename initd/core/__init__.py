"""Decisions. Nothing in here touches a process, a socket, a file or a clock."""
