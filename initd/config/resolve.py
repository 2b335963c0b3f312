"""From the text of options to settings: every value checked, every mistake kept, every
source known."""

from __future__ import annotations

from initd import paths
from initd.config import forms
from initd.config.command_line import CommandLine, RawValue, decoded
from initd.config.hostname.decide import container_facts, decide
from initd.config.mistake import Mistakes
from initd.config.options import LOG_FORMATS, LOG_LEVELS, NOTIFY_ACCESS
from initd.config.stopping import StoppingReader
from initd.config.toml.file_config import FileConfig
from initd.config.value_reader import DEFAULT, ValueReader, recording_lookup
from initd.config.values import scalars
from initd.core.emulation import NO_EMULATION, Emulation
from initd.core.hostname.candidates import KERNEL
from initd.core.hostname.container import HOSTS_FILE
from initd.core.hostname.rules import hostname_variables
from initd.core.life.restart import NOTHING, ON_UNHEALTHY, RestartPolicy
from initd.core.life.restart import policy_of as restart_policy_of
from initd.core.settings import Settings
from initd.core.signals.numbers import number_of
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.config.stopping import Stopping
    from initd.core.health.check import Check
    from initd.core.life.hook import Hook
    from initd.core.registry.place import Register, Watch
    from initd.core.secrets import Secrets
    from initd.core.shell_words import Lookup
    from initd.core.start.spawn_spec import User

    Environment = Mapping[bytes, bytes]
    Around = tuple[tuple[Hook, ...], Register | None, tuple[Watch, ...]]

#: Events come in groups: the seconds without one after which pid 1 falls asleep.
AWAKE = 3.0


#: Options that mean nothing without --secrets.
_ABOUT_SECRETS = ("secrets_as", "secret_as", "secrets_patience", "ejson_keydir", "on_reload")
_WITHOUT_LIVENESS = "does nothing: no check tells whether the app is alive; give one role=liveness"


class Resolved(Value, kw_only=True):
    """`additions` is what the app's environment has beyond the container's, or otherwise;
    `names_read` are the variables that its command was made from."""

    settings: Settings
    additions: Environment
    names_read: frozenset[bytes]


def resolve(
    line: CommandLine,
    environ: Environment,
    kernel_hostname: str,
    library: str,
    file: FileConfig | None = None,
    emulation: Emulation = NO_EMULATION,
    tolerant: bool = False,
) -> Settings:
    """The settings, or Mistakes with every mistake that was found.

    `line` has what flags and variables say, with the file's options below them; `environ` is
    what the container was given, `kernel_hostname` the kernel's host name, `library` the path
    of the library that overrides it; `file` is what a configuration file says beside options;
    `emulation` is the init that initd stands in for; a `tolerant` caller handles --strict itself.
    """
    return (
        Resolution(line, environ, kernel_hostname, library, file or FileConfig(), emulation)
        .resolved(tolerant)
        .settings
    )


class Resolution:
    """The app's environment is made in steps: the container's, then what the configuration
    file, env files, the user and the host name add. Each step is given the environment that
    the former ones have made, and returns what it adds."""

    def __init__(
        self,
        line: CommandLine,
        environ: Environment,
        kernel_hostname: str,
        library: str,
        file: FileConfig,
        emulation: Emulation,
    ) -> None:
        self.line = line
        self.container = environ
        self.kernel_hostname = kernel_hostname
        self.library = library
        self.file = file
        self.emulation = emulation
        self.values = ValueReader(line, (*line.mistakes, *file.mistakes))
        self.origins = self.values.origins
        self.names_read: set[bytes] = set()

    def resolved(self, tolerant: bool = False) -> Resolved:
        """All of it. Raises Mistakes; unless `tolerant`, as --strict says."""
        from_files = self.variables_of_files()
        configured = {**self.container, **from_files}
        role = self.values.value("role", str, None)
        command = self.command(role, recording_lookup(configured, self.names_read))
        user, from_user = self.user()
        hostname, from_hostname = self.hostname({**configured, **from_user})
        additions = {**from_files, **from_user, **from_hostname}
        hooks, register, watches = self.around()
        hook = next((each.patience for each in hooks if each.moment == "stop"), 0.0)
        stopping = StoppingReader(
            self.values,
            self.emulation,
            self.file.profiles,
            command,
            decoded(configured),
            hook=hook,
            leave=register.patience if register is not None else 0.0,
        ).stopping()
        if stopping.hook != hook:
            from initd.config.values.hook import within

            hooks = within(hooks, stopping.hook)
        environ = {**self.container, **additions}
        settings = self.settings(
            stopping, (hooks, register, watches), role, command, user, hostname, environ
        )
        strict = settings.strict and not tolerant
        mistakes = (*self.values.mistakes, *(self.values.warnings if strict else ()))
        if mistakes:
            raise Mistakes(mistakes)
        return Resolved(
            settings=settings, additions=additions, names_read=frozenset(self.names_read)
        )

    def settings(
        self,
        stopping: Stopping,
        around: Around,
        role: str | None,
        command: tuple[str, ...],
        user: User | None,
        hostname: str | None,
        environ: dict[bytes, bytes],
    ) -> Settings:
        """With the options that depend on nothing else."""
        values, emulation = self.values, self.emulation
        hooks, register, watches = around
        checks, on_unhealthy = self.checks(), self.on_unhealthy()
        if on_unhealthy != NOTHING and not any(check.tells_of_life for check in checks):
            self.values.warn(self.origins["on_unhealthy"], _WITHOUT_LIVENESS)
        notify = bool(values.times("notify"))
        if checks:  # then init speaks to this socket in the app's place: Settings.speaks_upwards
            self.names_read.add(b"NOTIFY_SOCKET")
            notify = notify or b"NOTIFY_SOCKET" in self.container
        nice = scalars.number_in("nice value", -20, 19)
        oom_score = scalars.number_in("OOM score", -1000, 1000)
        capabilities_dropped, capabilities_text = forms.capabilities_of(self.values)
        awake: float | None = AWAKE
        return Settings(
            command=command,
            environ=environ,
            profile=stopping.profile,
            signal_map=stopping.signal_map,
            stop_signal=stopping.stop_signal,
            stop_plan=stopping.stop_plan,
            unfitted_plan=stopping.unfitted_plan,
            grace=stopping.grace,
            drain=stopping.drain,
            hooks=hooks,
            register=register,
            leave=stopping.leave,
            watches=watches,
            target=stopping.target,
            clean_codes=stopping.clean_codes,
            user=user,
            directory=values.value("chdir", scalars.directory, None),
            umask=values.value("umask", scalars.umask, None),
            limits=forms.limits_of(self.values),
            env_files=tuple(raw.text for raw in values.all("env_file")),
            session=bool(values.times("session")),
            pid_file=values.value("pid_file", scalars.absolute_path, None),
            hostname=hostname,
            socket=values.value("socket", str, None),
            role=role,
            verbosity=values.times("verbose"),
            log_format=values.value(
                "log_format", scalars.one_of("log format", LOG_FORMATS), LOG_FORMATS[0]
            ),
            log_level=values.value(
                "log_level", scalars.one_of("log level", LOG_LEVELS), LOG_LEVELS[0]
            ),
            log_to=values.value("log_to", scalars.log_destination, "stderr"),
            parent_death=values.value("parent_death", number_of, 0),
            death_signal=values.value(
                "death_signal", scalars.signal_or_none, emulation.death_signal
            ),
            nice=values.value("nice", nice, None),
            oom_score_adj=values.value("oom_score_adj", oom_score, None),
            capabilities_dropped=capabilities_dropped,
            capabilities_text=capabilities_text,
            no_new_privs=bool(values.times("no_new_privs")),
            restart=values.value("restart", restart_policy_of, RestartPolicy()),
            on_unhealthy=on_unhealthy,
            checks=checks,
            notify=notify or any(check.kind == "notify" for check in checks),
            notify_access=values.value(
                "notify_access", scalars.one_of("access", NOTIFY_ACCESS), NOTIFY_ACCESS[1]
            ),
            http=forms.http_of(self.values),
            http_commands=bool(values.times("http_commands")),
            redact=tuple(raw.text for raw in values.all("redact")),
            statsd=forms.statsd_of(self.values),
            termination_log=values.value(
                "termination_log",
                scalars.file_or_none,
                None if emulation.is_peer else paths.TERMINATION_LOG,
            ),
            sleep=values.value("sleep", scalars.seconds_or_never, awake),
            warn_reaped=bool(values.times("warn_reaped")),
            origins=self.origins,
            emulation=emulation,
            transparent=stopping.transparent,
            suggested_profile=stopping.suggested_profile,
            leftovers=stopping.leftovers,
            behind=stopping.behind,
            adapts=stopping.adapts,
            own_profiles=stopping.own_profiles,
            secrets=self.secrets(environ),
            strict=bool(values.times("strict")),
            warnings=tuple((each.where, each.sentence) for each in values.warnings),
        )

    def around(self) -> Around:
        """Hooks, the app's entry in a registry, and watches. Mostly there is none, and nobody pays
        for their readers."""
        names = "hook", "register", "watch"
        if not self.file.hooks and all(self.values.last(name) is None for name in names):
            self.origins.update(dict.fromkeys(names, DEFAULT))
            return (), None, ()
        from initd.config.around import AroundReader

        reader = AroundReader(self.values, self.file)
        return reader.hooks(), reader.register(), reader.watches()

    # ---- the steps of the environment -------------------------------------------------

    def variables_of_files(self) -> Environment:
        """Of the configuration file, and of each env file, which wins over what is there by
        then."""
        added = {
            name.encode(errors="surrogateescape"): value.encode(errors="surrogateescape")
            for name, value in self.file.environ.items()
        }
        raws = self.values.all("env_file")
        if not raws:
            return added
        from initd.config.values.env_file import read_env_file

        def read(path: str) -> dict[bytes, bytes]:
            so_far = {**self.container, **added}
            return read_env_file(path, recording_lookup(so_far, self.names_read))

        nothing: dict[bytes, bytes] = {}
        for raw in raws:
            added = {**added, **self.values.attempt(raw, read, nothing)}
        return added

    def user(self) -> tuple[User | None, Environment]:
        """The user, and what a login as this user sets."""
        nobody: tuple[User | None, Environment] = None, {}
        if self.values.last("user") is None:
            self.origins["user"] = DEFAULT
            return nobody
        from initd.config.values.user import look_up

        return self.values.value("user", look_up, nobody)

    def hostname(self, environ: Environment) -> tuple[str | None, Environment]:
        """The name to preload, None where the kernel's own will do, and the variables that
        make programs see it."""
        hostname, domain = self.values.last("hostname"), self.values.last("domain")
        self.origins["hostname"] = DEFAULT
        if hostname is None and domain is None and self.emulation.is_peer:
            # Standing in for another init, initd does nothing that nobody has asked for.
            return None, {}
        facts = container_facts(self.kernel_hostname, environ)
        found = decide(hostname, domain, facts, self.library, self.values.warn)
        if found.name is None:
            self.values.refuse(found.source, found.why)
            return None, {}
        name, source = found.name, found.source
        if source == HOSTS_FILE and self.emulation.is_peer:
            name, source = self.kernel_hostname, KERNEL
        if source != KERNEL:
            self.origins["hostname"] = source
        added = hostname_variables(environ, self.library, name, self.kernel_hostname)
        return name if name != self.kernel_hostname else None, added

    # ---- the command ----------------------------------------------------------------------

    def command(self, role: str | None, lookup: Lookup) -> tuple[str, ...]:
        """The role's command line, else the words given, else the configuration file's."""
        if role is not None:
            return (*self.command_of_role(role, lookup), *self.line.command)
        if not self.line.command and self.file.command:
            return self.command_of_file(lookup)
        self.origins["command"] = "command line"
        if not self.line.command and not self.values.mistakes:
            self.values.refuse("COMMAND", "nothing to run: initd [options] -- COMMAND [ARG...]")
        return self.line.command

    def command_of_role(self, role: str, lookup: Lookup) -> tuple[str, ...]:
        from initd.config.values.role import command_of_role

        self.origins["command"] = f"{paths.ROLES}, {role}"
        raw = RawValue(role, self.origins["role"])
        nothing: tuple[str, ...] = ()
        return self.values.attempt(raw, lambda name: command_of_role(name, lookup), nothing)

    def command_of_file(self, lookup: Lookup) -> tuple[str, ...]:
        raws = self.file.command
        self.origins["command"] = raws[0].source
        if not self.file.is_line:
            return tuple(raw.text for raw in raws)
        from initd.core.shell_words import split_words

        nothing: list[str] = []
        return tuple(self.values.attempt(raws[0], lambda line: split_words(line, lookup), nothing))

    # ---- options of a form of their own ----------------------------------------------------

    def checks(self) -> tuple[Check, ...]:
        """Those of --check; where there is none, the configuration file's."""
        raws = self.values.all("check")
        if not raws:
            self.origins["check"] = self.file.checks_from or DEFAULT
        if not raws and not self.file.checks:
            return ()
        from initd.config.values.check import mistakes_among, read_check, too_many

        if too_many(len(raws)):
            self.values.refuse(raws[-1].source, too_many(len(raws)))
            return ()
        found = [self.values.attempt(raw, read_check, None) for raw in raws] or self.file.checks
        checks = tuple(check for check in found if check is not None)
        for sentence in mistakes_among(checks):
            self.values.refuse(self.origins["check"], sentence)
        return checks

    def on_unhealthy(self) -> str:
        """What follows when a liveness check fails."""
        read = scalars.one_of("action", ON_UNHEALTHY)
        return self.values.value("on_unhealthy", read, NOTHING)

    def secrets(self, environ: Environment) -> Secrets | None:
        """Where they come from, and how they reach the app."""
        raws = self.values.all("secrets")
        if not raws and not any(self.values.last(name) for name in _ABOUT_SECRETS):
            return None
        from initd.config.values.secrets import read_secrets

        return read_secrets(self.values, raws, environ)
