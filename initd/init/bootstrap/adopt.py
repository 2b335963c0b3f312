"""Adopts the shim that the launcher has started by a plan.

The launcher says so, or why it did not, in the interpreter's option `-X initd=...`
(shim/contract.h): that is not part of init's command line, and the app does not inherit it.
"""

from __future__ import annotations

import posix
import sys

from initd import __version__, files
from initd.core.start_plan import decoded, given_by, planned_argv, started_by, unsealed
from initd.init.bootstrap.shim import StartedShim
from initd.linux.environment import given_environment
from initd.linux.kernel_hostname import kernel_hostname
from initd.paths import START_PLAN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.start.spawn_spec import SpawnSpec
    from initd.core.start_plan import StartPlan


def adopt_planned_shim() -> tuple[StartedShim | None, str]:
    """The shim, and why a plan was not used ("": there was none, or it was used)."""
    option = sys._xoptions.get("initd", "")
    if not isinstance(option, str):
        return None, ""
    kind, _, rest = option.partition(":")
    if kind != "started":
        return None, rest
    reports, shim, terminal, plan, *name = map(int, rest.split(":"))
    control, added = name or (-1, 0)
    for descriptor in (reports, control) if name else (reports,):
        posix.set_inheritable(descriptor, False)
    posix.set_blocking(reports, False)
    started = StartedShim(
        pid=shim,
        reports=reports,
        terminal=bool(terminal),
        plan=plan,
        control=control,
        added=bool(added),
    )
    return started, ""


def stored_plans() -> list[StartPlan]:
    """Those of the plan's file; none where it can't be read."""
    try:
        return decoded(unsealed(files.read(START_PLAN)), __version__)
    except OSError:
        return []


def difference_from_plan(shim: StartedShim, spec: SpawnSpec) -> dict[str, Any]:
    """As `difference`, for a shim that was started just now."""
    plans = stored_plans()
    if shim.plan is None or shim.plan >= len(plans):
        return {}
    plan = plans[shim.plan]
    environ = given_by(plan, given_environment(), kernel_hostname())
    return difference(started_by(plan, shim.terminal), environ, spec)


def difference(words: list[str], environ: Mapping[bytes, bytes], spec: SpawnSpec) -> dict[str, Any]:
    """How what the launcher has started differs from what init would have started: then the plan
    lacks a condition. `words` are the shim's, `environ` is what it gave to the app."""
    wanted = planned_argv(spec)
    found: dict[str, Any] = {}
    if words != wanted:
        found["started"], found["wanted"] = words[1:], wanted[1:]
    if environ != spec.environ:
        names = {name for name, _ in environ.items() ^ spec.environ.items()}
        found["variables"] = sorted(name.decode(errors="backslashreplace") for name in names)
    return found
