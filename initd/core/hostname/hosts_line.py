"""/etc/hosts, and the line in it that makes the workload's name resolve.

A name counts as resolvable if this file lists it. Resolvers read the file first
(nsswitch.conf's `files`, musl, Go and Java alike), and pid 1 does not query DNS: it could
block on a server that is down, and would have to parse data from the network. So a name that
only DNS knows gets a line too, just as Docker writes one for `--hostname`.

Texts are bytes: hosts(5) has no encoding, and lines of others stay as they are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: For a name without an address: what Debian uses for a machine without a permanent one. All
#: of 127.0.0.0/8 is the loopback interface (RFC 1122, 3.2.1.3).
FALLBACK_ADDRESS = b"127.0.1.1"
_LOCALHOST = b"localhost"
#: sethostname(2) accepts any bytes: a line break in a name must not end up in the file.
_NAME_CHARACTERS = b"abcdefghijklmnopqrstuvwxyz0123456789-_."
_BREAKS = "hostname -f, Java's InetAddress.getLocalHost, RabbitMQ"


def is_valid_name(name: str) -> bool:
    """Whether the name may be written to the file."""
    return not _bytes(name).strip(_NAME_CHARACTERS) and not name.startswith(".")


def resolves(text: bytes, name: str) -> bool:
    """Whether a line of the file gives the name an address."""
    return any(_bytes(name) in names for _, names in map(_parse_line, text.split(b"\n")))


def with_hostname(text: bytes, name: str, kernel_hostname: str, own_address: bytes) -> bytes | None:
    """The file with `name` added; None where the file lists it already.

    The name gets every address that the kernel's name has, so that both lead to the same
    place, or `own_address` where the kernel's name has none. Each new line goes in front of
    the first line with the same address: gethostbyaddr(3), and with it Python's getfqdn(),
    takes the name from that line. The line of localhost stays first. No line is removed or
    changed.
    """
    if resolves(text, name):
        return None
    lines = text.split(b"\n")
    addresses = addresses_of(text, kernel_hostname) or [own_address]
    # The short name is added too, unless the file gives it another address.
    short = name.partition(".")[0]
    elsewhere = set(addresses_of(text, short)).difference(addresses)
    names = f"{name} {short}" if short != name and not elsewhere else name
    for address in addresses:
        lines.insert(_insertion_point(lines, address), address + b" " + names.encode())
    return b"\n".join(lines)


def addresses_of(text: bytes, name: str) -> list[bytes]:
    """The addresses of the name, or of its first part; lines of localhost do not count."""
    for each in (name, name.partition(".")[0]):
        found = [
            address
            for address, names in map(_parse_line, text.split(b"\n"))
            if _bytes(each) in names and _LOCALHOST not in names
        ]
        if found:
            return list(dict.fromkeys(found))
    return []


def _insertion_point(lines: list[bytes], address: bytes) -> int:
    """The index at which a line with this address is inserted."""
    for at, line in enumerate(lines):
        first, names = _parse_line(line)
        if first == address and _LOCALHOST not in names:
            return at
    if lines[-1]:
        lines.append(b"")  # the last line had no newline
    return len(lines) - 1


def _parse_line(line: bytes) -> tuple[bytes, list[bytes]]:
    """Address and lower-case names; both empty where resolvers would ignore the line."""
    address, *names = line.partition(b"#")[0].lower().split() or (b"",)
    return (address, names) if _is_address(address) else (b"", [])


def _is_address(word: bytes) -> bool:
    if b":" in word:
        return word.count(b":") > 1 and not word.partition(b"%")[0].strip(b"0123456789abcdef:.")
    parts = word.split(b".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def _bytes(name: str) -> bytes:
    return name.lower().encode(errors="surrogateescape")


# ---- who wrote the file ----------------------------------------------------------------


def is_mounted(path: str, mountinfo: bytes) -> bool:
    """Whether the file is a mount point, as container engines make it (proc(5))."""
    return any(
        line.split(b" ", 5)[4:5] == [path.encode()] for line in mountinfo.split(b"\n") if line
    )


# ---- log events -------------------------------------------------------------------------


def resolvable_event(name: str, text: bytes) -> tuple[str, str, dict[str, Any]]:
    """For a name that was added: level, event, facts."""
    addresses = [address.decode() for address in addresses_of(text, name)]
    return "info", "hostname.resolvable", {"name": name, "addresses": addresses}


def unresolvable_event(
    name: str, kernel_hostname: str, why: str
) -> tuple[str, str, dict[str, Any]]:
    """For a name that could not be added, with what breaks and how to fix it."""
    mend = f"--add-host {name}:{FALLBACK_ADDRESS.decode()}"
    if name != kernel_hostname:
        mend = f"--hostname {name}, or {mend}"
    facts = {"name": name, "why": why, "breaks": _BREAKS, "mend": mend}
    return "warning", "hostname.unresolvable", facts
