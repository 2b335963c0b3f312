"""What goes wrong with a registry."""

from __future__ import annotations


class RegistryError(Exception):
    """The registry has not answered, or refuses; the text is for people."""
