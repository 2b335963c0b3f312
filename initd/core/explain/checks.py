"""What a check asks, how often, and what its answers mean: in words, for `initd check`."""

from __future__ import annotations

from initd.core.health.roles import LIVENESS, READINESS, STARTUP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.core.health.check import Bound, Check

_ANY_STATUS = ((200, 399),)
_UNITS = ((1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K"))


def check_words(check: Check) -> str:
    """One sentence: what, how often, and what follows for each of its roles."""
    when = f"every {check.period:g} s"
    if check.delay:
        when += f", first after {check.delay:g} s"
    said = [f"{_QUESTIONS[check.kind](check)} {when}, for at most {check.timeout:g} s"]
    return "; ".join([*said, *(_MEANINGS[role](check) for role in check.roles)])


# ---- what is asked ------------------------------------------------------------------


def _http(check: Check) -> str:
    words = f"GET {check.target}"
    if check.statuses != _ANY_STATUS:
        spans = (f"{low}-{high}" if low != high else str(low) for low, high in check.statuses)
        words += f" answered with {' or '.join(spans)}"
    return words + (f" and {check.body!r} in the body" if check.body else "")


def _exec(check: Check) -> str:
    return "run " + " ".join(word if _is_plain(word) else repr(word) for word in check.argv)


def _is_plain(word: str) -> bool:
    return bool(word) and word.isprintable() and " " not in word and "'" not in word


def _file(check: Check) -> str:
    return f"look for {check.target}" + (
        f", written less than {check.fresher:g} s ago," if check.fresher else ""
    )


def _process(check: Check) -> str:
    bounds = " and ".join(map(_bound, check.bounds))
    return "look at the app's process" + (f" ({bounds})" if bounds else "")


def _bound(bound: Bound) -> str:
    high = _amount(bound.high)
    return f"{bound.what} {f'{_amount(bound.low)} to {high}' if bound.low else f'up to {high}'}"


def _amount(number: int) -> str:
    for factor, unit in _UNITS:
        if number >= factor and number % factor == 0:
            return f"{number // factor}{unit}"
    return str(number)


def _notify(check: Check) -> str:
    watchdog = f" and WATCHDOG=1 every {check.watchdog:g} s" if check.watchdog else ""
    return f"look whether the app has said READY=1{watchdog},"


_QUESTIONS: dict[str, Callable[[Check], str]] = {
    "http": _http,
    "tcp": lambda check: f"connect to {check.target}",
    "unix": lambda check: f"connect to the socket {check.target}",
    "exec": _exec,
    "file": _file,
    "process": _process,
    "notify": _notify,
}


# ---- what the answers mean ----------------------------------------------------------


def _startup(check: Check) -> str:
    return f"started after 1 success, failed after {_times(check.failure, 'failure')}"


def _liveness(check: Check) -> str:
    return f"not alive after {_times(check.failure, 'failure')}, alive after 1 success"


def _readiness(check: Check) -> str:
    success, failure = _times(check.success, "success"), _times(check.failure, "failure")
    return f"ready after {success}, not ready after {failure}"


_MEANINGS = {STARTUP: _startup, LIVENESS: _liveness, READINESS: _readiness}


def _times(count: int, what: str) -> str:
    plural = "" if count == 1 else "es" if what.endswith("s") else "s"
    return f"{count} {what}{plural}"
