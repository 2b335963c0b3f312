"""The workload's name, as the app's programs are to see it.

64 characters are the cap: uname's field holds no more, and programs that copy
from it cut what is longer. Labels are those of RFC 1123, 2.1.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 64
LONGEST_LABEL = 63
_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")


def workload_name(hostname: str | None, domain: str | None, kernel: str) -> str | None:
    """The name to give to the app; None where the kernel's own will do.

    `hostname` outright if it has a dot or no domain is given; else host and domain
    joined, the host being the kernel's name up to its first dot. Raises ValueError.
    """
    if hostname is None and domain is None:
        return None
    name = hostname or kernel.partition(".")[0]
    if domain and "." not in (hostname or ""):
        name = f"{name}.{domain.strip('.')}"
    check(name)
    return None if name == kernel else name


def check(name: str) -> None:
    """Raises ValueError, with a sentence for people, for what is no host name."""
    if len(name) > LONGEST:
        raise ValueError(f"{name!r} has {len(name)} characters: {LONGEST} are the most")
    for label in name.split("."):
        if not label or len(label) > LONGEST_LABEL:
            raise ValueError(
                f"{name!r} has a part of {len(label)} characters: 1 to {LONGEST_LABEL} are allowed"
            )
        if not _ALLOWED.issuperset(label) or label[0] == "-" or label[-1] == "-":
            raise ValueError(
                f"{label!r} in {name!r}: letters, digits and inner hyphens are allowed"
            )


def preload_environment(
    environ: Mapping[bytes, bytes], library: str, name: str
) -> dict[bytes, bytes]:
    """What makes the app's programs see `name`: the library, in front of those that
    LD_PRELOAD has already, and the variable that the library reads.

    Raises ValueError where the loader would split the library's path (ld.so(8)).
    """
    if " " in library or ":" in library:
        raise ValueError(f"{library!r} can't be preloaded: its path has a space or a colon")
    before = environ.get(b"LD_PRELOAD", b"")
    ours = library.encode()
    preload = before if ours in before.replace(b":", b" ").split() else ours + b":" + before
    return {b"LD_PRELOAD": preload.rstrip(b":"), b"INITD_HOSTNAME": name.encode()}
