"""In place of kazoo's recipes: its client names their classes, and the registrar uses none."""

from __future__ import annotations


def __getattr__(name: str) -> type:
    """Whatever the client imports."""
    if name[:1] == "_":
        raise AttributeError(name)
    return object
