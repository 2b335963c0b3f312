"""Why the container ended, in a line or two: for /dev/termination-log, which Kubernetes shows as
the message of a container that has terminated.

pid 1 imports this when it is about to end.
"""

from __future__ import annotations

from initd.core.signals.numbers import KILL, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def message(
    command: Sequence[str], last_exit: Mapping[str, Any] | None, reasons: Sequence[str]
) -> str:
    """What became of the app, and under it what init knows besides; `last_exit` has the facts of
    `app.exited`, None where no app has ever run."""
    known = [*reasons, *([last_exit["why"]] if last_exit and "why" in last_exit else [])]
    end = [_end(command[0], last_exit)] if last_exit is not None else []
    return "\n".join(map(_printable, [*end, *(["; ".join(known)] if known else [])]))


def says_more(last_exit: Mapping[str, Any] | None, reasons: Sequence[str]) -> bool:
    """Whether init knows more than the exit code says. If not, the app's own last lines tell
    more, and Kubernetes shows those where it is asked to (FallbackToLogsOnError), unless there
    is a message."""
    if reasons or last_exit is None or last_exit["asked"] or "why" in last_exit:
        return True
    return last_exit["code"] == 0 or last_exit.get("signal") == name_of(KILL)


def _end(program: str, last_exit: Mapping[str, Any]) -> str:
    name = program.rsplit("/", 1)[-1]
    if "signal" in last_exit:
        how = f"was killed by SIG{last_exit['signal']}"
    else:
        how = f"ended with exit code {last_exit['code']}"
    asked = "; it was asked to stop" if last_exit["asked"] else ""
    return f"{name} {how} after {last_exit['after_seconds']:g} s{asked}"


def _printable(line: str) -> str:
    """A command's words come from outside: they must not steer the reader's terminal."""
    return "".join(each if each.isprintable() else "?" for each in line)
