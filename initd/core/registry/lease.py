"""An entry and its lease: what is to be done next, so that the registry says what it should.

    GRANT -> PUT -> KEEP, KEEP ... -> REVOKE

Sans-io: `next` says what to ask of the registry, and the answers are told. A registry that does
not answer is asked again, later each time; the lease of a registry that has forgotten it is
replaced. Moments are monotonic seconds.
"""

from __future__ import annotations

from initd.core.value import Value

GRANT, PUT, KEEP, REVOKE, WAIT = "grant", "put", "keep", "revoke", "wait"
#: A lease is kept this often within its time: two answers may be lost.
_PART = 3.0
#: Pauses after failures, in seconds: the first, and the longest.
_SHORTEST, _LONGEST = 0.2, 5.0
_JITTER = 0.25


class Turn(Value):
    """Whether the entry is in the registry by now, for the log; `why` is why it is not."""

    is_in: bool
    why: str = ""


class Lease:
    """Invariants: `lease` is what the registry calls it, "" where there is none; `said` is the
    entry that it has under this lease. `expires` is when the registry forgets both by itself.
    `is_known` says whether pid 1 knows that the registry may have the entry: before it does, none
    is put there, because a stop would not wait for it to leave. `is_inherited`: it may have one
    under another's lease, of a registrar that has died. To put one takes that over."""

    def __init__(self, ttl: float, seed: int = 0) -> None:
        self.wanted: str | None = None
        self.lease = ""
        self.said: str | None = None
        self.expires = 0.0
        self.is_known = False
        self.is_inherited = False
        self._ttl = ttl
        self._keep_at = 0.0
        self._retry_at = 0.0
        self._failures = 0
        self._random = seed
        self._told: Turn | None = None

    def want(self, entry: str | None) -> None:
        """The entry is to say this from now on; None: there is to be none. News is not kept
        waiting for a pause."""
        if entry != self.wanted:
            self.wanted = entry
            self._retry_at = 0.0

    def next(self, now: float) -> tuple[str, float | None]:
        """What to do, and for WAIT until when (None: until something is wanted)."""
        if self.lease and now >= self.expires:
            self.lease, self.said = "", None  # whatever the registry is, it has forgotten it
        if self.wanted is None and not self.may_be_in:
            return WAIT, None
        if now < self._retry_at:
            return WAIT, self._retry_at
        if self.wanted is None and not self.is_inherited:
            return REVOKE, None
        if not self.lease:
            return GRANT, None
        if self.wanted is None:
            return PUT, None  # only so can it be taken out
        if self.said != self.wanted and (self.is_known or self.said is not None):
            return PUT, None
        return (KEEP, None) if now >= self._keep_at else (WAIT, self._keep_at)

    @property
    def may_be_in(self) -> bool:
        """Whether the registry may have the entry: from the first attempt to put it there."""
        return bool(self.lease) or self.is_inherited

    # ---- answers ----------------------------------------------------------------

    def granted(self, lease: str, now: float) -> None:
        """There is a lease since `now`, when it was asked for."""
        self.lease, self.said = lease, None
        self._kept(now)

    def put(self, entry: str, now: float) -> None:
        """The registry has the entry."""
        self.said, self.is_inherited = entry, False
        self._well()

    def kept(self, now: float) -> None:
        """The lease's time begins anew at `now`, when that was asked for."""
        self._kept(now)
        self._well()

    def lost(self) -> None:
        """The registry does not know the lease, and so has no entry."""
        self.lease, self.said = "", None
        self._retry_at = 0.0

    def revoked(self) -> None:
        """Lease and entry are gone."""
        self.lost()
        self._well()

    def failed(self, why: str, now: float) -> None:
        """The registry has not answered, or refuses."""
        pause = min(_SHORTEST * 2**self._failures, _LONGEST, self._ttl / _PART)
        self._failures = min(self._failures + 1, 10)
        self._retry_at = now + pause * (1 + _JITTER * (2 * self._roll() - 1))
        self._why = why

    _why = ""

    def _kept(self, now: float) -> None:
        self.expires = now + self._ttl
        self._keep_at = now + self._ttl / _PART

    def _well(self) -> None:
        self._failures, self._retry_at, self._why = 0, 0.0, ""

    def _roll(self) -> float:
        self._random = (self._random * 6364136223846793005 + 1442695040888963407) % 2**64
        return self._random / 2**64

    # ---- for the log --------------------------------------------------------------

    def turn(self) -> Turn | None:
        """What has turned since the last one; None where nothing has. A registry that was never
        reached is told of once, too."""
        is_in = self.said is not None and not self._why
        now = Turn(is_in, "" if is_in else self._why)
        before = self._told
        if before is None and not is_in and not self._why:
            return None  # nothing has been tried yet
        if before is not None and before.is_in == is_in and bool(before.why) == bool(now.why):
            return None
        self._told = now
        return now
