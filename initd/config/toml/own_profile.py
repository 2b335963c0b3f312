"""[profiles.NAME]: whether a user's own profile is valid."""

from __future__ import annotations

from initd.config.mistake import instead
from initd.config.options import TARGETS
from initd.config.values.scalars import NO_PROFILE
from initd.core.signals.condition import CONDITIONS
from initd.core.signals.numbers import number_of
from initd.core.signals.profile import CHANGES
from initd.core.signals.stop_plan import plan_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    #: Takes the path within the table, () for itself, and what is wrong there.
    Complain = Callable[[tuple[object, ...], str], None]

_SIGNALS = ("quick", "reload", "reopen", "quiet")


def validate_profile(name: str, table: Mapping[str, Any], complain: Complain) -> bool:
    """Whether all of it is valid; `table` has the shape of the model."""
    valid = True

    def wrong(path: tuple[object, ...], what: str) -> None:
        nonlocal valid
        valid = False
        complain(path, what)

    if name == NO_PROFILE or not name:
        wrong((), f"invalid name {name!r}: --profile {NO_PROFILE} means no profile at all")
    if not table["match"] or not all(table["match"]):
        wrong(("match",), "needs at least one glob, such as 'my-server' or 'python *my_server*'")
    for key in _SIGNALS:
        if key in table:
            _judge(number_of, table[key], (key,), wrong)
    _judge(plan_of, table.get("stop", "TERM"), ("stop",), wrong)
    if "hurry" in table:
        _judge(plan_of, table["hurry"], ("hurry",), wrong)
    for at, signal in enumerate(table.get("survives", ())):
        _judge(number_of, signal, ("survives", at), wrong)
    target = table.get("target", TARGETS[0])
    if target not in TARGETS:
        wrong(("target",), f"unknown target {target!r}{instead(target, TARGETS)}")
    for code in table.get("clean", ()):
        if not 1 <= code <= 255:
            wrong(("clean",), f"invalid exit code {code}: expected 1 to 255")
    for at, condition in enumerate(table.get("when", ())):
        _validate_when(condition, ("when", at), wrong)
    for at, warning in enumerate(table.get("warn", ())):
        if not warning["text"]:
            wrong(("warn", at, "text"), "needs a text: what check and the log say")
    return valid


def _validate_when(condition: Mapping[str, Any], at: tuple[object, ...], wrong: Complain) -> None:
    if not any(condition.get(key) for key in CONDITIONS):
        wrong(at, f"needs a condition: {', '.join(CONDITIONS[:-1])} or {CONDITIONS[-1]}")
    if not any(condition.get(key) for key in CHANGES):
        wrong(at, "needs what it changes: stop, target, clean or hurry")
    if condition.get("stop"):
        _judge(plan_of, condition["stop"], (*at, "stop"), wrong)
    if condition.get("hurry"):
        _judge(plan_of, condition["hurry"], (*at, "hurry"), wrong)
    target = condition.get("target") or TARGETS[0]
    if target not in TARGETS:
        wrong((*at, "target"), f"unknown target {target!r}{instead(target, TARGETS)}")
    for code in condition.get("clean") or ():
        if not 1 <= code <= 255:
            wrong((*at, "clean"), f"invalid exit code {code}: expected 1 to 255")


def _judge(
    read: Callable[[str], object], text: str, path: tuple[object, ...], wrong: Complain
) -> None:
    try:
        read(text)
    except ValueError as mistake:
        wrong(path, str(mistake))
