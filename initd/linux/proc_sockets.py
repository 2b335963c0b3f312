"""TCP sockets and who holds them, from /proc. Bounded, because pid 1 reads it."""

from __future__ import annotations

import posix

from initd.files import text_of

#: A line has 150 bytes, so this is some 28,000 sockets, those included that the kernel still
#: keeps of connections that have ended.
TABLE_AT_MOST = 4 << 20
_DESCRIPTORS_AT_MOST = 20_000
#: The kernel's own default (net/ipv4/af_inet.c).
_EPHEMERAL = 32768


def socket_tables(pid: int | None) -> list[str]:
    """/proc/net/tcp and tcp6 (proc(5)) of the process's network namespace, which may be another
    than init's; without a process, of init's."""
    of = pid if pid is not None else "self"
    return [text_of(f"/proc/{of}/net/{name}", TABLE_AT_MOST) for name in ("tcp", "tcp6")]


def socket_inodes(pids: list[int]) -> frozenset[int] | None:
    """The sockets that these processes hold; None if init may not see it: as root without
    CAP_SYS_PTRACE it may not look at another user's processes."""
    found: set[int] = set()
    left = _DESCRIPTORS_AT_MOST
    for pid in pids:
        directory = f"/proc/{pid}/fd"
        try:
            names = posix.listdir(directory)[:left]
            links = [_link(f"{directory}/{name}") for name in names]
        except PermissionError:
            return None
        except OSError:
            continue  # ended while we looked
        left -= len(names)
        found.update(int(link[8:-1]) for link in links if link.startswith("socket:["))
    return frozenset(found)


def _link(path: str) -> str:
    try:
        return posix.readlink(path)
    except FileNotFoundError:
        return ""


def ephemeral_from() -> int:
    """The lowest port that the kernel gives to clients."""
    first = text_of("/proc/sys/net/ipv4/ip_local_port_range", 64).split()
    return int(first[0]) if first else _EPHEMERAL
