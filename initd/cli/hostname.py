"""`initd hostname`: the name that the app's programs see; with --explain every name that it
could have been, and why it is not."""

from __future__ import annotations

import sys

from initd.cli.constants import AS
from initd.cli.sources import PRELOAD, PrintAndExit, said
from initd.config.explain_hostname import hostname_candidates
from initd.config.mistake import Mistake, Mistakes
from initd.core.hostname.candidates import PASSED_OVER, REFUSED
from initd.core.start.exit_codes import EXIT_OWN
from initd.core.value import Value
from initd.json_codec import encode
from initd.linux import hostname_file
from initd.linux.environment import environment_of, given_environment, words_of
from initd.linux.kernel_hostname import kernel_hostname

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from initd.core.hostname.candidates import Candidate

_FLAGS = ("--explain", "--json")
_SCRIPT = "/initd/__main__.py"
#: Whose answer it is: that of the init that runs, of the file that it has written for those
#: who may not ask it, or of a start that there could be.
INIT, FILE, START = "init", "file", "start"


class Start(Value):
    """What a container is started with, and how that is known. `name` is what it was given
    there, None where nobody says; `stands_in` whether it has another init's name."""

    words: Sequence[str]
    environ: Mapping[bytes, bytes]
    basis: str
    note: str
    name: str | None = None
    stands_in: bool = False


def hostname(words: Sequence[str], ask: Callable[[], dict[str, Any] | str]) -> int:
    """Prints the name; 125 where it can't be had for a mistake, 1 where the library fails.
    `ask` gives init's status, or why there is none."""
    options = [word for word in words if word not in _FLAGS]
    start = _of_options(options) if options else _of_whoever_runs(ask)
    try:
        found = _candidates(start)
        mistakes = [Mistake(each.source, each.why) for each in found if each.verdict == REFUSED]
    except Mistakes as wrong:
        found, mistakes = [], list(wrong.found)
    except PrintAndExit as asked:
        print(asked.answer, end="")
        return 0
    decided = next((each for each in found if each.verdict != PASSED_OVER), None)
    wanted = start.name or (decided.name if decided is not None else None)
    name, failure = _as_programs_see_it(wanted)
    for each in mistakes if wanted is None else ():
        print(each, file=sys.stderr)
    if failure:
        print(f"initd hostname: {failure}: programs see the kernel's name", file=sys.stderr)
    if "--json" in words:
        print(encode(_for_programs(name, start, found, mistakes)))
    elif "--explain" in words:
        print("\n".join(_for_people(name, start, found)))
    elif name is not None:
        print(name)
    return EXIT_OWN if wanted is None else 1 if failure else 0


# ---- whose name ---------------------------------------------------------------------


def _of_options(options: Sequence[str]) -> Start:
    return Start(options, given_environment(), START, "as a start with these options would have it")


def _of_whoever_runs(ask: Callable[[], dict[str, Any] | str]) -> Start:
    status = ask()
    if isinstance(status, str):
        return _of_nobody(status)
    pid, name = status["init"]["pid"], status["hostname"]
    try:
        words, environ = words_of(pid), environment_of(pid)
        at = next(at for at, word in enumerate(words) if word.endswith(_SCRIPT))
    except (OSError, StopIteration):
        note = f"how init, pid {pid}, was started can't be read: by this environment alone"
        return Start((), given_environment(), INIT, note, name)
    note = f"as init, pid {pid}, was started"
    if words[at + 1 : at + 2] == [AS]:  # the other init's words, none of which is of a name
        return Start((), environ, INIT, note, name, stands_in=True)
    return Start(words[at + 1 :], environ, INIT, note, name)


def _of_nobody(reason: str) -> Start:
    """For another user than init's, too: the file is everybody's."""
    name = hostname_file.read() or None
    if name is not None:
        note = f"as {hostname_file.HOSTNAME_FILE} has it; {reason}"
        return Start((), given_environment(), FILE, note, name)
    return Start((), given_environment(), START, f"as a start here would have it; {reason}")


def _candidates(start: Start) -> list[Candidate]:
    line, given = said(start.words, start.environ)
    return hostname_candidates(
        line, start.environ, kernel_hostname(), PRELOAD, given, start.stands_in
    )


def _as_programs_see_it(name: str | None) -> tuple[str | None, str]:
    """The library's own answer, and what is wrong with the library."""
    if name is None or name == kernel_hostname():
        return name, ""
    from initd.linux.preloaded_hostname import VARIABLE, preloaded_hostname

    try:
        return preloaded_hostname(PRELOAD, {VARIABLE: name.encode(errors="surrogateescape")}), ""
    except OSError as error:
        return kernel_hostname(), str(error)


# ---- how it is said -----------------------------------------------------------------


def _for_programs(
    name: str | None, start: Start, found: Sequence[Candidate], mistakes: Sequence[Mistake]
) -> dict[str, Any]:
    return {
        "hostname": name,
        "kernel": kernel_hostname(),
        "preloaded": name is not None and name != kernel_hostname(),
        "from": start.basis,
        "candidates": [
            {
                "source": each.source,
                "name": each.name,
                "verdict": each.verdict,
                "why": each.why,
            }
            for each in found
        ],
        "mistakes": [{"where": each.where, "what": each.what} for each in mistakes],
    }


def _for_people(name: str | None, start: Start, found: Sequence[Candidate]) -> list[str]:
    rows = [(each.verdict, each.source, each.name or "-", each.why) for each in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:3]
    lines = [f"{name or 'no name'}, {start.note}"]
    for *cells, why in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)]
        lines.append("  ".join(["", *cells, why]))
    now = next((each.name for each in found if each.verdict != PASSED_OVER), None)
    if start.name is not None and found and now != start.name:
        lines.append(f"Today's start would have it otherwise: init has {start.name}.")
    return lines
