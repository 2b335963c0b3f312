"""RawValue text to settings: every value checked, every mistake kept, every source known."""

from __future__ import annotations

from initd.config.command_line import CommandLine, RawValue
from initd.config.hostname.decide import container_facts, decide
from initd.config.mistake import Mistake, Mistakes
from initd.config.toml.file_config import FileConfig
from initd.config.values import scalars
from initd.core.emulation import NO_EMULATION, Emulation
from initd.core.hostname.candidates import KERNEL
from initd.core.hostname.rules import hostname_variables
from initd.core.life.policy import NOTHING, ON_UNHEALTHY
from initd.core.life.restart import RestartPolicy
from initd.core.life.restart import policy_of as restart_policy_of
from initd.core.settings import Settings
from initd.core.signals.numbers import DROP, TERM, Rule, name_of, number_of, rewrite_of
from initd.core.signals.profile import Profile, profile_of, recognise
from initd.core.signals.stop_plan import Step, plan_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from initd.core.address import HttpAddress, StatsdAddress
    from initd.core.health.check import Check
    from initd.core.signals.stop_plan import Plan
    from initd.core.start.spawn_spec import Limit, User

    T = TypeVar("T")

DEFAULT = "default"
TARGETS = ("process", "group", "all")
FORMATS = ("json", "console")


def resolve(
    line: CommandLine,
    environ: Mapping[bytes, bytes],
    kernel_hostname: str,
    preload: str,
    given: FileConfig | None = None,
    emulation: Emulation = NO_EMULATION,
) -> Settings:
    """The settings, or Mistakes with every one that was found.

    `environ` is what the container was given, `kernel_hostname` the kernel's host name,
    `preload` the path of the library that overrides it; `given` what a file says that no
    option does; `emulation` another init's, where initd stands in for it.
    """
    return Resolution(
        line, environ, kernel_hostname, preload, given or FileConfig(), emulation
    ).settings()


class Resolution:
    """Invariant: a value that can't be read leaves a mistake and its default."""

    def __init__(
        self,
        line: CommandLine,
        environ: Mapping[bytes, bytes],
        kernel_hostname: str,
        preload: str,
        given: FileConfig,
        emulation: Emulation,
    ) -> None:
        self.line = line
        self.emulation = emulation
        self.given = given
        self.mistakes = [*line.mistakes, *given.mistakes]
        self.origins: dict[str, str] = {}
        self.environ = dict(environ)
        for name, value in given.environ.items():
            self.environ[name.encode()] = value.encode(errors="surrogateescape")
        self.kernel_hostname = kernel_hostname
        self.preload = preload

    # ---- reading one value ----------------------------------------------------

    def last(self, name: str) -> RawValue | None:
        raws = self.line.given.get(name)
        return raws[-1] if raws else None

    def value(self, name: str, read: Callable[[str], T], default: T) -> T:
        """The last word on `name`, read by `read`, which raises ValueError or OSError."""
        raw = self.last(name)
        self.origins[name] = DEFAULT if raw is None else raw.source
        if raw is None:
            return default
        return self.attempt(raw, read, default)

    def attempt(self, raw: RawValue, read: Callable[[str], T], default: T) -> T:
        try:
            return read(raw.text)
        except ValueError as mistake:
            self.mistakes.append(Mistake(raw.source, str(mistake)))
        except OSError as error:
            self.mistakes.append(Mistake(raw.source, f"{error.filename}: {error.strerror}"))
        return default

    def times(self, name: str) -> int:
        """How often a flag was given."""
        raws = self.line.given.get(name, ())
        self.origins[name] = raws[-1].source if raws else DEFAULT
        for raw in raws:
            if raw.text:
                what = f"{raw.text!r} is neither yes nor no, nor a number up to 99"
                self.mistakes.append(Mistake(raw.source, what))
        return len(raws)

    # ---- all of them ----------------------------------------------------------

    def settings(self) -> Settings:
        role = self.value("role", str, None)
        self.read_env_files()
        text = self.text_environment()
        command = self.command(role, text)
        profile = self.profile(command, text)
        signal_map = self.signal_map()
        stop_signal = self.value("stop_signal", scalars.stop_signal, TERM)
        stop_plan = self.stop_plan(signal_map, stop_signal, profile)
        transparent = self.emulation.transparent and profile is None and not self.last("stop_plan")
        target = self.target(profile)
        user = self.value("user", self.look_up_user, None)
        hostname = self.hostname()
        checks = self.checks()
        settings = Settings(
            command,
            self.environ,
            profile,
            signal_map,
            stop_signal,
            stop_plan,
            target,
            self.clean_codes(profile),
            user,
            self.value("chdir", scalars.directory, None),
            self.value("umask", scalars.umask, None),
            self.limits(),
            tuple(raw.text for raw in self.line.given.get("env_file", ())),
            bool(self.times("session")),
            hostname,
            self.value("socket", str, None),
            role,
            self.times("verbose"),
            self.value("log_format", scalars.one_of(FORMATS), "json"),
            self.value("parent_death", number_of, 0),
            self.value("death_signal", scalars.signal_or_none, self.emulation.death_signal),
            self.value("nice", scalars.number_in("nice value", -20, 19), None),
            self.value("oom_score_adj", scalars.number_in("OOM score", -1000, 1000), None),
            *self.dropped(),
            bool(self.times("no_new_privs")),
            self.value("restart", restart_policy_of, RestartPolicy()),
            self.value("on_unhealthy", scalars.one_of(ON_UNHEALTHY), NOTHING),
            checks,
            bool(self.times("notify")) or any(check.kind == "notify" for check in checks),
            self.http(),
            self.statsd(),
            bool(self.times("warn_reaped")),
            self.origins,
            self.emulation,
            transparent,
            self.unused(command, text, stop_plan[0].signal) if transparent else None,
        )
        if self.mistakes:
            raise Mistakes(tuple(self.mistakes))
        return settings

    def text_environment(self) -> dict[str, str]:
        return {
            name.decode(errors="surrogateescape"): value.decode(errors="surrogateescape")
            for name, value in self.environ.items()
        }

    def read_env_files(self) -> None:
        raws = self.line.given.get("env_file", ())
        self.origins["env_file"] = raws[-1].source if raws else DEFAULT
        if raws:
            from initd.config.values.env_file import read_env_file

            nothing: dict[bytes, bytes] = {}
            for raw in raws:
                found = self.attempt(raw, lambda path: read_env_file(path, self.environ), nothing)
                self.environ.update(found)

    def command(self, role: str | None, text: Mapping[str, str]) -> tuple[str, ...]:
        if role is None and not self.line.command and self.given.command:
            return self.command_of_file(text)
        if role is None:
            if not self.line.command and not self.mistakes:
                self.mistakes.append(
                    Mistake("COMMAND", "nothing to run: initd [options] -- COMMAND [ARG...]")
                )
            self.origins["command"] = "command line"
            return self.line.command
        from initd.config.values.role import ROLES, command_of_role

        self.origins["command"] = f"{ROLES}, {role}"
        raw = RawValue(role, self.origins["role"])
        nothing: tuple[str, ...] = ()
        words = self.attempt(raw, lambda name: command_of_role(name, text), nothing)
        return (*words, *self.line.command)

    def command_of_file(self, text: Mapping[str, str]) -> tuple[str, ...]:
        raws = self.given.command
        self.origins["command"] = raws[0].source
        if not self.given.is_line:
            return tuple(raw.text for raw in raws)
        from initd.core.shell_words import split_words

        nothing: list[str] = []
        return tuple(self.attempt(raws[0], lambda line: split_words(line, text), nothing))

    def profile(self, command: tuple[str, ...], text: Mapping[str, str]) -> Profile | None:
        from initd.core.signals.profile_table import TABLE

        raw = self.last("profile")
        if raw is None and self.emulation.transparent:
            self.origins["profile"] = DEFAULT
            return None
        if raw is None or raw.text == scalars.RECOGNISED:
            found = recognise((*self.given.profiles, *TABLE), command, text)
            self.origins["profile"] = found.because if found is not None else DEFAULT
            return found
        self.origins["profile"] = raw.source
        if raw.text == scalars.NO_PROFILE:
            return None
        for row in (*self.given.profiles, *TABLE):
            if row["name"] == raw.text:
                return profile_of(row, command, text, raw.source)
        self.mistakes.append(
            Mistake(raw.source, scalars.no_such_profile(raw.text, (*self.given.profiles, *TABLE)))
        )
        return None

    def unused(
        self, command: tuple[str, ...], text: Mapping[str, str], stop: int
    ) -> Profile | None:
        """The profile that would begin a stop with another signal than `stop`, where nobody
        has said a word on profiles."""
        if self.last("profile") is not None:
            return None
        from initd.core.signals.profile_table import TABLE

        found = recognise((*self.given.profiles, *TABLE), command, text)
        return found if found is not None and plan_of(found.stop)[0].signal != stop else None

    def clean_codes(self, profile: Profile | None) -> tuple[int, ...]:
        """The profile's, and those that are said."""
        raws = self.line.given.get("clean_code", ())
        self.origins["clean_code"] = raws[-1].source if raws else DEFAULT
        read = scalars.number_in("exit code", 0, 255)
        said = [self.attempt(raw, read, None) for raw in raws]
        codes = (*(profile.clean if profile is not None else ()), *said)
        return tuple(dict.fromkeys(code for code in codes if code is not None))

    def signal_map(self) -> dict[int, Rule]:
        rules = {
            number: Rule(out, self.emulation.name)
            for number, out in self.emulation.rewrites.items()
        }
        for raw in self.line.given.get("rewrite", ()):
            rewrite = self.attempt(raw, rewrite_of, None)
            if rewrite is not None:
                rules[rewrite[0]] = Rule(rewrite[1], raw.source)
        return rules

    def stop_plan(
        self, signal_map: dict[int, Rule], stop_signal: int, profile: Profile | None
    ) -> Plan:
        """A rewrite of the stop signal is a plan of one step: strongest of all, as it
        was said about just this signal."""
        rule = signal_map.get(stop_signal)
        raw = self.last("stop_plan")
        if rule is not None and raw is not None:
            if _strength(rule.source) == _strength(raw.source):
                what = f"says what {name_of(stop_signal)} does, and so does {raw.source}: keep one"
                self.mistakes.append(Mistake(rule.source, what))
            if _strength(rule.source) > _strength(raw.source):
                raw = None
        if raw is not None:
            return self.value("stop_plan", plan_of, (Step(stop_signal),))
        if rule is not None and rule.out != DROP:
            self.origins["stop_plan"] = rule.source
            return (Step(rule.out),)
        if profile is not None:
            self.origins["stop_plan"] = f"profile {profile.name}"
            return plan_of(profile.stop)
        self.origins["stop_plan"] = DEFAULT
        return (Step(stop_signal),)

    def target(self, profile: Profile | None) -> str:
        target = self.value("target", scalars.one_of(TARGETS), "process")
        if self.origins["target"] == DEFAULT and profile is not None:
            self.origins["target"] = f"profile {profile.name}"
            return profile.target
        return target

    def look_up_user(self, text: str) -> User | None:
        from initd.config.values.user import look_up

        user, additions = look_up(text)
        self.environ.update(additions)
        return user

    def limits(self) -> tuple[Limit, ...]:
        raws = self.line.given.get("limit", ())
        if not raws:
            return ()
        from initd.config.values.limit import read_limit

        self.origins["limit"] = raws[-1].source
        found = [self.attempt(raw, read_limit, None) for raw in raws]
        by_resource = {limit.resource: limit for limit in found if limit is not None}
        return tuple(by_resource.values())

    def checks(self) -> tuple[Check, ...]:
        raws = self.line.given.get("check", ())
        self.origins["check"] = raws[-1].source if raws else self.given.checks_from or DEFAULT
        if not raws and not self.given.checks:
            return ()
        from initd.config.values.check import mistakes_among, read_check

        found = [self.attempt(raw, read_check, None) for raw in raws] or self.given.checks
        checks = tuple(check for check in found if check is not None)
        for sentence in mistakes_among(checks):
            self.mistakes.append(Mistake(self.origins["check"], sentence))
        return checks

    def http(self) -> tuple[HttpAddress, ...]:
        raws = self.line.given.get("http", ())
        self.origins["http"] = raws[-1].source if raws else DEFAULT
        if not raws:
            return ()
        from initd.core.address import http_address_of

        found = [self.attempt(raw, http_address_of, None) for raw in raws]
        return tuple(address for address in found if address is not None)

    def statsd(self) -> StatsdAddress | None:
        raw = self.last("statsd")
        self.origins["statsd"] = raw.source if raw is not None else DEFAULT
        if raw is None:
            return None
        from initd.config.values.statsd_address import read_address

        return self.attempt(raw, read_address, None)

    def dropped(self) -> tuple[int, str]:
        """The mask, and what was said."""
        drops, keeps = self.line.given.get("cap_drop", ()), self.line.given.get("cap_keep", ())
        for name, raws in (("cap_drop", drops), ("cap_keep", keeps)):
            self.origins[name] = raws[-1].source if raws else DEFAULT
        if not drops and not keeps:
            return 0, ""
        from initd.config.values.capability import ALL, bit_of, mask_of

        found_wrong = len(self.mistakes)
        dropped = kept = 0
        for raw in drops:
            dropped |= self.attempt(raw, mask_of, 0)
        for raw in keeps:
            kept |= self.attempt(raw, bit_of, 0)
        if keeps and dropped != ALL and len(self.mistakes) == found_wrong:
            what = "keeps nothing where --cap-drop ALL is not said"
            self.mistakes.append(Mistake(keeps[-1].source, what))
        said = ", ".join(raw.text for raw in drops)
        but = ", ".join(raw.text for raw in keeps)
        return dropped & ~kept, f"{said} but {but}" if keeps else said

    def hostname(self) -> str | None:
        """The name to preload; None where the kernel's own will do."""
        said = self.last("hostname"), self.last("domain")
        if said == (None, None) and self.emulation.is_peer:
            # In another init's place nothing is done that nobody has asked for.
            self.origins["hostname"] = DEFAULT
            return None
        found = decide(*said, container_facts(self.kernel_hostname, self.environ), self.preload)
        self.origins["hostname"] = found.source if found.source != KERNEL else DEFAULT
        if found.name is None:
            self.mistakes.append(Mistake(found.source, found.why))
            return None
        self.environ.update(
            hostname_variables(self.environ, self.preload, found.name, self.kernel_hostname)
        )
        return found.name if found.name != self.kernel_hostname else None


def _strength(source: str) -> int:
    """A flag over a variable over a file."""
    if source.startswith("-"):
        return 2
    return 1 if source.startswith("INITD_") else 0
