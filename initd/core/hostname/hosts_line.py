"""/etc/hosts, and the line in it that makes the workload's name resolve.

Whether a name resolves is decided by this file alone. It is what resolvers ask first
(nsswitch.conf's `files`, musl, Go and Java alike), and pid 1 asks no server: it would
wait for one that is away, and parse what comes from the network. So a name that only
DNS has gets a line too, as Docker gives one to the name of `--hostname`.

Texts are bytes: hosts(5) has no encoding, and what is not ours stays as it is.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATH = "/etc/hosts"
#: Debian's address for a machine's own name where the machine has no lasting one; all of
#: 127.0.0.0/8 is the loopback interface (RFC 1122, 3.2.1.3).
NO_ADDRESS = b"127.0.1.1"
_LOCALHOST = b"localhost"
#: sethostname(2) takes any bytes, and a line's end among them must not become one here.
_OF_NAMES = b"abcdefghijklmnopqrstuvwxyz0123456789-_."
_BREAKS = "hostname -f, Java's InetAddress.getLocalHost, RabbitMQ"


def may_stand(name: str) -> bool:
    """Whether a line can have the name."""
    return not _bytes(name).strip(_OF_NAMES) and not name.startswith(".")


def resolves(text: bytes, name: str) -> bool:
    """Whether a line of the file gives the name an address."""
    return any(_bytes(name) in names for _, names in map(_entry, text.split(b"\n")))


def with_name(text: bytes, name: str, kernel: str, own: bytes) -> bytes | None:
    """The file with `name` in it; None where it is there already.

    The name gets each address that the kernel's name has, so that the two never lead to
    different places, and `own` where that has none. Each line stands in front of the first
    one with its address: that is the one from which gethostbyaddr(3), and with it Python's
    getfqdn(), takes the name. Only the line of localhost keeps its place, and no line is
    taken out or changed.
    """
    if resolves(text, name):
        return None
    lines = text.split(b"\n")
    addresses = addresses_of(text, kernel) or [own]
    # The short name goes along, unless somebody has given it to another place.
    short = name.partition(".")[0]
    elsewhere = set(addresses_of(text, short)).difference(addresses)
    names = f"{name} {short}" if short != name and not elsewhere else name
    for address in addresses:
        lines.insert(_place(lines, address), address + b" " + names.encode())
    return b"\n".join(lines)


def addresses_of(text: bytes, name: str) -> list[bytes]:
    """Where the name, or its first part, leads to; a line of localhost's does not count."""
    for each in (name, name.partition(".")[0]):
        found = [
            address
            for address, names in map(_entry, text.split(b"\n"))
            if _bytes(each) in names and _LOCALHOST not in names
        ]
        if found:
            return list(dict.fromkeys(found))
    return []


def _place(lines: list[bytes], address: bytes) -> int:
    """Where a line with this address goes."""
    for at, line in enumerate(lines):
        first, names = _entry(line)
        if first == address and _LOCALHOST not in names:
            return at
    if lines[-1]:
        lines.append(b"")  # somebody's last line had no end
    return len(lines) - 1


def _entry(line: bytes) -> tuple[bytes, list[bytes]]:
    """Address and lower-case names; nothing where resolvers would pass the line over."""
    address, *names = line.partition(b"#")[0].lower().split() or (b"",)
    return (address, names) if _is_address(address) else (b"", [])


def _is_address(word: bytes) -> bool:
    if b":" in word:
        return word.count(b":") > 1 and not word.partition(b"%")[0].strip(b"0123456789abcdef:.")
    parts = word.split(b".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def _bytes(name: str) -> bytes:
    return name.lower().encode(errors="surrogateescape")


# ---- whose file it is -----------------------------------------------------------------


def is_mounted(mountinfo: bytes) -> bool:
    """Whether /etc/hosts is a mount of its own, as every engine makes it (proc(5))."""
    return any(
        line.split(b" ", 5)[4:5] == [PATH.encode()] for line in mountinfo.split(b"\n") if line
    )


# ---- what the log says ------------------------------------------------------------------


def resolvable(name: str, text: bytes) -> tuple[str, str, dict[str, Any]]:
    """The event for a name that got its line: level, event, facts."""
    addresses = [address.decode() for address in addresses_of(text, name)]
    return "info", "hostname.resolvable", {"name": name, "addresses": addresses}


def unresolvable(name: str, kernel: str, why: str) -> tuple[str, str, dict[str, Any]]:
    """The event for one that could not get it, with what breaks and what mends it."""
    mend = f"--add-host {name}:{NO_ADDRESS.decode()}"
    if name != kernel:
        mend = f"--hostname {name}, or {mend}"
    facts = {"name": name, "why": why, "breaks": _BREAKS, "mend": mend}
    return "warning", "hostname.unresolvable", facts
