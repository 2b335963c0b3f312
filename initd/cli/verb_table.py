"""The verbs, one row each: what runs them, and what --help, completion and the man page say.

A start reads this only where its first word may be a verb: `initd -- app` does not.
"""

from __future__ import annotations

from initd.core.value import Value

#: What may follow a verb's own options.
NOTHING, SIGNAL, COMMAND, PROFILE, SHELL = "", "SIG", "[--] COMMAND", "NAME", "bash|zsh|fish"
PRELOAD = "install|status|remove"
MAINTENANCE = "on|off"
DIRECTORY = "DIR"


class Flag(Value, kw_only=True):
    """A verb's own option. `metavar` is what it takes, "" for nothing; only a `repeatable` one
    may be given twice."""

    name: str
    help: str
    metavar: str = ""
    short: str = ""
    repeatable: bool = False


class Verb(Value, kw_only=True):
    """`run` is the function that runs it, MODULE:FUNCTION within initd.cli. `synopsis` is how
    it is called, `rest` what follows its `flags`. With `options` those of a start may follow
    too."""

    name: str
    run: str
    synopsis: str
    help: str
    flags: tuple[Flag, ...] = ()
    rest: str = NOTHING
    options: bool = False


_SOCKET = Flag(
    name="--socket", metavar="PATH", help="the control socket, where it is not at a default path"
)
_JSON = Flag(name="--json", help="print JSON, for programs")

VERBS = (
    Verb(
        name="health",
        run="control:health",
        synopsis="initd health [--live|--ready|--startup] [--verbose] [--socket PATH]",
        help="exit 0 if healthy and 1 if not, and print one line that says why",
        flags=(
            Flag(name="--live", help="whether the app is alive"),
            Flag(name="--ready", help="whether it can take work now"),
            Flag(name="--startup", help="whether it has started up"),
            Flag(name="--verbose", short="-v", help="print the result of each check too"),
            _SOCKET,
        ),
    ),
    Verb(
        name="status",
        run="control:status",
        synopsis="initd status [--json] [--socket PATH]",
        help="print the state, and the tree of processes",
        flags=(_JSON, _SOCKET),
    ),
    Verb(
        name="signal",
        run="control:signal",
        synopsis="initd signal [--socket PATH] SIG",
        help="do what init does when it gets this signal",
        flags=(_SOCKET,),
        rest=SIGNAL,
    ),
    Verb(
        name="stop",
        run="control:stop",
        synopsis="initd stop [--socket PATH]",
        help="stop the app and the container, as the engine's stop does",
        flags=(_SOCKET,),
    ),
    Verb(
        name="restart",
        run="control:restart",
        synopsis="initd restart [--socket PATH]",
        help="stop the app by its stop plan, and start it again",
        flags=(_SOCKET,),
    ),
    Verb(
        name="reload",
        run="secrets:reload",
        synopsis="initd reload [--socket PATH]",
        help="read the app's secrets again, and do what --on-reload says",
        flags=(_SOCKET,),
    ),
    Verb(
        name="secrets",
        run="secrets:secrets",
        synopsis="initd secrets [--json] [--socket PATH]",
        help="list the app's secrets: their names, sources, and how they reach it",
        flags=(_JSON, _SOCKET),
    ),
    Verb(
        name="maintenance",
        run="control:maintenance",
        synopsis="initd maintenance [--socket PATH] on|off",
        help="keep the app from being ready, so that it gets no work, or let it be ready again",
        flags=(_SOCKET,),
        rest=MAINTENANCE,
    ),
    Verb(
        name="check",
        run="check:check",
        synopsis="initd check [--json] [options] [--] COMMAND",
        help="print what would run, and what each signal would do",
        flags=(_JSON,),
        rest=COMMAND,
        options=True,
    ),
    Verb(
        name="compile",
        run="compile:compile_plan",
        synopsis="initd compile [options] [--] COMMAND",
        help="when an image is built: write a plan that makes the app start at once",
        rest=COMMAND,
        options=True,
    ),
    Verb(
        name="hostname",
        run="hostname:hostname",
        synopsis="initd hostname [--explain] [--json] [options]",
        help="print the host name that the app's programs see",
        flags=(
            Flag(name="--explain", help="every name that it could be, and why it is or is not"),
            _JSON,
        ),
        options=True,
    ),
    Verb(
        name="profiles",
        run="profiles:profiles",
        synopsis="initd profiles [NAME] [--json]",
        help="list the programs that initd knows how to stop, or the facts about one",
        flags=(_JSON,),
        rest=PROFILE,
    ),
    Verb(
        name="preload",
        run="preload:preload",
        synopsis="initd preload install|status|remove [--json]",
        help="set the host name for every program of the image, by /etc/ld.so.preload",
        flags=(_JSON,),
        rest=PRELOAD,
    ),
    Verb(
        name="completion",
        run="completion:completion",
        synopsis="initd completion bash|zsh|fish",
        help="print a shell's completion script",
        rest=SHELL,
    ),
    Verb(
        name="link",
        run="link:link",
        synopsis="initd link --as NAME [--as NAME ...] [--force] DIR",
        help=(
            "make initd callable as tini, tini-static, docker-init, dumb-init or catatonit, in DIR"
        ),
        flags=(
            Flag(name="--as", metavar="NAME", help="the name; repeatable", repeatable=True),
            Flag(name="--force", help="replace a file of that name that is not initd"),
        ),
        rest=DIRECTORY,
    ),
)
BY_NAME = {verb.name: verb for verb in VERBS}
