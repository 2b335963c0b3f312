"""The configuration file as types: what keys there are, and what may stand behind them.

msgspec, because it validates, writes a JSON Schema, and is imported in 20 ms with 4 MB;
pydantic takes several times of both. It is imported only where a file is read, and gone
before the loop is. What a value means (a signal, a plan, an address) is judged by the
readers that flags and variables go through too.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from initd.core.health.kinds import KINDS

Text = str | int
Texts = list[str]

_KINDS = list(KINDS)


def _says(text: str) -> Any:
    return Meta(description=text)


class Table(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A table of the file: an unknown key is a mistake."""


class Signals(Table):
    """Which signal arrives as which."""

    rewrite: Annotated[
        dict[str, Text], _says("signal to signal, 0 drops: TERM = 'QUIT', HUP = 0")
    ] = {}


class Stop(Table):
    """How the app is stopped."""

    plan: Annotated[str | None, _says("steps of signal and seconds: 'QUIT:20 TERM:5 KILL'")] = None
    signal: Annotated[Text | None, _says("what asks for a stop, if not TERM")] = None
    target: Annotated[str | None, _says("process, group or all")] = None
    clean_codes: Annotated[list[int], _says("exit codes that count as 0")] = []


class App(Table):
    """What the app's process is given."""

    user: Annotated[Text | None, _says("NAME[:GROUP], by name or number")] = None
    chdir: Annotated[str | None, _says("its working directory")] = None
    umask: Annotated[Text | None, _says("octal, as '027' or 0o27")] = None
    limits: Annotated[dict[str, Text], _says("resource limits: nofile = 65536")] = {}
    env: Annotated[dict[str, Text], _says("variables for the app")] = {}
    env_files: Annotated[Texts, _says("files with NAME=VALUE a line")] = []
    session: Annotated[bool | None, _says("a session of its own")] = None
    nice: Annotated[int | None, _says("-20 to 19")] = None
    oom_score_adj: Annotated[int | None, _says("-1000 to 1000")] = None
    cap_drop: Annotated[Texts, _says("capabilities to drop, or ALL")] = []
    cap_keep: Annotated[Texts, _says("with ALL: but not these")] = []
    no_new_privs: Annotated[bool | None, _says("no rights are gained by exec")] = None
    death_signal: Annotated[Text | None, _says("what it gets when init is killed")] = None


class Host(Table):
    """The name that the app's programs see."""

    name: Annotated[
        str | None, _says("the host name, or a template such as '{hostname}.{domain}'")
    ] = None
    domain: Annotated[str | None, _says("put behind a host name without one; a template, too")] = (
        None
    )


class Health(Table):
    """Who hears of health, and what follows from it."""

    on_unhealthy: Annotated[str | None, _says("nothing, restart or stop")] = None
    notify: Annotated[bool | None, _says("listen to sd_notify")] = None
    http: Annotated[Texts, _says("addresses: IP:PORT, or a path")] = []


class CheckTable(Table):
    """One check, [check.NAME]; docs/health.md has the meaning of each key."""

    kind: Annotated[
        str,
        Meta(
            description=" or ".join((", ".join(_KINDS[:-1]), _KINDS[-1])),
            extra_json_schema={"enum": _KINDS},
        ),
    ]
    target: Annotated[str | None, _says("URL, HOST:PORT or path")] = None
    command: Annotated[Texts, _says("of exec")] = []
    role: Annotated[str | Texts, _says("startup, liveness, readiness")] = []
    period: Annotated[float | None, _says("seconds")] = None
    timeout: Annotated[float | None, _says("seconds")] = None
    delay: Annotated[float | None, _says("seconds")] = None
    success: Annotated[int | None, _says("answers in a row")] = None
    failure: Annotated[int | None, _says("answers in a row")] = None
    status: Annotated[Text | list[Text] | None, _says("of http: 200, '200-299'")] = None
    body: Annotated[str | None, _says("of http: text that is to be in the body")] = None
    fresher: Annotated[float | None, _says("of file: not older, in seconds")] = None
    watchdog: Annotated[float | None, _says("of notify: WATCHDOG=1 so often, seconds")] = None
    rss: Annotated[Text | None, _says("of process: a bound such as '512M'")] = None
    descriptors: Annotated[Text | None, _says("of process: a bound such as 1000")] = None
    threads: Annotated[Text | None, _says("of process: a bound")] = None
    children: Annotated[Text | None, _says("of process: a bound such as '1-16'")] = None


class Metrics(Table):
    """Where metrics are sent."""

    statsd: Annotated[str | None, _says("HOST:PORT or unix:PATH")] = None


class LogTable(Table):
    """How init logs."""

    format: Annotated[str | None, _says("json or console")] = None
    verbose: Annotated[int | None, _says("how much more, 0 to 9")] = None
    warn_reaped: Annotated[bool | None, _says("a warning for each orphan reaped")] = None


class When(Table):
    """A condition that changes a profile's stop plan."""

    stop: Annotated[str, _says("the stop plan then")]
    env: Annotated[str | None, _says("a variable that is set and not empty")] = None
    argument: Annotated[str | None, _says("a glob for an argument")] = None


class ProfileTable(Table):
    """How a program of yours stops, [profiles.NAME]; fields as in docs/profiles.md."""

    match: Annotated[Texts, _says("globs for the program, or for it and its arguments")]
    stop: Annotated[str, _says("the stop plan")] = "TERM"
    target: Annotated[str, _says("process, group or all")] = "process"
    clean: Annotated[list[int], _says("exit codes of a graceful stop beside 0")] = []
    when: Annotated[list[When], _says("conditions, the first that holds counts")] = []
    quick: Annotated[str | None, _says("the signal that stops it quickly")] = None
    reload: Annotated[str | None, _says("the signal to reload")] = None
    reopen: Annotated[str | None, _says("the signal to reopen its logs")] = None
    quiet: Annotated[str | None, _says("the signal to take no new work")] = None
    bare: Annotated[str | None, _says("what TERM alone does to it, in words")] = None
    source: Annotated[str | None, _says("where these facts are from")] = None


class Configuration(Table):
    """initd.toml"""

    command: Annotated[
        str | Texts | None, _says("the app; a string is split as a role's command is")
    ] = None
    role: Annotated[str | None, _says("take the command from /container/roles.json")] = None
    profile: Annotated[str | None, _says("how the program stops; none for no profile")] = None
    restart: Annotated[str | None, _says("no, on-failure or always, with :TIMES/SECONDS")] = None
    socket: Annotated[str | None, _says("the control socket")] = None
    parent_death: Annotated[Text | None, _says("what init gets when its parent dies")] = None
    signals: Signals = field(default_factory=Signals)
    stop: Stop = field(default_factory=Stop)
    app: App = field(default_factory=App)
    host: Host = field(default_factory=Host)
    health: Health = field(default_factory=Health)
    check: Annotated[dict[str, CheckTable], _says("checks by name")] = {}
    metrics: Metrics = field(default_factory=Metrics)
    log: LogTable = field(default_factory=LogTable)
    profiles: Annotated[dict[str, ProfileTable], _says("profiles by name")] = {}


#: Which option a key says, where both are not called the same.
OPTION_OF = {
    "signals.rewrite": "rewrite",
    "stop.plan": "stop_plan",
    "stop.signal": "stop_signal",
    "stop.target": "target",
    "stop.clean_codes": "clean_code",
    "app.limits": "limit",
    "app.env_files": "env_file",
    "host.name": "hostname",
    "host.domain": "domain",
    "health.on_unhealthy": "on_unhealthy",
    "health.notify": "notify",
    "health.http": "http",
    "metrics.statsd": "statsd",
    "log.format": "log_format",
    "log.verbose": "verbose",
}
#: Keys that no option says, or another way: a table a check, a profile, a variable.
OF_ITS_OWN = ("command", "app.env", "check", "profiles")
