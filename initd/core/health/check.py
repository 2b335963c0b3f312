"""A check: what is probed, how often, and what its answers are for.

Words, defaults and meaning are those of Kubernetes' container probes
(kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes):
times are seconds, thresholds count answers in a row.
"""

from __future__ import annotations

from initd.core.value import Value

KINDS = ("process", "exec", "http", "tcp", "unix", "file", "notify")

#: So many checks at the most: all their answers fit into one message to pid 1.
CHECKS_AT_MOST = 32
#: What a check says of itself is cut after so many characters.
WHY_AT_MOST = 160


class Bound(Value):
    """A bound of a process check: `what` is rss (bytes), descriptors, threads or children."""

    what: str
    low: int
    high: int


class Check(Value):
    """One check. `target` is what its kind needs: the URL (http), HOST:PORT (tcp), the
    path (unix, file); `argv` the command of exec."""

    name: str
    kind: str
    roles: tuple[str, ...]
    target: str = ""
    argv: tuple[str, ...] = ()
    period: float = 10.0
    timeout: float = 1.0
    delay: float = 0.0
    success: int = 1
    failure: int = 3
    #: http: the statuses that pass, each a (low, high), and what the body must contain.
    statuses: tuple[tuple[int, int], ...] = ((200, 399),)
    body: str = ""
    #: file: not older than so many seconds; 0 asks for existence alone.
    fresher: float = 0.0
    #: notify: WATCHDOG=1 is due so often, in seconds; 0 never.
    watchdog: float = 0.0
    bounds: tuple[Bound, ...] = ()


class ProbeResult(Value):
    """What one probe found, in one short line for people; `seconds` is how long it took."""

    ok: bool
    why: str
    seconds: float = 0.0
