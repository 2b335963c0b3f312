"""A check: what is probed, how often, and what its answers are for.

Words, defaults and meaning are those of Kubernetes' container probes
(kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes):
times are seconds, thresholds count answers in a row. The kinds are in kinds.py.
"""

from __future__ import annotations

from initd.core.health.roles import LIVENESS, STARTUP
from initd.core.value import Value

#: At most so many checks, so that all their results fit into one message to pid 1.
CHECKS_AT_MOST = 32
#: A result's reason is cut after so many characters.
WHY_AT_MOST = 160
#: The statuses that pass an http check unless it says otherwise, as with the kubelet.
ANY_STATUS = ((200, 399),)


class Bound(Value):
    """A bound of a process check; `what` is one of kinds.BOUNDED."""

    what: str
    low: int
    high: int


class Check(Value):
    """One check. `target` is what its kind needs, such as a URL or a path; `argv` is the
    command of exec."""

    name: str
    kind: str
    roles: tuple[str, ...]
    target: str = ""
    argv: tuple[str, ...] = ()
    period: float = 10.0
    #: Nobody has said how often: it is asked more often until it has passed once.
    eager: bool = False
    timeout: float = 1.0
    delay: float = 0.0
    success: int = 1
    failure: int = 3
    #: http: the statuses that pass, each a (low, high), and what the body must contain.
    statuses: tuple[tuple[int, int], ...] = ANY_STATUS
    body: str = ""
    #: file: written within the last so many seconds; 0 means that it only has to exist.
    fresher: float = 0.0
    #: notify: how often WATCHDOG=1 is due, in seconds; 0 means never.
    watchdog: float = 0.0
    #: prestart: how long it may hold the app's start, in seconds.
    limit: float = 60.0
    bounds: tuple[Bound, ...] = ()

    @property
    def tells_of_life(self) -> bool:
        """Whether the app may be ended for its failure, as --on-unhealthy says."""
        return LIVENESS in self.roles or STARTUP in self.roles


class ProbeResult(Value):
    """What one probe found: `why` is one short line for people, `seconds` how long it took."""

    ok: bool
    why: str
    seconds: float = 0.0
