"""Decisions, tested one by one: no process, no container."""
