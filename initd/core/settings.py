"""The effective configuration: checked, complete, and knowing where each value is from."""

from __future__ import annotations

from initd.core.emulation import NO_EMULATION, Emulation
from initd.core.life.restart import RestartPolicy
from initd.core.signals.route import SignalPolicy
from initd.core.start.spawn_spec import Limit, SpawnSpec, User
from initd.core.start.stage import Stage
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.core.address import HttpAddress, StatsdAddress
    from initd.core.health.check import Check
    from initd.core.signals.numbers import Rule
    from initd.core.signals.profile import Profile
    from initd.core.signals.stop_plan import Plan


class Settings(Value):
    """`origins` names the source of each field: a flag, a variable, a profile, a default.
    `dropped` is a mask of capabilities, `drop_words` what was said of them."""

    command: tuple[str, ...]
    environ: Mapping[bytes, bytes]
    profile: Profile | None
    signal_map: dict[int, Rule]
    stop_signal: int
    stop_plan: Plan
    target: str
    clean_codes: tuple[int, ...]
    user: User | None
    directory: str | None
    umask: int | None
    limits: tuple[Limit, ...]
    env_files: tuple[str, ...]
    session: bool
    hostname: str | None
    socket: str | None
    role: str | None
    verbosity: int
    log_format: str
    parent_death: int
    death_signal: int
    nice: int | None
    oom_score_adj: int | None
    dropped: int
    drop_words: str
    no_new_privs: bool
    restart: RestartPolicy
    on_unhealthy: str
    checks: tuple[Check, ...]
    notify: bool
    http: tuple[HttpAddress, ...]
    statsd: StatsdAddress | None
    warn_reaped: bool
    origins: Mapping[str, str]
    emulation: Emulation = NO_EMULATION
    #: See SignalPolicy.
    transparent: bool = False
    #: What would be had if it were asked for: a profile that another init's emulation leaves off.
    unused: Profile | None = None

    @property
    def monitored(self) -> bool:
        """Whether anything asks for a monitor."""
        return bool(self.checks or self.notify or self.http or self.statsd is not None)

    @property
    def wants_own_log(self) -> bool:
        """Whether somebody has asked for initd's log, under whichever name."""
        return bool(self.verbosity) or self.origins["log_format"] != "default"

    def asked_of_kernel(self) -> dict[int, tuple[str, ...]]:
        """What each stage of the start was asked for, as a person says it."""
        user = self.user
        return {
            Stage.LIMITS: tuple(limit.text for limit in self.limits),
            Stage.USER_GROUPS: (str(user.uid),) if user is not None else (),
            Stage.USER_GROUP: (str(user.gid),) if user is not None else (),
            Stage.USER: (str(user.uid),) if user is not None else (),
            Stage.DIRECTORY: (repr(self.directory),),
            Stage.NICE: (str(self.nice),),
            Stage.OOM_SCORE: (str(self.oom_score_adj),),
            Stage.CAPABILITIES: (self.drop_words,),
        }

    def signal_policy(self, job_control: bool = False) -> SignalPolicy:
        """What decides where each signal goes."""
        emulation = self.emulation
        return SignalPolicy(
            rules=self.signal_map,
            stop_signal=self.stop_signal,
            target=self.target,
            own=emulation.reserved_signals,
            forwards_faults=emulation.forwards_faults,
            transparent=self.transparent,
            suspends=emulation.suspends,
            job_control=job_control,
            direct=not emulation.is_peer,
        )

    @property
    def watchdog(self) -> float:
        """How often the app is to say WATCHDOG=1, in seconds; 0 for never."""
        return min((check.watchdog for check in self.checks if check.watchdog), default=0.0)

    def spawn_spec(
        self,
        terminal: bool,
        additions: Mapping[bytes, bytes] | None = None,
        inherited: tuple[int, ...] = (),
        pid: int = 1,
    ) -> SpawnSpec:
        """What the shim is told; `terminal` whether there is one to hand over, `additions`
        what the app's environment gains, `inherited` the descriptors beyond the standard
        ones, `pid` init's own."""
        emulation = self.emulation
        for_init = self.environ.get(b"LISTEN_PID") == str(pid).encode()
        return SpawnSpec(
            self.command,
            {**self.environ, **(additions or {})},
            self.user,
            self.directory,
            self.umask,
            self.limits,
            self.session,
            terminal,
            self.death_signal,
            self.nice,
            self.oom_score_adj,
            self.dropped,
            self.no_new_privs,
            emulation.same_group,
            inherited,
            self.restart != RestartPolicy(),
            emulation.blocked,
            emulation.ignored,
            emulation.shell_fallback,
            emulation.updates_listen_pid and for_init,
            emulation.leaves_directory and not self.monitored,  # checks have the app's directory
        )
