"""The verbs: one row each, from which --help, completion and the man page are made.

initd/cli/main.py has their names again: pid 1 shall not read this.
"""

from __future__ import annotations

from initd.core.value import Value

#: What may follow a verb's own options.
NOTHING, SIGNAL, COMMAND, PROFILE, SHELL = "", "SIG", "[--] COMMAND", "NAME", "bash|zsh|fish"
PRELOAD = "install|status|remove"
DIRECTORY = "DIR"


class Verb(Value):
    """`synopsis` is how it is called; `flags` are its own, each with what it does; `rest`
    is what follows them, and `options` says whether those of a start may stand there too."""

    name: str
    synopsis: str
    help: str
    flags: tuple[tuple[str, str], ...] = ()
    rest: str = NOTHING
    options: bool = False


_SOCKET = ("--socket", "the control socket, where it is not at the usual place")
_JSON = ("--json", "for programs")

VERBS = (
    Verb(
        "health",
        "initd health [--live|--ready|--startup] [--verbose] [--socket PATH]",
        "exit 0 healthy, 1 not, and one line that says why",
        (
            ("--live", "whether the app is alive"),
            ("--ready", "whether it can take work now"),
            ("--startup", "whether it has come up"),
            ("--verbose", "what was looked at too"),
            _SOCKET,
        ),
    ),
    Verb(
        "status",
        "initd status [--json] [--socket PATH]",
        "the state, and the tree of processes",
        (_JSON, _SOCKET),
    ),
    Verb(
        "signal",
        "initd signal [--socket PATH] SIG",
        "as if SIG had been sent to init",
        (_SOCKET,),
        SIGNAL,
    ),
    Verb("stop", "initd stop [--socket PATH]", "as if the engine had asked for a stop", (_SOCKET,)),
    Verb(
        "restart",
        "initd restart [--socket PATH]",
        "stop the app by its plan, and start it anew",
        (_SOCKET,),
    ),
    Verb(
        "check",
        "initd check [--json] [options] [--] COMMAND",
        "what would run, and what would happen on each signal",
        (_JSON,),
        COMMAND,
        True,
    ),
    Verb(
        "compile",
        "initd compile [options] [--] COMMAND",
        "when an image is built: a plan by which the app starts at once",
        (),
        COMMAND,
        True,
    ),
    Verb(
        "hostname",
        "initd hostname [--explain] [--json] [options]",
        "the host name that the app's programs see, and why that one",
        (("--explain", "every name that it could be, and why it is or is not"), _JSON),
        NOTHING,
        True,
    ),
    Verb(
        "profiles",
        "initd profiles [NAME] [--json]",
        "the programs whose stop is known, and what is known of one",
        (_JSON,),
        PROFILE,
    ),
    Verb(
        "preload",
        "initd preload install|status|remove [--json]",
        "the host name for every program of the image, by /etc/ld.so.preload",
        (_JSON,),
        PRELOAD,
    ),
    Verb(
        "completion",
        "initd completion bash|zsh|fish",
        "print a shell's completion script",
        (),
        SHELL,
    ),
    Verb(
        "link",
        "initd link --as NAME [--as NAME ...] [--force] DIR",
        "have initd called as tini, tini-static, docker-init, dumb-init or catatonit, in DIR",
        (
            ("--as", "the name; repeatable"),
            ("--force", "replace a file of that name that is not initd"),
        ),
        DIRECTORY,
    ),
)
