"""Which processes are to have a signal: a tree, masks and a profile in, pids out.

A signal that the app's first process would waste goes to those below that it is meant for:

1. Where the program that the profile is of stands behind something else (a shell, a script,
   npm), to that program.
2. Else down the tree, in each branch, to the first process that catches the signal. A shell with
   a trap does; one without passes on to its children, as does a wrapper that is known to do the
   wrong thing (wrappers.py).
3. Where nothing catches it, to the app's first process, for the default action.

A signal for the app's group, or for all, reaches all of them but those that 1 and 2 pass over.
"""

from __future__ import annotations

from initd.core.signals.numbers import INT, KILL, TERM
from initd.core.signals.wrappers import is_shell, name_of, wrapper_of
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    #: Whether a process with this command line is the program of a profile, or stays in front of
    #: the program that it runs.
    Judge = Callable[[Sequence[str]], bool]

_DEEPEST = 64  # a chain of shells in a tree that changes while it is read can't be a circle


class Process(Value):
    """What init has read of it. `started` names it for good, with its pid (clock ticks since
    boot); the masks are those of /proc/PID/status. `environ` is empty where nobody asked."""

    pid: int
    parent: int
    group: int
    started: int
    words: tuple[str, ...] = ()
    catches: int = 0
    ignores: int = 0
    blocks: int = 0
    dead: bool = False
    stopped: bool = False
    environ: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call it in a log line."""
        return name_of(self.words)


class Aim(Value):
    """`at` are those that are to have the signal, and `past` those above or among them that are
    passed over. With `whole`, the kernel can send it as it is: to the app's own process, or to
    the whole group. `why` is for the log."""

    at: tuple[Process, ...]
    past: tuple[Process, ...]
    whole: bool
    why: str


def _is_wrapper(words: Sequence[str]) -> bool:
    return wrapper_of(words) is not None


class Tree:
    """Processes by their parents. `app` is where the looking begins; `is_wrapper` tells those that
    are passed over although they catch a signal."""

    def __init__(
        self, processes: Iterable[Process], app: int, is_wrapper: Judge = _is_wrapper
    ) -> None:
        self._is_wrapper = is_wrapper
        self._wrappers: dict[int, bool] = {}
        self.by_pid = {each.pid: each for each in processes if not each.dead}
        self.app = self.by_pid.get(app)
        self._below: dict[int, list[Process]] = {}
        for each in self.by_pid.values():
            self._below.setdefault(each.parent, []).append(each)

    def children(self, process: Process) -> list[Process]:
        """In the order of their pids."""
        return sorted(self._below.get(process.pid, ()), key=lambda each: each.pid)

    def is_wrapper(self, process: Process) -> bool:
        """Asked once for each process: it costs a look into the table of profiles."""
        if process.pid not in self._wrappers:
            found = not is_shell(process.words) and self._is_wrapper(process.words)
            self._wrappers[process.pid] = found
        return self._wrappers[process.pid]

    def is_in_front(self, process: Process) -> bool:
        """Whether it is a shell or a wrapper: what it runs is the program."""
        return is_shell(process.words) or self.is_wrapper(process)


def takes(process: Process, number: int) -> bool:
    """Whether it does something of its own with the signal: catches it, or keeps it blocked to
    read it from a signalfd or by sigwait.

    dash and bash catch INT with and without a trap, while they wait. A trap for INT seldom comes
    alone: so what says that there is one is that TERM is caught too."""
    catches = _has(process.catches, number)
    if number == INT and catches and is_shell(process.words):
        return _has(process.catches, TERM) or _traps_int(process.words)
    return catches or (_has(process.blocks, number) and not _has(process.ignores, number))


def _has(mask: int, number: int) -> bool:
    return bool(mask >> (number - 1) & 1)


def _traps_int(words: Sequence[str]) -> bool:
    """Whether the text of a `sh -c` does; that of a script is not read."""
    return any("trap " in word and " INT" in word.replace("SIGINT", "INT") for word in words[1:])


def is_passed_over(process: Process, tree: Tree, number: int) -> bool:
    """Whether what it has below is to have the signal instead, if that wants it."""
    children = tree.children(process)
    if not children:
        return False
    if tree.is_wrapper(process):
        wrapper = wrapper_of(process.words)
        return wrapper is None or not wrapper.alone or len(children) == 1
    return not takes(process, number)


def aim(
    processes: Iterable[Process],
    app: int,
    number: int,
    target: str = "process",
    is_program: Judge | None = None,
    is_wrapper: Judge = _is_wrapper,
) -> Aim:
    """Who is to have signal `number`. `is_program` recognises the program of the profile, where
    that stands, or may stand, behind something else."""
    tree = Tree(processes, app, is_wrapper)
    if target == "process":
        return _at_few(tree, number, is_program)
    return _at_many(tree, number, target, is_program)


def _at_few(tree: Tree, number: int, is_program: Judge | None) -> Aim:
    if tree.app is None or number == KILL:
        return Aim((), (), True, "the app itself")
    programs = _of_profile(tree, tree.app, is_program) if is_program is not None else []
    if programs:
        return _aimed(tree, programs, "the program that the profile is of")
    found = _catchers(tree, tree.app, number)
    if found:
        caught = all(takes(each, number) for each in found)
        return _aimed(tree, found, "the first that catches it" if caught else "what is run")
    return Aim((tree.app,), (), True, "nothing below catches it")


def _aimed(tree: Tree, at: list[Process], why: str) -> Aim:
    past = tuple(dict.fromkeys(above for each in at for above in _above(tree, each)))
    whole = at == [tree.app]
    if past:
        why += ", behind " + ", ".join(dict.fromkeys(each.name for each in past))
    return Aim(tuple(at), past, whole, "the app itself" if whole else why)


def _of_profile(tree: Tree, process: Process, is_program: Judge, depth: int = 0) -> list[Process]:
    """The topmost process in each branch that is the profile's program."""
    if not tree.is_in_front(process) and is_program(process.words):
        return [process]
    if depth > _DEEPEST:
        return []
    return [
        found
        for child in tree.children(process)
        for found in _of_profile(tree, child, is_program, depth + 1)
    ]


def _above(tree: Tree, process: Process) -> tuple[Process, ...]:
    """From the app down to its parent."""
    found: list[Process] = []
    while tree.app is not None and process.pid != tree.app.pid and len(found) < _DEEPEST:
        parent = tree.by_pid.get(process.parent)
        if parent is None:
            break
        found.insert(0, parent)
        process = parent
    return tuple(found)


def _catchers(tree: Tree, process: Process, number: int, depth: int = 0) -> list[Process]:
    """The first in each branch that catches the signal; [] if none does."""
    if depth > _DEEPEST:
        return []
    if not is_passed_over(process, tree, number):
        return [process] if takes(process, number) else []
    found = [
        each
        for child in tree.children(process)
        for each in _catchers(tree, child, number, depth + 1)
    ]
    if not found and tree.is_wrapper(process):
        # It would do the wrong thing, so the default action of what it runs is better.
        found = [each for each in _programs(tree, process) if not _has(each.ignores, number)]
    return found


def _programs(tree: Tree, process: Process, depth: int = 0) -> list[Process]:
    """What runs behind shells and wrappers, in each branch the first that is neither."""
    children = tree.children(process)
    if not tree.is_in_front(process) or not children or depth > _DEEPEST:
        return [process]
    return [found for child in children for found in _programs(tree, child, depth + 1)]


def run_by(
    processes: Iterable[Process], app: int, is_wrapper: Judge = _is_wrapper
) -> list[Process]:
    """The programs that the app runs, where it is a shell without a trap for TERM, or a wrapper;
    else the app alone. It is these that a profile can be found for."""
    tree = Tree(processes, app, is_wrapper)
    if tree.app is None:
        return []
    found = [each for each in _programs(tree, tree.app) if not tree.is_in_front(each)]
    traps = {
        each.pid for each in tree.by_pid.values() if is_shell(each.words) and takes(each, TERM)
    }
    return [each for each in found if not any(up.pid in traps for up in _above(tree, each))]


def _at_many(tree: Tree, number: int, target: str, is_program: Judge | None) -> Aim:
    """All members of the app's group, or all processes, but those that are passed over for one
    of them."""
    if tree.app is None or number == KILL:
        return Aim((), (), True, f"the whole {target}" if target == "group" else "all processes")
    members = {
        pid: each
        for pid, each in tree.by_pid.items()
        if target == "all" or each.group == tree.app.pid
    }
    few = _at_few(tree, number, is_program)
    past = tuple(each for each in few.past if each.pid in members)
    passed = {each.pid for each in past}
    at = tuple(each for pid, each in sorted(members.items()) if pid not in passed)
    why = "the app's group" if target == "group" else "all processes"
    if not past or not at:
        return Aim(tuple(members.values()), (), True, why)
    names = ", ".join(dict.fromkeys(each.name for each in past))
    return Aim(at, past, False, f"{why} without {names}")
