"""What goes wrong with a registry."""

from __future__ import annotations


class RegistryError(Exception):
    """The registry has not answered, or refuses; the text is for people."""


class LeaseLost(RegistryError):
    """The registry does not know the lease."""


def in_a_line(text: str) -> str:
    """What the registry says, for the log."""
    return "".join(each if each.isprintable() else "?" for each in text[:200])
