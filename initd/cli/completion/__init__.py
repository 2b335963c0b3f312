"""`initd completion`: scripts for bash, zsh and fish, made of the tables of options and verbs."""

from __future__ import annotations

from initd.cli.completion import bash, fish, zsh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.cli.verbs import Call

_SCRIPTS = {"bash": bash.script, "zsh": zsh.script, "fish": fish.script}


def completion(call: Call) -> int:
    """Prints the script of the shell."""
    print(_SCRIPTS[call.rest[0]](), end="")
    return 0
