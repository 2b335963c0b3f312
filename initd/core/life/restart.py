"""Whether the app is started again when it has ended by itself, and after how long.

The pauses are those of Docker's restart policies: from 0.1 s doubled up to a minute,
begun anew when the app has run for ten seconds (docs.docker.com, Start containers
automatically). Jitter on top, because a hundred containers that lose their database
fall in the same moment.
"""

from __future__ import annotations

from initd.core.life.backoff import delay
from initd.core.value import Value

NO, ON_FAILURE, ALWAYS = "no", "on-failure", "always"
MODES = (NO, ON_FAILURE, ALWAYS)

LONGEST = 60.0
#: Who has run for so many seconds starts without a history.
STABLE = 10.0
#: A pause is up to this part longer or shorter.
JITTER = 0.25


class RestartPolicy(Value):
    """At most `times` restarts within `seconds` (0: ever); `times` 0 is no limit."""

    mode: str = NO
    times: int = 0
    seconds: float = 0.0


class Restart(Value):
    """What follows from an end: a restart after `pause` seconds, or None: no more."""

    pause: float | None
    why: str


def policy_of(text: str) -> RestartPolicy:
    """`no`, `on-failure`, `always`, with a limit as in `on-failure:5` or `always:5/60`.

    Raises ValueError with a sentence for people.
    """
    mode, colon, limit = text.partition(":")
    if mode not in MODES:
        raise ValueError(f"{mode!r} is none of {', '.join(MODES)}")
    if not colon:
        return RestartPolicy(mode)
    times, slash, seconds = limit.partition("/")
    if mode == NO or not _is_count(times) or (slash and not _is_count(seconds)):
        raise ValueError(
            f"{text!r} is no restart policy: MODE[:TIMES[/SECONDS]], for example on-failure:5/60"
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
    """The history of restarts; `seed` makes the jitter of this container its own."""

    def __init__(self, policy: RestartPolicy, seed: int = 0) -> None:
        self.policy = policy
        self._attempt = 0
        self._times: list[float] = []
        self._random = seed

    def after_exit(self, code: int, ran: float, now: float) -> Restart:
        """The app ended by itself with `code` after `ran` seconds."""
        mode = self.policy.mode
        if mode == NO or (mode == ON_FAILURE and code == 0):
            return Restart(None, "")
        return self.after_failure(f"exit code {code}", ran, now)

    def after_failure(self, why: str, ran: float, now: float) -> Restart:
        """A restart is wanted, for the reason `why`: with back-off, and within the limit."""
        policy = self.policy
        if policy.seconds:
            self._times = [then for then in self._times if now - then < policy.seconds]
        if policy.times and len(self._times) >= policy.times:
            within = f" within {policy.seconds:g} s" if policy.seconds else ""
            return Restart(None, f"{why}, after {len(self._times)} restarts{within}")
        if policy.times:
            self._times.append(now)
        if ran >= STABLE:
            self._attempt = 0
        pause = delay(self._attempt, LONGEST) * (1 + JITTER * (2 * self._roll() - 1))
        self._attempt += 1
        return Restart(pause, why)

    def _roll(self) -> float:
        """From 0 to 1. Knuth's linear congruential generator (MMIX): `random` is 2 MB."""
        self._random = (self._random * 6364136223846793005 + 1442695040888963407) % 2**64
        return self._random / 2**64
