"""What a valid host name is, and the variables that show it to the app's programs.

The limit is 64 characters: uname's field holds no more, and programs that copy from it
truncate a longer name. Labels follow RFC 1123, 2.1.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 64
LONGEST_LABEL = 63
_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
#: Read by the library (preload/hostname.c).
HOSTNAME_VARIABLE = b"INITD_HOSTNAME"


class UnderscoreError(ValueError):
    """Nothing is wrong with the name but underscores, which Compose's names have."""


def check_hostname(name: str) -> None:
    """Raises ValueError, with a sentence for people, for an invalid host name; UnderscoreError
    where the one with hyphens instead would be valid."""
    if "_" in name:
        right = name.replace("_", "-")
        check_hostname(right)
        raise UnderscoreError(f"{name!r}: a host name has no underscores: use {right}")
    if len(name) > LONGEST:
        raise ValueError(f"{name!r} has {len(name)} characters: at most {LONGEST} are allowed")
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
        why = "its path has a space or a colon, where the loader would split it"
        raise ValueError(f"cannot preload {library!r}: {why}")


def hostname_variables(
    environ: Mapping[bytes, bytes], library: str, name: str, kernel_hostname: str
) -> dict[bytes, bytes]:
    """The variables to set for the app, so that its programs see `name`.

    Without a library nothing is set, and programs see the kernel's name. Where the kernel has
    that name already, nothing is preloaded. But INITD_HOSTNAME, if it was set, perhaps to a
    template, is replaced by the name: the library takes it literally."""
    if name != kernel_hostname:
        if not library:
            return {}
        return {
            **_preload_variables(environ, library, name),
            **_shell_variables(environ, name, kernel_hostname),
        }
    if not environ.get(HOSTNAME_VARIABLE):
        return {}
    return {HOSTNAME_VARIABLE: name.encode(errors="surrogateescape")}


def _preload_variables(
    environ: Mapping[bytes, bytes], library: str, name: str
) -> dict[bytes, bytes]:
    """LD_PRELOAD with the library in front, and the variable that the library reads.
    Raises ValueError."""
    check_library(library)
    before = environ.get(b"LD_PRELOAD", b"")
    ours = library.encode(errors="surrogateescape")
    preload = before if ours in before.replace(b":", b" ").split() else ours + b":" + before
    return {b"LD_PRELOAD": preload.rstrip(b":"), HOSTNAME_VARIABLE: name.encode()}


def forget_library(environ: dict[bytes, bytes], library: str) -> None:
    """Takes the library that was put in front of LD_PRELOAD out of it."""
    ours = library.encode(errors="surrogateescape")
    first, _, rest = environ.get(b"LD_PRELOAD", b"").partition(b":")
    if first != ours:
        return
    if rest:
        environ[b"LD_PRELOAD"] = rest
    else:
        del environ[b"LD_PRELOAD"]


def _shell_variables(
    environ: Mapping[bytes, bytes], name: str, kernel_hostname: str
) -> dict[bytes, bytes]:
    """bash shows an inherited HOSTNAME, and engines set it to the kernel's name. Any other
    value was set on purpose and stays."""
    inherited = environ.get(b"HOSTNAME", b"").decode(errors="surrogateescape")
    if inherited not in ("", kernel_hostname, kernel_hostname.partition(".")[0]):
        return {}
    return {b"HOSTNAME": name.encode()}
