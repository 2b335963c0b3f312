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
_VARIABLE = b"INITD_HOSTNAME"


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
            where = repr(name) if label == name else f"{label!r} in {name!r}"
            raise ValueError(f"{where}: letters, digits and inner hyphens are allowed")


def check_library(library: str) -> None:
    """Raises ValueError where the loader would split the library's path (ld.so(8))."""
    if " " in library or ":" in library:
        raise ValueError(f"{library!r} can't be preloaded: its path has a space or a colon")


def app_environment(
    environ: Mapping[bytes, bytes], library: str, name: str, kernel: str
) -> dict[bytes, bytes]:
    """What the app's environment gains, so that its programs see `name`.

    Where the kernel says that already nothing is preloaded; but a variable that was said,
    perhaps as a template, becomes what it means, since the library believes it."""
    if name != kernel:
        return {**_preloaded(environ, library, name), **_for_shells(environ, name, kernel)}
    if not environ.get(_VARIABLE):
        return {}
    return {_VARIABLE: name.encode(errors="surrogateescape")}


def _preloaded(environ: Mapping[bytes, bytes], library: str, name: str) -> dict[bytes, bytes]:
    """The library, in front of those that LD_PRELOAD has, and the variable that it reads.
    Raises ValueError."""
    check_library(library)
    before = environ.get(b"LD_PRELOAD", b"")
    ours = library.encode(errors="surrogateescape")
    preload = before if ours in before.replace(b":", b" ").split() else ours + b":" + before
    return {b"LD_PRELOAD": preload.rstrip(b":"), _VARIABLE: name.encode()}


def _for_shells(environ: Mapping[bytes, bytes], name: str, kernel: str) -> dict[bytes, bytes]:
    """bash shows an inherited HOSTNAME, and engines set one to the kernel's name. Another
    one is somebody's own."""
    inherited = environ.get(b"HOSTNAME", b"").decode(errors="surrogateescape")
    if inherited not in ("", kernel, kernel.partition(".")[0]):
        return {}
    return {b"HOSTNAME": name.encode()}
