"""Completion in bash, zsh and fish: scripts made of the tables of options and verbs."""

from __future__ import annotations

from initd.cli.completion import bash, fish, zsh

_SCRIPTS = {"bash": bash.script, "zsh": zsh.script, "fish": fish.script}


def script(shell: str) -> str:
    """What `initd completion SHELL` prints, for one of bash, zsh and fish."""
    return _SCRIPTS[shell]()
