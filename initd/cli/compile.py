"""`initd compile`: writes a start plan for one command line, when the image is built.

A container with the same command line, files and variables has its app running before Python
is. See docs/start-plan.md.
"""

from __future__ import annotations

import os

from initd import __version__, files
from initd.atomic_replace import replace
from initd.cli.sources import parse_sources
from initd.cli.verb_table import BY_NAME
from initd.cli.verbs import VerbFailed
from initd.config.command_line import above
from initd.config.planning import Unplannable, everybody_may_read, plan_of
from initd.core.start_plan import decoded, encoded, named, sealed, unsealed, with_sleep
from initd.init.planned_sleep import Awake, asleep_at_once
from initd.installed import HOSTNAME_LIBRARY, SHIM, provide_library
from initd.linux.environment import given_environment
from initd.paths import START_PLAN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.cli.verbs import Call
    from initd.core.settings import Settings
    from initd.core.start_plan import Asleep, StartPlan


def compile_plan(call: Call) -> int:
    """Adds a plan to the file, or replaces the one for the same words and variables. Raises
    Mistakes; VerbFailed, with the reason, where there can be no plan."""
    words = call.rest
    if words and words[0] in BY_NAME:
        # The launcher would start a program of that name, and init would run the verb.
        raise _no_plan(f"{words[0]} is a verb of initd: for a program, use -- {words[0]}")
    environ = given_environment()
    try:
        line, file = parse_sources(words, environ, compiling=True)
        line = above(line, file.options)
        plan, settings = plan_of(words, line, file, environ, SHIM, HOSTNAME_LIBRARY)
        if plan.name is not None:
            provide_library(HOSTNAME_LIBRARY)
        asleep, awake = _sleep(settings, plan)
        plan, count = _store(plan, asleep)
    except Unplannable as reason:
        raise _no_plan(str(reason)) from None
    except ValueError as reason:
        raise _no_plan(f"{START_PLAN}: {reason}") from None
    except OSError as error:
        raise _no_plan(f"{error.filename or START_PLAN}: {error.strerror}") from None
    print("\n".join([*_described(plan, count), _after_the_start(plan, awake)]))
    return 0


def _no_plan(why: str) -> VerbFailed:
    return VerbFailed(f"no plan: {why}")


def _sleep(settings: Settings, plan: StartPlan) -> tuple[Asleep | None, str]:
    """What pid 1 needs to sleep from the start; else why it can't."""
    try:
        return asleep_at_once(
            settings, plan.additions, plan.name
        ), "the plan has not enough room for more"
    except Awake as why:
        return None, str(why)


def _after_the_start(plan: StartPlan, why_awake: str) -> str:
    if plan.asleep is None:
        return f"Then init starts its Python: {why_awake}"
    return "Then init sleeps, without Python, until there is something to decide"


def _store(plan: StartPlan, asleep: Asleep | None) -> tuple[StartPlan, int]:
    """Writes the plan, with what pid 1 needs to sleep from the start if there is room for it;
    returns it, and how many plans there are now."""
    others = [each for each in _stored() if not each.is_for_the_same(plan)]
    whole = with_sleep(plan, asleep)
    try:
        data = sealed(encoded([*others, whole], __version__))
    except ValueError:
        whole = plan
        data = sealed(encoded([*others, whole], __version__))
    os.makedirs(os.path.dirname(START_PLAN), mode=0o755, exist_ok=True)
    mode = 0o644 if all(map(everybody_may_read, [*others, whole])) else 0o600
    replace(START_PLAN, data, mode)
    return whole, len(others) + 1


def _stored() -> list[StartPlan]:
    try:
        return decoded(unsealed(files.read(START_PLAN)), __version__)
    except FileNotFoundError:
        return []


def _described(plan: StartPlan, count: int) -> list[str]:
    of = "" if count == 1 else f" (one of {count} plans in the file)"
    rows = [("command line", _text(b" ".join(plan.words)))]
    for name, value in plan.variables.items():
        rows.append((_text(name), "not set" if value is None else _text(value)))
    rows += _rows_of_name(plan)
    for path, content in plan.files.items():
        rows.append((_text(path), "does not exist" if content is None else f"{len(content)} bytes"))
    width = max(len(name) for name, _ in rows)
    command = plan.argv[plan.argv.index(b"--") + 1 :]
    return [
        f"{START_PLAN}: starts {_text(b' '.join(command))} at once{of}, where init finds:",
        *(f"  {name:{width}}  {value}" for name, value in rows),
    ]


def _rows_of_name(plan: StartPlan) -> list[tuple[str, str]]:
    name = plan.name
    if name is None:
        return [(_text(plan.hosts), "has no full name for the kernel's short one")]
    pattern = _text(name.pattern)
    return [
        ("host name", f"a short one, which the app sees as {named(pattern, 'NAME')}"),
        (_text(name.library), "can be read"),
        (_text(name.listed), "is an engine's, and has an address for the host name"),
    ]


def _text(data: bytes) -> str:
    return repr(data.decode(errors="backslashreplace"))[1:-1]
