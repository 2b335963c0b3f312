"""Whether the app is started again after it has ended by itself, and after how long.

The pauses are those of Docker's restart policies: 0.1 s at first, then doubled up to a minute,
and 0.1 s again once the app has run for ten seconds (docs.docker.com, "Start containers
automatically"). With jitter, because a hundred containers that lose the same database fail
in the same moment.
"""

from __future__ import annotations

from initd.core.life.backoff import delay
from initd.core.value import Value

NO, ON_FAILURE, ALWAYS = "no", "on-failure", "always"
MODES = (NO, ON_FAILURE, ALWAYS)
#: What follows when a liveness check has failed as often as its threshold says.
NOTHING, RESTART, STOP = "nothing", "restart", "stop"
ON_UNHEALTHY = (NOTHING, RESTART, STOP)

LONGEST = 60.0
#: An app that has run for so many seconds is restarted without a history.
STABLE = 10.0
#: A pause is longer or shorter by up to this part of it.
JITTER = 0.25


class RestartPolicy(Value):
    """At most `times` restarts within `seconds`. `times` 0 means no limit; `seconds` 0 means
    ever."""

    mode: str = NO
    times: int = 0
    seconds: float = 0.0


class Restart(Value):
    """What follows when the app has ended: a restart after `pause` seconds, or None, no restart.
    `why` is for the log; with no pause and a `why`, the limit is reached."""

    pause: float | None
    why: str


def policy_of(text: str) -> RestartPolicy:
    """`no`, `on-failure`, `always`, with a limit as in `on-failure:5` or `always:5/60`.

    Raises ValueError with a sentence for people.
    """
    mode, colon, limit = text.partition(":")
    if mode not in MODES:
        raise ValueError(f"unknown restart mode {mode!r}: use {NO}, {ON_FAILURE} or {ALWAYS}")
    if not colon:
        return RestartPolicy(mode)
    times, slash, seconds = limit.partition("/")
    if mode == NO or not _is_count(times) or (slash and not _is_count(seconds)):
        raise ValueError(
            f"invalid restart policy {text!r}: use MODE[:TIMES[/SECONDS]], such as on-failure:5/60"
        )
    return RestartPolicy(mode, int(times), float(seconds or 0))


def text_of(policy: RestartPolicy) -> str:
    """The policy as a person writes it."""
    if not policy.times:
        return policy.mode
    within = f"/{policy.seconds:g}" if policy.seconds else ""
    return f"{policy.mode}:{policy.times}{within}"


def _is_count(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 8 and int(text) > 0


class Restarts:
    """The history of restarts. `seed` gives this container a jitter of its own.

    `attempt` counts failures in a row, `times` holds when restarts were granted (monotonic
    seconds), and `random` is where the generator of the jitter stands."""

    STATE = ("attempt", "times", "random")

    def __init__(self, policy: RestartPolicy, seed: int = 0) -> None:
        self.policy = policy
        self.attempt = 0
        self.times: list[float] = []
        self.random = seed

    def after_exit(self, code: int | None, ran: float, now: float) -> Restart:
        """The app ended by itself with `code` after `ran` seconds. None: nobody knows the code,
        which does not count as a success."""
        mode = self.policy.mode
        if mode == NO or (mode == ON_FAILURE and code == 0):
            return Restart(None, "")
        if code is None:
            return self.after_failure("exit code unknown", ran, now)
        return self.after_failure(f"exit code {code}", ran, now)

    def after_failure(self, why: str, ran: float, now: float) -> Restart:
        """A restart for the reason `why`, with back-off and within the limit."""
        policy = self.policy
        if policy.seconds:
            self.times = [then for then in self.times if now - then < policy.seconds]
        if policy.times and len(self.times) >= policy.times:
            within = f" within {policy.seconds:g} s" if policy.seconds else ""
            return Restart(None, f"{why}, after {len(self.times)} restarts{within}")
        if policy.times:
            self.times.append(now)
        if ran >= STABLE:
            self.attempt = 0
        pause = delay(self.attempt, LONGEST) * (1 + JITTER * (2 * self._roll() - 1))
        self.attempt += 1
        return Restart(pause, why)

    def _roll(self) -> float:
        """From 0 to 1. Knuth's linear congruential generator (MMIX): `random` is 2 MB."""
        self.random = (self.random * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.random / 2**64
