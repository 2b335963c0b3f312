"""The configuration file as types: its keys, and what values they take.

msgspec, because it validates, writes a JSON Schema, and is imported in 20 ms with 4 MB;
pydantic takes several times as much of both. It is imported only where a file is read, and
is gone before the loop starts. What a value means (a signal, a plan, an address) is up to
the readers of flags and variables.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from initd.config.mistake import one_of
from initd.config.options import LOG_FORMATS, LOG_LEVELS, NOTIFY_ACCESS, TARGETS
from initd.core.health.kinds import KINDS
from initd.core.life.restart import ON_UNHEALTHY
from initd.paths import ROLES

Text = str | int
Texts = list[str]


def _described(text: str) -> Any:
    return Meta(description=text)


class Table(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A table of the file: an unknown key is a mistake."""


class Signals(Table):
    """Which signal arrives as which."""

    rewrite: Annotated[
        dict[str, Text], _described("signal to signal, 0 drops: TERM = 'QUIT', HUP = 0")
    ] = {}


class Stop(Table):
    """How the app is stopped."""

    plan: Annotated[
        str | None, _described("steps of signal and seconds: 'QUIT:20 TERM:5 KILL'")
    ] = None
    signal: Annotated[Text | None, _described("the signal that asks for a stop, if not TERM")] = (
        None
    )
    grace: Annotated[
        float | None, _described("seconds after which the engine kills: the plan is fitted in")
    ] = None
    drain: Annotated[
        float | None, _described("seconds, not ready any more, before the first signal")
    ] = None
    target: Annotated[str | None, _described(one_of(TARGETS))] = None
    leftovers: Annotated[
        str | None, _described("steps for processes that outlive the app: 'TERM:10 KILL'")
    ] = None
    clean_codes: Annotated[list[int], _described("exit codes to replace by 0")] = []


class App(Table):
    """How the app's process starts."""

    user: Annotated[Text | None, _described("NAME[:GROUP], by name or number")] = None
    chdir: Annotated[str | None, _described("its working directory")] = None
    umask: Annotated[Text | None, _described("octal digits, such as '027' or 0o27")] = None
    limits: Annotated[dict[str, Text], _described("resource limits: nofile = 65536")] = {}
    env: Annotated[dict[str, Text], _described("variables for the app")] = {}
    env_files: Annotated[Texts, _described("files with one NAME=VALUE a line")] = []
    pid_file: Annotated[
        str | None, _described("where it writes which of its processes is the main one")
    ] = None
    session: Annotated[bool | None, _described("its own session")] = None
    nice: Annotated[int | None, _described("-20 to 19")] = None
    oom_score_adj: Annotated[int | None, _described("-1000 to 1000")] = None
    cap_drop: Annotated[Texts, _described("capabilities to drop, or ALL")] = []
    cap_keep: Annotated[Texts, _described("with cap_drop ALL: capabilities to keep")] = []
    no_new_privs: Annotated[bool | None, _described("gain no privileges by exec")] = None
    death_signal: Annotated[
        Text | None, _described("the signal that it gets when init is killed")
    ] = None


class SecretsTable(Table):
    """Where the app's secrets come from, and how they reach it."""

    sources: Annotated[
        Texts, _described("ejson:FILE, dir:DIRECTORY, exec:COMMAND, files for variables X_FILE")
    ] = []
    way: Annotated[
        str | None, _described("how they reach the app: env or file; see $CREDENTIALS_DIRECTORY")
    ] = field(default=None, name="as")
    names: Annotated[
        dict[str, str], _described("the same for single ones: DB_PASSWORD = 'file'")
    ] = {}
    patience: Annotated[float | None, _described("seconds that reading them may take")] = None
    ejson_keydir: Annotated[str | None, _described("where EJSON files' private keys are")] = None
    on_reload: Annotated[
        Text | None, _described("what follows from initd reload: nothing, restart or a signal")
    ] = None


class Host(Table):
    """The name that the app's programs see."""

    name: Annotated[
        str | None, _described("the host name, or a template such as '{hostname}.{domain}'")
    ] = None
    domain: Annotated[
        str | None, _described("added to a host name that has none; may be a template too")
    ] = None


class Health(Table):
    """Who is told about health, and what follows from it."""

    on_unhealthy: Annotated[str | None, _described(one_of(ON_UNHEALTHY))] = None
    notify: Annotated[bool | None, _described("listen to sd_notify messages")] = None
    notify_access: Annotated[
        str | None, _described(f"who is heard then: {one_of(NOTIFY_ACCESS)}")
    ] = None
    http: Annotated[Texts, _described("addresses: :PORT, IP:PORT, or a path")] = []
    http_commands: Annotated[
        bool | None, _described("show command lines over HTTP beyond loopback too")
    ] = None


class CheckTable(Table):
    """One check, [check.NAME]; docs/health.md has the meaning of each key."""

    kind: Annotated[str, Meta(description=one_of(KINDS), extra_json_schema={"enum": list(KINDS)})]
    target: Annotated[str | None, _described("URL, HOST:PORT or path")] = None
    command: Annotated[Texts, _described("of exec")] = []
    role: Annotated[str | Texts, _described("prestart, startup, liveness, readiness")] = []
    period: Annotated[float | None, _described("seconds")] = None
    timeout: Annotated[float | None, _described("seconds")] = None
    delay: Annotated[float | None, _described("seconds")] = None
    success: Annotated[int | None, _described("answers in a row")] = None
    failure: Annotated[int | None, _described("answers in a row")] = None
    status: Annotated[Text | list[Text] | None, _described("of http: 200, '200-299'")] = None
    body: Annotated[str | None, _described("of http: text that is to be in the body")] = None
    fresher: Annotated[float | None, _described("of file: not older, in seconds")] = None
    limit: Annotated[
        float | None, _described("of role prestart: how long it may hold the start, seconds")
    ] = None
    watchdog: Annotated[float | None, _described("of notify: WATCHDOG=1 so often, seconds")] = None
    rss: Annotated[Text | None, _described("of process: a bound such as '512M'")] = None
    descriptors: Annotated[Text | None, _described("of process: a bound such as 1000")] = None
    threads: Annotated[Text | None, _described("of process: a bound")] = None
    children: Annotated[Text | None, _described("of process: a bound such as '1-16'")] = None


class HookTable(Table):
    """A command for a moment of the app's life, [hooks.MOMENT]; docs/hooks.md."""

    command: Annotated[Texts, _described("what is run: words")]
    user: Annotated[Text | None, _described("NAME[:GROUP], if not the app's")] = None
    patience: Annotated[float | None, _described("seconds after which it is killed")] = None
    on_failure: Annotated[
        str | None, _described("nothing; stop or restart for start, ready and change")
    ] = None


class Discovery(Table):
    """The registry of services; docs/discovery.md."""

    register: Annotated[
        Texts, _described("where the app is entered: 'etcd://etcd:2379/services/web port=8080'")
    ] = []
    watch: Annotated[
        Texts, _described("who else is there: 'web etcd://etcd:2379/services/web signal=HUP'")
    ] = []


class Metrics(Table):
    """Where to send metrics."""

    statsd: Annotated[
        str | None, _described("HOST:PORT or unix:PATH; 'relay:8125 dialect=plain' has no tags")
    ] = None


class LogTable(Table):
    """How init logs."""

    format: Annotated[str | None, _described(one_of(LOG_FORMATS))] = None
    level: Annotated[str | None, _described(one_of(LOG_LEVELS))] = None
    verbose: Annotated[int | None, _described("how many levels more to log, 0 to 9")] = None
    to: Annotated[str | None, _described("stderr, a file's full name, fd:N, syslog or none")] = None
    redact: Annotated[
        Texts, _described("words with stars; what these stand for is hidden in command lines")
    ] = []
    termination: Annotated[
        str | None, _described("the file for a line about why the container ended, or none")
    ] = None
    warn_reaped: Annotated[
        bool | None, _described("log a warning for each orphan that is reaped")
    ] = None


class Condition(Table):
    """All that is asked for has to hold."""

    env: Annotated[
        str | Texts | None, _described("if this variable, or all of these, are set and not empty")
    ] = None
    no_env: Annotated[
        str | Texts | None, _described("if this variable, or none of these, is set and not empty")
    ] = None
    argument: Annotated[
        str | Texts | None,
        _described(
            "if this glob, or one of these, matches an argument, or an option and its value"
        ),
    ] = None
    no_argument: Annotated[
        str | Texts | None, _described("if this glob, or none of these, matches that")
    ] = None


class When(Condition):
    """A condition that changes how a profile's program is stopped."""

    stop: Annotated[str | None, _described("the stop plan in that case")] = None
    target: Annotated[
        str | None, _described(f"whom signals reach in that case: {one_of(TARGETS)}")
    ] = None
    clean: Annotated[
        list[int] | None, _described("exit codes of a graceful stop besides 0 in that case")
    ] = None
    hurry: Annotated[str | None, _described("what to send before the engine's KILL then")] = None


class Warn(Condition):
    """What no signal can mend, and when; without a condition always."""

    text: Annotated[str, _described("what check and the log say")] = ""


class ProfileTable(Table):
    """How your program stops, [profiles.NAME]; fields as in docs/profiles.md."""

    match: Annotated[Texts, _described("globs for the program, or for it and its arguments")]
    stop: Annotated[str, _described("the stop plan")] = "TERM"
    target: Annotated[str, _described(one_of(TARGETS))] = "process"
    clean: Annotated[list[int], _described("exit codes of a graceful stop besides 0")] = []
    when: Annotated[
        list[When], _described("other stop plans: the first one whose condition holds counts")
    ] = []
    hurry: Annotated[
        str | None, _described("with --grace: signals to send before the engine's KILL, 'TERM:5'")
    ] = None
    survives: Annotated[Texts, _described("of TERM, INT and QUIT those that do not stop it")] = []
    warn: Annotated[
        list[Warn], _described("what check and the log warn of, each under its condition")
    ] = []
    wrapper: Annotated[
        bool, _described("whether the program that a stop is for is to be found below this one")
    ] = False
    quick: Annotated[str | None, _described("the signal that stops it quickly")] = None
    reload: Annotated[str | None, _described("the signal to reload")] = None
    reopen: Annotated[str | None, _described("the signal to reopen its logs")] = None
    quiet: Annotated[str | None, _described("the signal to accept no new work")] = None
    bare: Annotated[str | None, _described("what TERM alone does to it, in words")] = None
    source: Annotated[str | None, _described("where these facts are from")] = None


class Configuration(Table):
    """initd.toml"""

    command: Annotated[
        str | Texts | None,
        _described("the app: words, or a string that is split like a role's command"),
    ] = None
    role: Annotated[str | None, _described(f"take the command from {ROLES}")] = None
    profile: Annotated[
        str | None, _described("how the program stops: a profile's name, none or auto")
    ] = None
    strict: Annotated[bool | None, _described("a warning about the configuration is a mistake")] = (
        None
    )
    restart: Annotated[
        str | None, _described("one of no, on-failure and always, with :TIMES/SECONDS as a limit")
    ] = None
    socket: Annotated[str | None, _described("the control socket")] = None
    sleep: Annotated[
        float | str | None,
        _described("after how many seconds without an event init falls asleep, or no"),
    ] = None
    parent_death: Annotated[
        Text | None, _described("the signal that init gets when its parent dies")
    ] = None
    signals: Signals = field(default_factory=Signals)
    stop: Stop = field(default_factory=Stop)
    app: App = field(default_factory=App)
    secrets: SecretsTable = field(default_factory=SecretsTable)
    host: Host = field(default_factory=Host)
    health: Health = field(default_factory=Health)
    check: Annotated[dict[str, CheckTable], _described("checks by name")] = {}
    hooks: Annotated[
        dict[str, HookTable], _described("hooks by moment: start, ready, stop, end, change")
    ] = {}
    discovery: Discovery = field(default_factory=Discovery)
    metrics: Metrics = field(default_factory=Metrics)
    log: LogTable = field(default_factory=LogTable)
    profiles: Annotated[dict[str, ProfileTable], _described("profiles by name")] = {}


#: The option that a key sets, where that is not the key's last part.
OPTION_OF = {
    "signals.rewrite": "rewrite",
    "stop.plan": "stop_plan",
    "stop.signal": "stop_signal",
    "stop.target": "target",
    "stop.clean_codes": "clean_code",
    "app.limits": "limit",
    "app.env_files": "env_file",
    "secrets.sources": "secrets",
    "secrets.as": "secrets_as",
    "secrets.names": "secret_as",
    "secrets.patience": "secrets_patience",
    "host.name": "hostname",
    "host.domain": "domain",
    "log.format": "log_format",
    "log.level": "log_level",
    "log.to": "log_to",
    "log.verbose": "verbose",
    "log.termination": "termination_log",
}
#: Keys without an option of that form: a table for each check, profile, variable.
OF_ITS_OWN = ("command", "app.env", "check", "hooks", "profiles")
