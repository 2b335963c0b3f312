"""The verbs: one row each, from which --help, completion and the man page are made.

initd/cli/main.py has their names again: pid 1 shall not read this.
"""

from __future__ import annotations

from initd.core.value import Value

#: What may follow a verb's own options.
NOTHING, SIGNAL, COMMAND, SHELL = "", "SIG", "[--] COMMAND", "bash|zsh|fish"


class Verb(Value):
    """`flags` are its own, each with what it does; `rest` is what follows them, and
    `options` says whether those of a start may stand there too."""

    name: str
    help: str
    flags: tuple[tuple[str, str], ...] = ()
    rest: str = NOTHING
    options: bool = False

    @property
    def synopsis(self) -> str:
        """How it is called."""
        flags = [f"[{flag}]" for flag, _ in self.flags]
        options = ["[options]"] if self.options else []
        return " ".join(["initd", self.name, *flags, *options, self.rest]).rstrip()


_SOCKET = ("--socket", "the control socket, where it is not at the usual place")
_JSON = ("--json", "for programs")

VERBS = (
    Verb(
        "health",
        "exit 0 healthy, 1 not, and one line that says why",
        (
            ("--live", "whether the app is alive"),
            ("--ready", "whether it can take work now"),
            ("--startup", "whether it has come up"),
            ("--verbose", "what was looked at too"),
            _SOCKET,
        ),
    ),
    Verb("status", "the state, and the tree of processes", (_JSON, _SOCKET)),
    Verb("signal", "as if SIG had been sent to init", (_SOCKET,), SIGNAL),
    Verb("stop", "as if the engine had asked for a stop", (_SOCKET,)),
    Verb("restart", "stop the app by its plan, and start it anew", (_SOCKET,)),
    Verb("check", "what would run, and what would happen on each signal", (_JSON,), COMMAND, True),
    Verb("completion", "print a shell's completion script", (), SHELL),
)
