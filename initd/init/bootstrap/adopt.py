"""Adopts the shim that the launcher has started by a plan.

The launcher says so, or why it did not, in the interpreter's option `-X initd=...`
(shim/contract.h): that is not part of init's command line, and the app does not inherit it.
"""

from __future__ import annotations

import posix
import sys

from initd.core.start.spawn_spec import APP_PID, REPORT_DESCRIPTOR, shim_argv
from initd.init.bootstrap.shim import StartedShim
from initd.linux.environment import environment_of, words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.start.spawn_spec import SpawnSpec

#: Plans are for pid 1 only.
_INIT_PID = 1


def adopt_planned_shim() -> tuple[StartedShim | None, str]:
    """The shim, and why a plan was not used ("": there was none, or it was used)."""
    option = sys._xoptions.get("initd", "")
    if not isinstance(option, str):
        return None, ""
    kind, _, rest = option.partition(":")
    if kind != "started":
        return None, rest
    reports, shim, terminal = map(int, rest.split(":"))
    posix.set_inheritable(reports, False)
    posix.set_blocking(reports, False)
    return StartedShim(pid=shim, reports=reports, terminal=bool(terminal)), ""


def difference(
    shim: StartedShim, spec: SpawnSpec, planned: SpawnSpec | None = None
) -> dict[str, Any]:
    """How the shim that the launcher started differs from what init would have started: then
    the plan lacks a condition. Where the shim has ended already, it is taken to be as `planned`;
    empty without that."""
    try:
        words, environ = words_of(shim.pid), environment_of(shim.pid)
    except OSError:
        words, environ = [], {}
    if planned is not None and not words:
        words, environ = shim_argv(planned, _INIT_PID, APP_PID), dict(planned.environ)
    found: dict[str, Any] = {}
    # Where it reports is the launcher's choice.
    report = int(words[2]) if words[1:2] == ["-f"] else REPORT_DESCRIPTOR
    wanted = shim_argv(spec, _INIT_PID, APP_PID, report=report)
    if words and words != wanted:
        found["started"], found["wanted"] = words[1:], wanted[1:]
    if environ and environ != spec.environ:
        names = {name for name, _ in environ.items() ^ spec.environ.items()}
        found["variables"] = sorted(name.decode(errors="backslashreplace") for name in names)
    return found
