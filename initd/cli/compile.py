"""`initd compile`: a start plan, made when the image is built, for one command line.

A container that is started with the same words, from the same files and variables, has its
app running before Python is. See docs/start-plan.md.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from initd import __version__
from initd.cli.constants import SHIM, VERBS
from initd.cli.sources import PrintAndExit, said
from initd.config.command_line import above
from initd.config.mistake import Mistakes
from initd.config.planning import Unplannable, everybody_may_read, plan_of
from initd.core.start.exit_codes import EXIT_OWN
from initd.core.start_plan import decoded, encoded
from initd.linux.environment import given_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.core.start_plan import StartPlan

#: Where the launcher looks (shim/start_plan.h).
PLAN_FILE = "/etc/initd/start.plan"


def compile_plan(words: Sequence[str]) -> int:
    """Adds a plan to the file, or replaces the one for the same words and variables. 125
    with every mistake; 1, and what stands in the way, where there can be no plan."""
    if words and words[0] in VERBS:
        # The launcher would start a program of that name, and init answer the verb.
        return _no_plan(f"{words[0]} is a verb of initd: for a program, -- {words[0]}")
    environ = given_environment()
    try:
        line, given = said(words, environ, compiling=True)
        plan, _ = plan_of(words, above(line, given.options), given, environ, SHIM)
        count = _store(plan)
    except Mistakes as mistakes:
        print(mistakes, file=sys.stderr)
        return EXIT_OWN
    except PrintAndExit as asked:
        print(asked.answer, end="")
        return 0
    except Unplannable as reason:
        return _no_plan(str(reason))
    except ValueError as reason:
        return _no_plan(f"{PLAN_FILE}: {reason}")
    except OSError as error:
        return _no_plan(f"{error.filename or PLAN_FILE}: {error.strerror}")
    print("\n".join(_described(plan, count)))
    return 0


def _no_plan(why: str) -> int:
    print(f"initd compile: no plan: {why}", file=sys.stderr)
    return 1


def _store(plan: StartPlan) -> int:
    """How many plans there are with this one. By rename: whole or not at all."""
    plans = [each for each in _stored() if not each.is_for_the_same(plan)]
    plans.append(plan)
    data = encoded(plans, __version__)
    os.makedirs(os.path.dirname(PLAN_FILE), mode=0o755, exist_ok=True)
    new = f"{PLAN_FILE}.{os.getpid()}"
    mode = 0o644 if all(map(everybody_may_read, plans)) else 0o600
    try:
        _write(new, data, mode)
        os.replace(new, PLAN_FILE)
    except OSError:
        with suppress(OSError):
            os.unlink(new)  # no layer is to keep half a plan
        raise
    return len(plans)


def _write(path: str, data: bytes, mode: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    with open(fd, "wb") as file:
        os.fchmod(fd, mode)  # whatever the umask
        file.write(data)


def _stored() -> list[StartPlan]:
    try:
        with open(PLAN_FILE, "rb") as file:
            return decoded(file.read(), __version__)
    except FileNotFoundError:
        return []


def _described(plan: StartPlan, count: int) -> list[str]:
    of = "" if count == 1 else f" (one of {count} plans there)"
    rows = [("command line", _text(b" ".join(plan.words)))]
    for name, value in plan.variables.items():
        rows.append((_text(name), "not set" if value is None else _text(value)))
    rows.append((_text(plan.hosts), "no full name for the kernel's short one"))
    for path, content in plan.files.items():
        rows.append((_text(path), "not there" if content is None else f"{len(content)} bytes"))
    width = max(len(name) for name, _ in rows)
    command = plan.argv[plan.argv.index(b"--") + 1 :]
    return [
        f"{PLAN_FILE}: starts {_text(b' '.join(command))} at once{of}, where init finds the same:",
        *(f"  {name:{width}}  {value}" for name, value in rows),
    ]


def _text(data: bytes) -> str:
    return repr(data.decode(errors="backslashreplace"))[1:-1]
