"""What a stop that takes long waits for: established connections, processes that live on, a
process that cannot act on signals.

It was a connection that its client did not close, in nearly every stop that ended in a KILL.
"""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: How many processes and ports are named in the sentence.
_NAMED = 3
#: States in /proc/PID/stat in which a process acts on no signal but KILL, or on none at all.
_STUCK = {"T": "stopped", "t": "stopped by a debugger", "D": "in uninterruptible sleep"}
_ENDED = ("Z", "X")


class Process(Value):
    """One that is left, with its state as in /proc/PID/stat."""

    pid: int
    name: str
    state: str


class Socket(Value):
    """A TCP socket of the app's network namespace."""

    port: int
    inode: int
    listens: bool


class Look(Value, kw_only=True):
    """What /proc shows. `inodes` are the sockets that the app's processes hold, None where init
    may not look: then those of the whole network namespace count, which containers of a pod
    share. The kernel gives the ports from `ephemeral` on to clients."""

    app: int | None
    processes: tuple[Process, ...]
    sockets: tuple[Socket, ...]
    inodes: frozenset[int] | None
    ephemeral: int
    #: Whether there are more sockets than init has read.
    cut: bool = False


def connections(look: Look) -> dict[int, int]:
    """How many are established on each port that the app serves. A server that drains has
    often closed the socket that listened, so a port that no client would be given counts."""
    listening = {each.port for each in look.sockets if each.listens}
    found: dict[int, int] = {}
    for each in look.sockets:
        served = each.port in listening or each.port < look.ephemeral
        mine = look.inodes is None or each.inode in look.inodes
        if served and mine and not each.listens:
            found[each.port] = found.get(each.port, 0) + 1
    return found


def waits(look: Look) -> dict[str, Any]:
    """For log and status: `waits_for` in words, and the numbers."""
    ports = connections(look)
    alive = [each for each in look.processes if each.state not in _ENDED]
    children = [each for each in alive if each.pid != look.app]
    stuck = [each for each in alive if each.state in _STUCK]
    parts = [f"{each.name} ({each.pid}) is {_STUCK[each.state]}" for each in stuck[:_NAMED]]
    if ports:
        shared = " of the network namespace" if look.inodes is None else ""
        least = "at least " if look.cut else ""
        count = _count(sum(ports.values()), "connection")
        parts.append(f"{least}{count}{shared} on {_ports(ports)}")
    if look.cut and not ports:
        parts.append("there are more sockets than init reads")
    if children:
        what = "child" if look.app is not None else "process"
        names = [f"{each.name} ({each.pid})" for each in children[:_NAMED]]
        names += ["..."] if len(children) > _NAMED else []
        parts.append(f"{_count(len(children), what)}: {', '.join(names)}")
    return {
        "waits_for": "; ".join(parts) or "the app alone: it has no connection and no child",
        "connections": sum(ports.values()),
        "children": len(children),
        "stuck": [each.pid for each in stuck],
    }


def _ports(ports: dict[int, int]) -> str:
    most = sorted(ports, key=lambda port: (-ports[port], port))
    if len(most) == 1:
        return f"port {most[0]}"
    named = [f"{port} ({ports[port]})" for port in most[:_NAMED]]
    return f"ports {', '.join([*named, *(['...'] if len(most) > _NAMED else [])])}"


def _count(count: int, what: str) -> str:
    plurals = {"connection": "connections", "child": "children", "process": "processes"}
    return f"{count} {what if count == 1 else plurals[what]}"


def sockets_in(table: str) -> Iterable[Socket]:
    """The established and listening sockets in /proc/net/tcp or tcp6 (proc(5))."""
    for line in table.splitlines()[1:]:
        fields = line.split(None, 4)  # most are neither: no need to take those apart
        if len(fields) < 5 or fields[3] not in _STATES:
            continue
        rest = fields[4].split()
        if len(rest) > 5:
            port = int(fields[1].rpartition(":")[2], 16)
            yield Socket(port, int(rest[5]), fields[3] == _LISTEN)


#: TCP_ESTABLISHED and TCP_LISTEN, in hexadecimal (include/net/tcp_states.h).
_LISTEN = "0A"
_STATES = ("01", _LISTEN)
