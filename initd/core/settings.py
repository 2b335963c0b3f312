"""The effective configuration: checked, complete, and with the source of each value."""

from __future__ import annotations

from initd.core.emulation import NO_EMULATION, Emulation
from initd.core.life.restart import RESTART, RestartPolicy
from initd.core.signals.numbers import WINCH
from initd.core.start.spawn_spec import Limit, SpawnSpec, User
from initd.core.start.stage import Stage
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.address import HttpAddress, StatsdAddress
    from initd.core.health.check import Check
    from initd.core.life.hook import Hook
    from initd.core.registry.place import Place, Register, Watch
    from initd.core.secrets import Secrets
    from initd.core.signals.numbers import Rule
    from initd.core.signals.profile import Profile
    from initd.core.signals.route import SignalPolicy
    from initd.core.signals.stop_plan import Plan

#: More digits than these are no time that anybody waits for.
_USEC_DIGITS = 15
_DEPTH = {"off": -3, "error": -2, "warning": -1, "info": 0, "debug": 1}


class Settings(Value, kw_only=True):
    """`origins` has the source of each option: a flag, a variable, a file, a profile, or
    `default`. `capabilities_dropped` is a mask, `capabilities_text` how somebody wrote it."""

    command: tuple[str, ...]
    environ: dict[bytes, bytes]
    profile: Profile | None
    signal_map: dict[int, Rule]
    stop_signal: int
    stop_plan: Plan
    #: The stop plan as somebody wrote it, before it was fitted into the grace period.
    unfitted_plan: Plan
    #: The engine's patience in seconds, if it is known.
    grace: float | None
    #: Seconds between the beginning of a stop and its first signal, within the grace period.
    drain: float
    hooks: tuple[Hook, ...]
    #: Where the app is entered, and what is watched there.
    register: Register | None
    #: How long a stop waits for the entry to be taken out, within the grace period.
    leave: float
    watches: tuple[Watch, ...]
    target: str
    clean_codes: tuple[int, ...]
    user: User | None
    directory: str | None
    umask: int | None
    limits: tuple[Limit, ...]
    env_files: tuple[str, ...]
    session: bool
    pid_file: str | None
    hostname: str | None
    socket: str | None
    role: str | None
    #: How often --verbose was given.
    verbosity: int
    log_level: str
    #: json, console, or auto.
    log_format: str
    #: stderr, syslog, none, fd:N, or a file's path.
    log_to: str
    parent_death: int
    death_signal: int
    nice: int | None
    oom_score_adj: int | None
    capabilities_dropped: int
    capabilities_text: str
    no_new_privs: bool
    restart: RestartPolicy
    on_unhealthy: str
    checks: tuple[Check, ...]
    notify: bool
    #: Who is heard then: main, tree or all.
    notify_access: str
    http: tuple[HttpAddress, ...]
    #: Whether HTTP beyond loopback shows command lines.
    http_commands: bool
    #: Patterns of words, of which a command line that is shown lacks what the stars stand for.
    redact: tuple[str, ...]
    statsd: StatsdAddress | None
    warn_reaped: bool
    #: After how many seconds without an event pid 1 falls asleep; None: never.
    sleep: float | None
    #: Where the reason for the container's end goes; None: nowhere.
    termination_log: str | None
    origins: Mapping[str, str]
    emulation: Emulation = NO_EMULATION
    #: See SignalPolicy.
    transparent: bool = False
    #: One that fits the command, but is not in force under another init's name.
    suggested_profile: Profile | None = None
    #: What becomes of processes that outlive the app; None for the default.
    leftovers: Plan | None = None
    #: What the command line shows to stand in front of the program; "" for nothing.
    behind: str = ""
    #: See AimPolicy.
    adapts: bool = False
    own_profiles: tuple[Mapping[str, Any], ...] = ()
    #: None where there are none.
    secrets: Secrets | None = None
    strict: bool = False
    #: Where something may not be as it was meant, and what: a flag, a variable or a key, and a
    #: sentence for people.
    warnings: tuple[tuple[str, str], ...] = ()

    @property
    def is_program_itself(self) -> bool:
        """Whether what init starts is the program, as far as is known: then every signal is for
        it, and no stop looks for another process."""
        recognised = " matches " in self.origins["profile"]
        return self.profile is not None and recognised and not self.behind

    @property
    def looks(self) -> bool:
        """Whether a stop looks which processes are to have its signal."""
        if self.transparent:
            return False
        return not self.is_program_itself or self.target != "process"

    @property
    def why_awake(self) -> str | None:
        """Why pid 1 never falls asleep; None where it does."""
        style = self.emulation.message_style
        if self.sleep is None:
            return f"told so by {self.origins['sleep']}"
        if self.monitored:
            return "there is a monitor, which pid 1 looks after"
        if self.log_to.startswith("fd:"):
            return "its log goes to a descriptor"
        if style is not None and style.tells_of_signals:
            return f"{self.emulation.name}'s messages tell of each signal as it comes"
        return None

    @property
    def monitored(self) -> bool:
        """Whether anything needs the monitor."""
        asked = self.checks or self.notify or self.http or self.statsd is not None
        return bool(asked or self.discovers)

    @property
    def discovers(self) -> bool:
        """Whether anything needs the registrar."""
        return bool(self.register is not None or self.watches)

    @property
    def registries(self) -> tuple[Place, ...]:
        """All that the registrar talks to."""
        own = (self.register.place,) if self.register is not None else ()
        return (*own, *(watch.place for watch in self.watches))

    @property
    def holds_start(self) -> bool:
        """Whether something is to be done before the app may be started."""
        hooks = any(hook.moment == "start" for hook in self.hooks)
        return hooks or any("prestart" in check.roles for check in self.checks)

    @property
    def lead(self) -> float:
        """The seconds that a stop may take before its first signal."""
        return (
            self.leave
            + self.drain
            + sum(hook.patience for hook in self.hooks if hook.moment == "stop")
        )

    @property
    def shown_command(self) -> tuple[str, ...]:
        """The command without its secrets."""
        from initd.core.redact import redacted

        return redacted(self.command, self.redact)

    @property
    def hides_commands(self) -> bool:
        """Whether HTTP shows no command line: it is served beyond loopback, and nobody asked."""
        return not self.http_commands and not all(address.is_near for address in self.http)

    @property
    def speaks_upwards(self) -> bool:
        """Whether init tells whoever started it of the app, in the app's place: it was given a
        socket for that, and knows from checks or from the app itself when the app is ready."""
        there = self.environ.get(b"NOTIFY_SOCKET", b"")
        return there[:1] in (b"/", b"@") and bool(self.checks or self.notify)

    @property
    def restarts_by_itself(self) -> bool:
        """Whether the app may be started again without anybody's asking."""
        return self.restart != RestartPolicy() or self.on_unhealthy == RESTART

    @property
    def wants_own_log(self) -> bool:
        """Whether somebody has configured initd's log, under whatever name it runs."""
        return bool(self.verbosity) or self.origins["log_format"] != "default"

    @property
    def log_depth(self) -> int:
        """How many levels beyond info are shown; negative where not even that is."""
        return _DEPTH[self.log_level] + (self.verbosity if self.log_level != "off" else 0)

    def asked_of_kernel(self) -> dict[int, tuple[str, ...]]:
        """What each stage of the start is asked for, in words for people."""
        user = self.user
        return {
            Stage.LIMITS: tuple(limit.text for limit in self.limits),
            Stage.USER_GROUPS: (str(user.uid),) if user is not None else (),
            Stage.USER_GROUP: (str(user.gid),) if user is not None else (),
            Stage.USER: (str(user.uid),) if user is not None else (),
            Stage.DIRECTORY: (repr(self.directory),),
            Stage.NICE: (str(self.nice),),
            Stage.OOM_SCORE: (str(self.oom_score_adj),),
            Stage.CAPABILITIES: (self.capabilities_text,),
        }

    @property
    def keeps_terminal(self) -> bool:
        """Whether init keeps the terminal for itself: the app stops on WINCH, and each resize of
        its window would send that to the foreground group."""
        plan = self.profile.stop if self.profile is not None else ""
        return "WINCH" in plan or any(step.signal == WINCH for step in self.stop_plan)

    def signal_policy(
        self, job_control: bool = False, keeps_terminal: bool = False
    ) -> SignalPolicy:
        """What decides where each signal goes. `job_control` and `keeps_terminal` as there."""
        from initd.core.signals.route import SignalPolicy  # here: the app need not wait for it
        from initd.core.signals.stop_plan import plan_of
        from initd.core.signals.stop_signals import HALT, ending_signals, plan_starters

        emulation, profile = self.emulation, self.profile
        own_plan = plan_of(profile.stop) if profile is not None else None
        starters = plan_starters(self.unfitted_plan, profile, own_plan)
        if emulation.is_peer:  # no other init knows what systemd's means
            starters -= {HALT}
        return SignalPolicy(
            rules=self.signal_map,
            stop_signal=self.stop_signal,
            target=self.target,
            starters=frozenset() if self.transparent else starters,
            ending=ending_signals(profile),
            own=emulation.reserved_signals,
            forwards_faults=emulation.forwards_faults,
            transparent=self.transparent,
            suspends=emulation.suspends,
            job_control=job_control,
            keeps_terminal=keeps_terminal,
            direct=not emulation.is_peer,
        )

    @property
    def watchdog(self) -> float:
        """The seconds within which the app has to send WATCHDOG=1; 0 where it need not."""
        return min((check.watchdog for check in self.checks if check.watchdog), default=0.0)

    def watchdog_of_init(self, pid: int) -> float:
        """The seconds within which whoever started init, whose pid this is, expects WATCHDOG=1
        (sd_watchdog_enabled(3)); 0 where nobody does."""
        usec = self.environ.get(b"WATCHDOG_USEC", b"")
        named = self.environ.get(b"WATCHDOG_PID", str(pid).encode())
        if named != str(pid).encode() or not usec.isdigit() or len(usec) > _USEC_DIGITS:
            return 0.0
        return int(usec) / 1e6

    def spawn_spec(
        self,
        terminal: bool,
        additions: Mapping[bytes, bytes] | None = None,
        inherited: tuple[int, ...] = (),
    ) -> SpawnSpec:
        """What the shim is told. `terminal`: whether there is one to hand over; `additions`:
        what else the app's environment gets; `inherited`: the descriptors beyond the standard
        ones."""
        emulation = self.emulation
        return SpawnSpec(
            argv=self.command,
            environ={**self.environ, **(additions or {})},
            user=self.user,
            directory=self.directory,
            umask=self.umask,
            limits=self.limits,
            session=self.session,
            terminal=terminal and not self.keeps_terminal,
            death_signal=self.death_signal,
            nice=self.nice,
            oom_score_adj=self.oom_score_adj,
            capabilities_dropped=self.capabilities_dropped,
            no_new_privs=self.no_new_privs,
            same_group=emulation.same_group,
            inherited=inherited,
            keeps_inherited=self.restarts_by_itself,
            blocked=emulation.blocked,
            ignored=emulation.ignored,
            shell_fallback=emulation.shell_fallback,
            leaves_directory=emulation.leaves_directory
            and not self.monitored,  # where checks run too
        )
