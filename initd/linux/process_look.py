"""What /proc says of each process that a signal may be for: who its parent is, what it runs, and
which signals it catches, ignores and blocks. Read when a signal is to be aimed, not before."""

from __future__ import annotations

import posix

from initd.files import beginning_of
from initd.linux.process_tree import stat_fields

#: Of a process, as a tuple: pid, parent, group, start (clock ticks since boot), words, masks of
#: signals that it catches, ignores and blocks, whether it is dead, whether it is stopped, and its
#: environment.
Look = tuple[int, int, int, int, tuple[str, ...], int, int, int, bool, bool, tuple[str, ...]]

#: Read of a command line or an environment; of what is longer, the start is enough.
_LONGEST = 32768
#: Details are read of so many processes at most, the nearest to the app first.
_AT_MOST = 2000
#: Indexes of fields after the name in /proc/PID/stat (proc(5)).
_STATE, _PARENT, _GROUP, _START = 0, 1, 2, 19


def look(app: int, everybody: bool, environs: bool) -> list[Look]:
    """The app and all that are below it, or with `everybody` all processes. Those that end
    meanwhile are left out."""
    stats = {}
    for name in posix.listdir("/proc"):
        if name.isdecimal():
            stat = stat_fields(int(name))
            if stat is not None:
                stats[int(name)] = stat
    pids = list(stats) if everybody else _at_and_below(app, stats)
    found = []
    for pid in pids[:_AT_MOST]:
        each = _details(pid, stats[pid], environs)
        if each is not None:
            found.append(each)
    return found


def started(pid: int) -> int | None:
    """When the process started, in clock ticks since boot: with its pid, this names it for good.
    None if it is gone."""
    stat = stat_fields(pid)
    return int(stat[_START]) if stat is not None else None


def takes(pid: int, number: int) -> bool:
    """Whether it catches or ignores the signal, as far as that can be seen."""
    status = _read(pid, "status")
    masks = _masks(status)
    return not status or bool((masks[b"SigIgn"] | masks[b"SigCgt"]) >> (number - 1) & 1)


def _at_and_below(app: int, stats: dict[int, list[bytes]]) -> list[int]:
    """Generation by generation."""
    below: dict[int, list[int]] = {}
    for pid, stat in stats.items():
        below.setdefault(int(stat[_PARENT]), []).append(pid)
    found = [app] if app in stats else []
    for pid in found:  # which grows meanwhile
        found += below.get(pid, ())
    return found


def _details(pid: int, stat: list[bytes], environs: bool) -> Look | None:
    status = _read(pid, "status")
    if not status:
        return None
    masks = _masks(status)
    state = stat[_STATE]
    return (
        pid,
        int(stat[_PARENT]),
        int(stat[_GROUP]),
        int(stat[_START]),
        _texts(_read(pid, "cmdline")),
        masks[b"SigCgt"],
        masks[b"SigIgn"],
        masks[b"SigBlk"],
        state in (b"Z", b"X", b"x"),
        state in (b"T", b"t"),
        _texts(_read(pid, "environ")) if environs else (),
    )


def _masks(status: bytes) -> dict[bytes, int]:
    """Of the signals that it blocks, ignores and catches."""
    masks = {b"SigBlk": 0, b"SigIgn": 0, b"SigCgt": 0}
    for line in status.splitlines():
        name, _, value = line.partition(b":")
        if name in masks:
            masks[name] = int(value, 16)
    return masks


def _texts(data: bytes) -> tuple[str, ...]:
    """Without the blanks that a rewritten title is filled up with."""
    text = data.decode(errors="surrogateescape").rstrip("\0 ")
    return tuple(text.split("\0")) if text else ()


def _read(pid: int, name: str) -> bytes:
    return beginning_of(f"/proc/{pid}/{name}", _LONGEST)
