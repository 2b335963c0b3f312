"""[profiles.NAME]: whether a profile of a user says what a profile can say."""

from __future__ import annotations

from initd.config.mistake import instead
from initd.core.signals.numbers import number_of
from initd.core.signals.stop_plan import plan_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    #: Takes the path within the table, () for itself, and what is wrong there.
    Complain = Callable[[tuple[object, ...], str], None]

_TARGETS = ("process", "group", "all")
_SIGNALS = ("quick", "reload", "reopen", "quiet")
#: --profile none: no profile at all.
_RESERVED = "none"


def look_at_profile(name: str, table: Mapping[str, Any], complain: Complain) -> bool:
    """Whether all is right; `table` has the shape of the model."""
    right = True

    def wrong(path: tuple[object, ...], what: str) -> None:
        nonlocal right
        right = False
        complain(path, what)

    if name == _RESERVED or not name:
        wrong((), f"{name!r} is no name for a profile: --profile none means none at all")
    if not table["match"] or not all(table["match"]):
        wrong(("match",), "needs a glob, such as 'my-server' or 'python *my_server*'")
    for key in _SIGNALS:
        if key in table:
            _judge(number_of, table[key], (key,), wrong)
    _judge(plan_of, table.get("stop", "TERM"), ("stop",), wrong)
    target = table.get("target", "process")
    if target not in _TARGETS:
        wrong(("target",), f"{target!r} is no target{instead(target, _TARGETS)}")
    for code in table.get("clean", ()):
        if not 1 <= code <= 255:
            wrong(("clean",), f"{code} is no exit code of a graceful stop: 1 to 255")
    for at, condition in enumerate(table.get("when", ())):
        _judge(plan_of, condition["stop"], ("when", at, "stop"), wrong)
        if bool(condition.get("env")) == bool(condition.get("argument")):
            wrong(("when", at), "needs one of env and argument: what it is to depend on")
    return right


def _judge(
    read: Callable[[str], object], text: str, path: tuple[object, ...], wrong: Complain
) -> None:
    try:
        read(text)
    except ValueError as mistake:
        wrong(path, str(mistake))
