"""One case, run under one init: what happened, as facts that two inits can be compared by.

A case is data (see `Case`). A `Play` starts the init on a stage (stage.c) with a puppet
(puppet.c) as its app, does the case's steps, each of which awaits an event, and gives the
`Facts`: a name for each thing that a script, an engine or a person could see, and its value.
Pids are in no fact: "app", "init" and the other roles stand for them.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import pty
import re
import selectors
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..namespace import DEADLINE, Timeout, status_of

#: In a case's words: the puppet, with what it needs to be told; the init itself; the place of
#: the case's files.
APP, INIT, FILES = "{app}", "{init}", "{files}"
#: The environment of every case, but for what it adds.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}

_KEYS = {"^C": b"\x03", "^Z": b"\x1a", "^\\": b"\x1c"}
_number = itertools.count()

#: Where each init is started.
FOLDER = "/usr"

Facts = dict[str, str]


class Case(NamedTuple):
    """What is done, and the one fact that the peer is known by (the rest is compared)."""

    says: str
    words: Sequence[str]
    steps: Sequence[str] = ()
    #: How init ends: "exit 3", "signal 9"; "" where only the comparison tells.
    ends: str = "exit 0"
    #: Other facts that the real one must show, so that a case can't pass by showing nothing.
    shows: Mapping[str, str] = {}
    #: What the environment has beside or, with None, without the usual.
    env: Mapping[str, str | None] = {}
    #: Executables, by name, and their text.
    files: Mapping[str, str] = {}
    pid_1: bool = True
    session: bool = True
    tty: bool = False
    stdin: bytes | None = None
    #: More options of the stage: -m, -d N, -b N, -i N, -p N.
    stage: Sequence[str] = ()
    #: Both write, without waiting for one another: a fact for each, in the writer's own order.
    child_writes_too: bool = False
    #: The same signal comes by two ways, and if both are pending they are one.
    coalesced: bool = False


class Tools(NamedTuple):
    """The compiled helpers."""

    stage: Path
    puppet: Path


class _Ended(Exception):
    """Init has ended; what is left of the steps can't happen."""


class Play:
    """One run of one case."""

    def __init__(self, case: Case, init: Path | str, tools: Tools) -> None:
        self.case = case
        self.init = str(init)
        self.tools = tools
        self.facts: Facts = {}
        self.base = f"initd-{os.getpid()}-{next(_number)}"
        self.pids: dict[str, int] = {}
        self.inside: dict[int, str] = {}
        self.heard: dict[str, list[str]] = {}
        self.waited: dict[str, int] = {}
        self.done: dict[str, int] = {}
        self.init_states: list[str] = []
        self.end = ""
        self._closing = False
        self._switches = 0
        self.written = {"stdout": b"", "stderr": b""}
        self._looks = itertools.count(2)
        self._selector = selectors.DefaultSelector()
        self._partial = b""

    # ---- the stage ---------------------------------------------------------

    def run(self) -> Facts:
        """Begins, does the steps, ends, cleans up."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._selector.close)
            stack.callback(self._kill_all)
            self.folder = stack.enter_context(_folder(self.case.files))
            self._open(stack)
            try:
                self._perform()
            except Timeout as error:
                self.facts["waited in vain"] = str(error)
            self._note_end()
        return self.facts

    def _perform(self) -> None:
        with contextlib.suppress(_Ended):
            self._until(lambda: "init" in self.pids, "init has been started")
            if APP in self.case.words:
                self._until(lambda: "app" in self.pids, "the app is ready")
                self._look("init", "")
                self._look("app", "")
            for step in self.case.steps:
                verb, _, rest = step.partition(" ")
                getattr(self, f"_do_{verb}")(rest)
            self._finish()
        self._until_ended()

    def _finish(self) -> None:
        """What was on its way arrives; an app that is still there is told to go."""
        if APP not in self.case.words or self._closing:
            return
        for role in list(self.heard):
            if self._state(role) not in ("gone", "Z", "T"):
                self._order(role, "look")
        if self._state("app") not in ("gone", "Z"):
            self._do_idle(
                ""
            )  # or its last SIGCHLD, and what it says of it, may be one with another
            self._do_tell("app exit 0")

    def _open(self, stack: contextlib.ExitStack) -> None:
        self._ears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        stack.callback(self._ears.close)
        self._ears.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._ears.bind(f"\0{self.base}")
        self._ears.setblocking(False)
        self._selector.register(self._ears, selectors.EVENT_READ, self._on_words)
        reports, report = os.pipe()
        stack.callback(os.close, reports)
        self._selector.register(reports, selectors.EVENT_READ, self._on_report)
        streams = self._open_streams(stack)
        try:
            self._stage = self._start(streams, report)
        finally:
            for fd in {report, *streams}:
                os.close(fd)
        stack.callback(self._stage.wait)
        stack.callback(self._stage.kill)

    def _open_streams(self, stack: contextlib.ExitStack) -> list[int]:
        """stdin, stdout and stderr of init; this side is read as things come."""
        if self.case.tty:
            self.terminal, theirs = pty.openpty()
            self._close_terminal = stack.enter_context(contextlib.ExitStack())
            self._close_terminal.callback(os.close, self.terminal)
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            self._selector.register(self.terminal, selectors.EVENT_READ, "stdout")
            return [theirs, theirs, theirs]
        out_read, out = os.pipe()
        err_read, err = os.pipe()
        for fd, name in ((out_read, "stdout"), (err_read, "stderr")):
            stack.callback(os.close, fd)
            self._selector.register(fd, selectors.EVENT_READ, name)
        reading, writing = os.pipe()
        if self.case.stdin is not None:
            os.write(writing, self.case.stdin)
            os.close(writing)
        else:
            stack.callback(os.close, writing)
        return [reading, out, err]

    def _start(self, streams: list[int], report: int) -> subprocess.Popen[bytes]:
        case = self.case
        flags = ["-n"] * case.pid_1 + ["-s"] * case.session + ["-t"] * case.tty
        return subprocess.Popen(
            [self.tools.stage, "-r", str(report), *flags, *case.stage, self.init, *self._words()],
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            env=self._environment(),
            pass_fds=[report],
            cwd=FOLDER,
        )

    def _environment(self) -> dict[str, str]:
        given = {**ENVIRONMENT, **self.case.env}
        return {name: self._placed(value) for name, value in given.items() if value is not None}

    def _words(self) -> list[str]:
        words: list[str] = []
        for word in self.case.words:
            words += (
                [str(self.tools.puppet), self.base, "app"] if word == APP else [self._placed(word)]
            )
        return words

    def _placed(self, word: str) -> str:
        return word.replace(INIT, self.init).replace(FILES, self.folder)

    # ---- steps -------------------------------------------------------------

    def _do_signal(self, rest: str) -> None:
        """signal ROLE NAME...: each is sent, from outside, one at once after the other."""
        role, *names = rest.split()
        self._switches = self._switches_of_app()
        for name in names:
            os.kill(self.pids[role], number_of(name))

    def _switches_of_app(self) -> int:
        """How often the app has let go of the processor."""
        with contextlib.suppress(OSError, KeyError):
            return int(status_of(self.pids["app"])["voluntary_ctxt_switches"])
        return 0

    def _do_app(self, rest: str) -> None:
        """app ORDER: what it is told; awaits that it is done."""
        self._do_tell(f"app {rest}")

    def _do_tell(self, rest: str) -> None:
        """tell ROLE ORDER: `exit`, `raise` end it; else awaits that it is done, and who comes."""
        role, order = rest.split(" ", 1)
        verb, _, newcomer = order.partition(" ")
        if verb in ("raise", "default", "send-1"):
            order = f"{verb} {number_of(newcomer)}"
        if verb in ("exit", "raise"):
            self._closing |= role == "app"
            self._tell(role, order)
            return
        self._order(role, order)
        if verb in ("fork", "group", "session", "orphan"):
            self._until(lambda: newcomer in self.pids, f"{newcomer} is ready")

    def _do_await(self, rest: str) -> None:
        """await ROLE SIGNAL: one more of that; await init stopped|continued."""
        role, what = rest.split()
        if role == "init":
            self._until(lambda: what in self.init_states, f"init has {what}")
            self.init_states.remove(what)
            return
        number = str(number_of(what))
        key = f"{role} {number}"
        self.waited[key] = self.waited.get(key, 0) + 1
        self._until(
            lambda: self.heard.get(role, []).count(number) >= self.waited[key],
            f"{role} gets {what}",
        )

    def _do_state(self, rest: str) -> None:
        """state ROLE LETTERS: its state becomes one of these; T stopped, Z zombie, gone."""
        role, letters = rest.split()
        wanted = [letters] if letters == "gone" else list(letters)
        self._until(lambda: self._state(role) in wanted, f"{role} becomes {letters}")

    def _do_look(self, rest: str) -> None:
        """look ROLE: its parent, group, session, terminal as of now."""
        self._look(rest, f" ({next(self._looks)})")

    def _do_type(self, rest: str) -> None:
        """type KEY: on the terminal."""
        os.write(self.terminal, _KEYS.get(rest, rest.encode()))

    def _do_resize(self, _: str) -> None:
        """The terminal gets another size."""
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 90, 0, 0))

    def _do_hangup(self, _: str) -> None:
        """The terminal's other end is closed."""
        self._selector.unregister(self.terminal)
        self._close_terminal.close()

    def _do_paused(self, _: str) -> None:
        """An init without an app is ready once it has blocked its signals.

        The kernel shows those that sigtimedwait(2) waits for, INT and TERM, as not blocked.
        """
        blocks = 1 << signal.SIGUSR1 - 1
        self._until(lambda: self._mask("SigBlk") & blocks, "init has blocked its signals")

    def _mask(self, name: str) -> int:
        with contextlib.suppress(OSError, KeyError):
            return int(status_of(self.pids["init"])[name], 16)
        return 0

    def _do_kill(self, rest: str) -> None:
        """kill ROLE: with SIGKILL."""
        self._closing |= rest == "app"
        self._until(lambda: rest in self.pids, f"{rest} has been started")
        os.kill(self.pids[rest], signal.SIGKILL)

    def _do_idle(self, _: str) -> None:
        """idle: init has done what it had to do, and waits."""
        self._until(self._is_idle, "init waits")

    def _is_idle(self) -> bool:
        return self._waits_above_app() and self._waits(self.pids.get("init", 0))

    def _waits_above_app(self) -> bool:
        """The app's parent, which tells init of it; for the three it is init itself."""
        with contextlib.suppress(OSError, KeyError):
            parent = int(status_of(self.pids["app"])["PPid"])
            return self._waits(parent, 1 << signal.SIGCHLD - 1)  # others it leaves unread
        return True

    def _waits(self, pid: int, signals: int = -1) -> bool:
        """It sleeps or is stopped, and none of these signals is pending."""
        with contextlib.suppress(OSError, KeyError):
            status = status_of(pid)
            pending = int(status["SigPnd"], 16) | int(status["ShdPnd"], 16)
            return status["State"][0] in "ST" and not pending & signals
        return True  # it has gone

    def _do_told(self, _: str) -> None:
        """told: the app's parent knows that it has stopped. The kernel tells it a moment after the
        state has changed, and then lets go of the processor."""
        self._until(self._is_told, "the app's parent knows")

    def _is_told(self) -> bool:
        if self._switches_of_app() <= self._switches:
            return False
        if int(status_of(self.pids["app"])["PPid"]) == self.pids["init"]:  # stopped itself
            return bool(self._mask("ShdPnd") & 1 << signal.SIGCHLD - 1)
        return self._waits_above_app()

    def _do_end(self, _: str) -> None:
        """end: init ends now, without the app being told to."""
        self._closing = True
        self._until_ended()

    def _order(self, role: str, order: str) -> None:
        before = self.done.get(role, 0)
        self._tell(role, order)
        self._until(lambda: self.done.get(role, 0) > before, f"{role} has done: {order}")

    def _tell(self, role: str, order: str) -> None:
        try:
            self._ears.sendto(order.encode(), f"\0{self.base}/{role}")
        except OSError as error:
            raise Timeout(f"{role} can't be told {order!r}: {error}") from None

    # ---- what happens ------------------------------------------------------

    def _until(self, fact: Callable[[], Any], what: str, survivors: bool = False) -> None:
        end = time.monotonic() + DEADLINE
        while not fact():
            if self.end and not survivors and not self._pump(0):
                raise _Ended
            left = end - time.monotonic()
            if left <= 0:
                raise Timeout(what)
            # A state of /proc makes no event: it is looked at again after 2 ms.
            self._pump(min(left, 0.002))

    def _until_ended(self) -> None:
        end = time.monotonic() + DEADLINE
        while not self.end:
            if end <= time.monotonic():
                raise Timeout("init ends")
            self._pump(0.1)

    def _pump(self, seconds: float) -> int:
        ready = self._selector.select(seconds)
        for key, _ in ready:
            if isinstance(key.data, str):
                self._on_text(key.fd, key.data)
            else:
                key.data(key.fd)
        return len(ready)

    def _on_text(self, fd: int, name: str) -> None:
        try:
            data = os.read(fd, 65536)
        except OSError:  # EIO: nobody holds the terminal any more
            data = b""
        self.written[name] += data
        if not data:
            self._selector.unregister(fd)

    def _on_words(self, _: int) -> None:
        text, more, _, _ = self._ears.recvmsg(4096, 128)
        role, what, *rest = text.decode().split()
        if what == "ready":
            self._introduce(role, struct.unpack("iii", more[0][2])[0])
            self.heard[role] = []
            if role == "app":  # its children have its own masks
                for name, mask in zip(("blocked", "ignored"), rest):
                    self.facts[f"app {name}"] = _signals(int(mask, 16))
        elif what == "got":
            # At a container's end the kernel kills all that is left, and whether one of them
            # could first say what it got is a race that no init decides.
            if not (self._closing and self.case.pid_1):
                self.heard[role].append(rest[0])
        else:
            self.done[role] = self.done.get(role, 0) + 1

    def _on_report(self, fd: int) -> None:
        data = os.read(fd, 4096)
        if not data:
            self._selector.unregister(fd)
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            who, what, *number = line.decode().split()
            if who in ("init", "between"):
                self._introduce(who, int(what))
            elif int(who) == self.pids.get("init"):
                self._on_init(what, number[0])

    def _on_init(self, what: str, number: str) -> None:
        if what in ("stopped", "continued"):
            self.init_states.append(what)
            self.facts["init states"] = f"{self.facts.get('init states', '')} {what}".strip()
        else:
            self.end = f"{what} {number}"

    def _introduce(self, role: str, pid: int) -> None:
        self.pids[role] = pid
        if role == "init" and self.case.pid_1:
            self.inside[1] = role
        with contextlib.suppress(OSError):
            self.inside[int(status_of(pid)["NSpid"].split()[-1])] = role

    # ---- facts -------------------------------------------------------------

    def _stat(self, role: str) -> list[str]:
        """/proc/PID/stat from the state on; empty if it is gone."""
        try:
            text = Path(f"/proc/{self.pids[role]}/stat").read_text()
        except OSError:
            return []
        return text.rpartition(")")[2].split()

    def _state(self, role: str) -> str:
        stat = self._stat(role)
        return stat[0].replace("X", "gone") if stat else "gone"

    def _look(self, role: str, when: str) -> None:
        if when:  # what it is about to do it has done
            self._until(lambda: self._state(role) not in ("R", "D"), f"{role} waits")
        stat = self._stat(role)
        if not stat:
            self.facts[f"{role} is{when}"] = "gone"
            return
        names = ("parent", "group", "session", "foreground")
        for name, at in zip(names, (1, 2, 3, 5)):
            self.facts[f"{role} {name}{when}"] = self._role_of(int(stat[at]))
        if when:  # before, dumb-init may be on its way
            self.facts[f"{role} directory{when}"] = os.readlink(f"/proc/{self.pids[role]}/cwd")

    def _role_of(self, pid: int) -> str:
        if pid in (0, -1):
            return "none"
        for role, known in self.pids.items():
            if known == pid:
                return role
        if pid == self._stage.pid:
            return "stage"
        if pid == os.getpgrp() or pid == os.getsid(0):
            return "outside"
        with contextlib.suppress(OSError):
            return f"<{Path(f'/proc/{pid}/comm').read_text().strip()}>"
        return "<somebody>"

    def _note_end(self) -> None:
        self.facts["end"] = self.end
        for role in self.heard:
            if self.end and not self.case.pid_1:
                self._note_survivor(role)
        for role, numbers in self.heard.items():
            if self.case.coalesced:
                numbers = [number for number, _ in itertools.groupby(numbers)]
            self.facts[f"{role} got"] = " ".join(name_of(int(number)) for number in numbers)
        self._kill_all()
        while any(isinstance(key.data, str) for key in self._selector.get_map().values()):
            if not self._pump(DEADLINE):
                self.facts["pipes"] = "somebody holds them open after the end"
                break
        for name, text in self.written.items():
            self.facts[name] = self._plain(text.decode(errors="replace"))
        if self.case.child_writes_too:
            for name in ("stdout", "stderr"):
                lines = self.facts[name].splitlines(keepends=True)
                childs = [line for line in lines if _CHILDS.search(line)]
                self.facts[name] = "".join(line for line in lines if line not in childs)
                self.facts[f"{name} of the child"] = "".join(childs)

    def _note_survivor(self, role: str) -> None:
        """What outlives init outside of a container, and what init told it at its own end."""
        if role == "app" and not self.end.startswith("signal"):
            return  # its end was init's
        before = self.done.get(role, 0)
        with contextlib.suppress(Timeout):  # it may have gone this moment
            self._tell(role, "look")
        self._until(
            lambda: self.done.get(role, 0) > before or self._state(role) in ("gone", "Z", "T"),
            f"{role} says that it is there, or isn't",
            survivors=True,
        )
        state = self._state(role)
        alive = "no" if state in ("gone", "Z") else f"yes, {'stopped' if state == 'T' else 'runs'}"
        self.facts[f"{role} outlives init"] = alive

    def _kill_all(self) -> None:
        """What this case started: by pids that were told, and are still children of its tree."""
        for role in self.pids:
            if self._state(role) != "gone":
                with contextlib.suppress(OSError):
                    os.kill(self.pids[role], signal.SIGKILL)

    def _plain(self, text: str) -> str:
        """Names in the place of pids and of this run's words."""
        text = text.replace("\r\n", "\n").replace(self.base, "BASE")
        text = text.replace(str(self.tools.puppet), "PUPPET").replace(self.init, "INIT")
        text = text.replace(self.folder, "FILES")

        def named(found: re.Match[str]) -> str:
            pid = int(found[2])
            return found[1] + (self.inside.get(pid) or ("1" if pid == 1 else "<somebody>"))

        return _PID.sub(named, text)


@contextlib.contextmanager
def _folder(files: Mapping[str, str]) -> Iterator[str]:
    """A directory with these executables; none is made for none."""
    if not files:
        yield "/nowhere"
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        yield folder


#: What dumb-init's child says before it becomes the app.
_CHILDS = re.compile("setsid complete|Unable to attach")
#: How the three write a pid: "(12)", "pid=12", "pid: '12'", "PID 12", "catatonit:12".
_PID = re.compile(r"(\((?:\w+:)?(?=\d+\))|\b(?:pid|PID)\b[ =:]*'?)(\d+)")


def number_of(name: str) -> int:
    """SIGTERM's for "TERM"; "RTMIN+3" and plain numbers too."""
    if name.isdecimal():
        return int(name)
    start, _, more = name.partition("+")
    return int(getattr(signal, f"SIG{start}")) + int(more or 0)


def name_of(number: int) -> str:
    """And back."""
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return f"RTMIN+{number - signal.SIGRTMIN}"


def _signals(mask: int) -> str:
    """The names in a mask as /proc has it."""
    return " ".join(name_of(number + 1) for number in range(64) if mask >> number & 1)
