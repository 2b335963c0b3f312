"""`initd hostname`: the host name that the app's programs see; with --explain every candidate,
and why it was taken or passed over."""

from __future__ import annotations

import sys

from initd.cli.control import NoAnswer, ask
from initd.cli.main import AS
from initd.cli.sources import parse_sources
from initd.config.explain_hostname import hostname_candidates
from initd.config.mistake import Mistake, Mistakes
from initd.core.hostname.candidates import PASSED_OVER, REFUSED
from initd.core.start.exit_codes import EXIT_OWN
from initd.core.value import Value
from initd.installed import library_for_start
from initd.json_codec import encode
from initd.linux import hostname_file
from initd.linux.environment import environment_of, given_environment
from initd.linux.kernel_hostname import kernel_hostname
from initd.paths import HOSTNAME_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from initd.cli.verbs import Call
    from initd.core.hostname.candidates import Candidate

#: Comes before init's own words on the command line of a running init.
#: Where the answer is from: the init that runs, the file that it has written for those who
#: may not ask it, or a start that could be made here.
INIT, FILE, START = "init", "file", "start"


class StartInputs(Value, kw_only=True):
    """What a start depends on, and where that is known from. `name` is the host name that it has
    chosen, None if that is unknown; `stands_in` says whether it has another init's name."""

    words: Sequence[str]
    environ: Mapping[bytes, bytes]
    basis: str
    note: str
    name: str | None = None
    stands_in: bool = False


def hostname(call: Call) -> int:
    """Prints the name; 125 where a mistake leaves none, 1 where the library fails."""
    start = _with_options(call.rest) if call.rest else _of_running_init(call)
    try:
        found = _candidates(start)
        mistakes = [Mistake(each.source, each.why) for each in found if each.verdict == REFUSED]
    except Mistakes as wrong:
        found, mistakes = [], list(wrong.found)
    decided = next((each for each in found if each.verdict != PASSED_OVER), None)
    wanted = start.name or (decided.name if decided is not None else None)
    name, failure, code = _as_programs_see_it(wanted)
    for each in mistakes if wanted is None else ():
        print(each, file=sys.stderr)
    if failure:
        print(f"initd hostname: {failure}", file=sys.stderr)
    if call.has("--json"):
        print(encode(_as_json(name, start, found, mistakes)))
    elif call.has("--explain"):
        print("\n".join(_as_text(name, start, found)))
    elif name is not None:
        print(name)
    return EXIT_OWN if wanted is None else code


# ---- whose name ---------------------------------------------------------------------


def _with_options(options: Sequence[str]) -> StartInputs:
    return StartInputs(
        words=options,
        environ=given_environment(),
        basis=START,
        note="for a start with these options",
    )


def _of_running_init(call: Call) -> StartInputs:
    try:
        status = ask(call, {"verb": "status"})
    except NoAnswer as reason:
        return _without_init(str(reason))
    pid, words, name = status["init"]["pid"], status["init"]["words"], status["hostname"]
    try:
        environ = environment_of(pid)
    except OSError:
        note = f"from the running init (pid {pid}); its variables cannot be read"
        return StartInputs(words=(), environ=given_environment(), basis=INIT, note=note, name=name)
    stands_in = words[:1] == [AS]
    return StartInputs(
        words=() if stands_in else words,  # another init has no options for a host name
        environ=environ,
        basis=INIT,
        note=f"from the running init (pid {pid})",
        name=name,
        stands_in=stands_in,
    )


def _without_init(reason: str) -> StartInputs:
    """For users other than init's, too: everybody may read the file."""
    environ = given_environment()
    name = hostname_file.read() or None
    if name is not None:
        note = f"from {HOSTNAME_FILE}; {reason}"
        return StartInputs(words=(), environ=environ, basis=FILE, note=note, name=name)
    return StartInputs(
        words=(), environ=environ, basis=START, note=f"for a start in this container; {reason}"
    )


def _candidates(start: StartInputs) -> list[Candidate]:
    line, file = parse_sources(start.words, start.environ)
    return hostname_candidates(
        line, start.environ, kernel_hostname(), library_for_start(), file, start.stands_in
    )


def _as_programs_see_it(name: str | None) -> tuple[str | None, str, int]:
    """The library's own answer; what is wrong with the library, or could not be asked; and the
    exit code."""
    if name is None or name == kernel_hostname():
        return name, "", 0
    from initd.linux.dynamic_loader import NobodyToAsk
    from initd.linux.preloaded_hostname import VARIABLE, preloaded_hostname

    variables = {VARIABLE: name.encode(errors="surrogateescape")}
    try:
        return preloaded_hostname(library_for_start(), variables), "", 0
    except NobodyToAsk as nobody:
        return name, f"{nobody}: programs that are linked dynamically should see {name}", 0
    except OSError as error:
        return kernel_hostname(), f"{error}: programs see the kernel's name", 1


# ---- output ---------------------------------------------------------------------------


def _as_json(
    name: str | None, start: StartInputs, found: Sequence[Candidate], mistakes: Sequence[Mistake]
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
        "mistakes": [{"where": each.where, "what": each.sentence} for each in mistakes],
    }


def _as_text(name: str | None, start: StartInputs, found: Sequence[Candidate]) -> list[str]:
    rows = [(each.verdict, each.source, each.name or "-", each.why) for each in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:3]
    lines = [f"{name or 'no name'}, {start.note}"]
    for *cells, why in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)]
        lines.append("  ".join(["", *cells, why]))
    now = next((each.name for each in found if each.verdict != PASSED_OVER), None)
    if start.name is not None and found and now != start.name:
        lines.append(f"A start now would choose another name: init was started with {start.name}.")
    return lines
