"""The effective configuration: checked, complete, and knowing where each value is from."""

from __future__ import annotations

from initd.core.spawn_spec import Limit, SpawnSpec, User
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.core.profile import Profile
    from initd.core.signals import Rule
    from initd.core.stop_plan import Plan


class Settings(Value):
    """`origins` names the source of each field: a flag, a variable, a profile, a default."""

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
    session: bool
    hostname: str | None
    socket: str | None
    role: str | None
    verbosity: int
    log_format: str
    parent_death: int
    death_signal: int
    origins: Mapping[str, str]

    def spawn_spec(self, terminal: bool) -> SpawnSpec:
        """What the shim is told; `terminal` whether there is one to hand over."""
        return SpawnSpec(
            self.command,
            self.environ,
            self.user,
            self.directory,
            self.umask,
            self.limits,
            self.session,
            terminal,
            self.death_signal,
        )
