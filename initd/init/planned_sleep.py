"""What `initd compile` adds to a plan, so that pid 1 can sleep from its first moment on: orders
for the sleeper, the first lines of the log, and what Python is to know when it wakes up.

Where Python does something at the start that the launcher can't do, it is awake from the start.
"""

from __future__ import annotations

from initd import __version__
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.plain import to_plain
from initd.core.sleep import answers, may_sleep, orders
from initd.core.start_plan import (
    AWAKE_ON_LINE,
    AWAKE_ON_TERMINAL,
    AWAKE_WITHOUT_KILL,
    AppName,
    Asleep,
)
from initd.core.supervisor import Supervisor
from initd.init.policy import policy_of
from initd.init.sleep.orders import (
    APP_PLACE,
    TIME_PLACE,
    Orders,
    answer_pair,
    encoded,
)
from initd.init.sleep.sleeper import FORMAT, LINGER
from initd.init.start import foreseeable_warnings
from initd.json_codec import encode
from initd.linux.stderr import PIPE_BUF
from initd.log_line import json_line_at, plain_line_at, shown_levels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.life.policy import Policy
    from initd.core.settings import Settings
    from initd.init.start import Line

#: A pid and a time that no line has, to be found in text.
_APP, _SHIM = 987654320, 987654319
_TIME = "0000-00-00T00:00:00.000Z"
#: How much longer what stands for a place may be than its byte.
_GROWS = 40


class Awake(Exception):
    """Why pid 1 has to be awake at its start; the text is for people."""


def asleep_at_once(
    settings: Settings, additions: Mapping[bytes, bytes], name: AppName | None = None
) -> Asleep:
    """`additions` is what the app's environment gets by the plan, `name` the host name that the
    app has by it. Raises Awake."""
    if settings.why_awake is not None:
        raise Awake(settings.why_awake)
    if settings.parent_death:
        raise Awake("--parent-death is for Python to ask for")
    supervisor = Supervisor(policy_for(settings))
    supervisor.handle(ev.Spawned(_SHIM), 0.0)
    started = supervisor.handle(ev.Started(_APP), 0.0)
    said = [(each.level, each.event, each.facts) for each in started if isinstance(each, do.Log)]
    if len(said) != len(started) or not may_sleep(supervisor):
        raise Awake("something is due as soon as the app runs")
    shown = shown_levels(settings.log_depth)
    try:
        standing = encoded(_orders(supervisor, "debug" in shown))
    except ValueError as too_long:
        raise Awake(str(too_long)) from None
    return Asleep(
        orders=standing.rstrip(b"\0"),
        known=encode(_known(settings, additions, name)).encode(),
        lines=_lines(settings, [*foreseeable_warnings(settings), *said], shown),
        awake_if=(AWAKE_ON_TERMINAL if settings.keeps_terminal else b"")
        + (AWAKE_WITHOUT_KILL if settings.user is not None else b"")
        + (AWAKE_ON_LINE if name is not None and "info" in shown else b""),
        socket=(settings.socket or "").encode(errors="surrogateescape"),
    )


def policy_for(settings: Settings) -> Policy:
    """What the supervisor decides by in a container that slept at once: it is pid 1, has no
    terminal to keep, and nobody above it to tell."""
    spec = settings.spawn_spec(terminal=False)
    return policy_of(settings, spec, None, job_control=False, keeps_terminal=False)


def _lines(settings: Settings, events: list[Line], shown: frozenset[str]) -> bytes:
    """All that are shown. Raises Awake where they can't be written at once."""
    lines = [_line(settings, *each) for each in events if each[0] in shown]
    if lines and settings.log_to != "stderr":
        raise Awake("the first lines of its log do not go to stderr")
    if sum(len(line) + _GROWS for line in lines) > PIPE_BUF:
        raise Awake("the first lines of its log are too long for the launcher")
    # As initd/linux/own_line.py: by then the app may have written.
    return b"".join([b"\n", *lines]) if lines else b""


def _line(settings: Settings, level: str, event: str, facts: dict[str, Any]) -> bytes:
    """With places for what is not known yet: in it, time and pid come before all else."""
    if settings.log_format == "console":
        text = plain_line_at(_TIME, level, event, facts).replace(_TIME, TIME_PLACE, 1)
    else:
        text = json_line_at(_TIME, level, event, facts).replace(_TIME, TIME_PLACE, 1)
    if "app" in facts:
        text = text.replace(str(_APP), APP_PLACE, 1)
    return text.encode(errors="backslashreplace") + b"\n"


def _orders(supervisor: Supervisor, tells_debug: bool) -> Orders:
    life = supervisor.life
    return Orders(
        linger=LINGER,
        tells_of_orphans=life.policy.warn_reaped or tells_debug,
        signals=orders(life),
        answers=[_answer(words, answer) for words, answer in answers(life)],
    )


def _answer(words: str, answer: dict[str, Any]) -> tuple[str, str]:
    request, text = answer_pair(words, answer)
    return request, text.replace(str(_APP), APP_PLACE)


def _known(
    settings: Settings, additions: Mapping[bytes, bytes], name: AppName | None
) -> dict[str, Any]:
    names: tuple[str, ...] = type(settings).__match_args__
    kept = {name: getattr(settings, name) for name in names if name != "environ"}
    return {
        "format": FORMAT,
        "version": __version__,
        "planned": to_plain(kept),
        "additions": to_plain(dict(additions)),
        "name": to_plain(name),
    }
