"""A check in words, for `initd check`: what is probed, how often, and what follows."""

from __future__ import annotations

from initd.core.health.kinds import kind_of
from initd.core.health.roles import LIVENESS, PRESTART, READINESS, STARTUP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.health.check import Check


def check_words(check: Check) -> str:
    """One line: what is probed; how often; and what follows for each of its roles."""
    first = f", first after {check.delay:g} s" if check.delay else ""
    often = ", more often until it passes" if check.eager else ""
    when = f"every {check.period:g} s{first}{often}, timeout {check.timeout:g} s"
    meanings = [_MEANINGS[role](check) for role in check.roles]
    return "; ".join([kind_of(check.kind).words(check), when, *meanings])


def _startup(check: Check) -> str:
    return f"started after 1 success, failed after {_times(check.failure, 'failure')}"


def _liveness(check: Check) -> str:
    return f"not alive after {_times(check.failure, 'failure')}, alive after 1 success"


def _readiness(check: Check) -> str:
    success, failure = _times(check.success, "success"), _times(check.failure, "failure")
    return f"ready after {success}, not ready after {failure}"


def _prestart(check: Check) -> str:
    return f"the app is not started before a success, and not at all after {check.limit:g} s"


_MEANINGS = {PRESTART: _prestart, STARTUP: _startup, LIVENESS: _liveness, READINESS: _readiness}


def _times(count: int, what: str) -> str:
    plural = "" if count == 1 else "es" if what.endswith("s") else "s"
    return f"{count} {what}{plural}"
