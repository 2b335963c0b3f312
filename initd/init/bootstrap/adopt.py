"""What the launcher hands on: that it has started the shim by a plan, or why it has not.

It comes as the interpreter's option `-X initd=...` (shim/start_plan.h): no words of init's
command line, and no variable that the app would inherit.
"""

from __future__ import annotations

import posix
import sys

from initd.core.start.spawn_spec import APP_PID, shim_argv
from initd.init.bootstrap.shim import Started
from initd.linux.environment import environment_of, words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.start.spawn_spec import SpawnSpec

#: Who hands over is pid 1.
_INIT_PID = 1


def handed_over() -> tuple[Started | None, str]:
    """What was started, and why there is a plan that was not used ("": no word of one)."""
    said = sys._xoptions.get("initd", "")
    if not isinstance(said, str):
        return None, ""
    kind, _, rest = said.partition(":")
    if kind != "started":
        return None, rest
    reports, shim, terminal = map(int, rest.split(":"))
    posix.set_inheritable(reports, False)
    posix.set_blocking(reports, False)
    return Started(shim, reports, bool(terminal)), ""


def difference(started: Started, spec: SpawnSpec) -> dict[str, Any]:
    """What the launcher started otherwise than init would have: a condition that is missing
    from the plan. Nothing where the shim has ended already."""
    try:
        words, environ = words_of(started.shim), environment_of(started.shim)
    except OSError:
        return {}
    found: dict[str, Any] = {}
    wanted = shim_argv(spec, _INIT_PID, APP_PID)
    if words and words != wanted:
        found["started"], found["wanted"] = words[1:], wanted[1:]
    if environ and environ != spec.environ:
        names = {name for name, _ in environ.items() ^ spec.environ.items()}
        found["variables"] = sorted(name.decode(errors="backslashreplace") for name in names)
    return found
