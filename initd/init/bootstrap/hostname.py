"""The name that the app's programs see, among the other programs of the container: before
the app starts it stands in a file, and resolves."""

from __future__ import annotations

import posix

from initd.linux import hostname_file
from initd.linux.kernel_hostname import kernel_name
from initd.unload import unload_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.init.bootstrap.resolvable import Say

#: What makes the name resolve, and is not needed again.
_OF_THE_NAME = (
    "initd.init.bootstrap.resolvable",
    "initd.core.hostname",
    "initd.linux.shared_file",
)


def settle_name(name: str | None, kernels_too: bool, say: Say) -> None:
    """`name` is None where the kernel's own stands, which is made to resolve as well where
    `kernels_too`. Mostly, there is nothing to `say`."""
    if posix.getpid() == 1:  # another init of these mounts, further down, has another name
        _publish(name, say)
    if name is None and kernels_too:
        kernel = kernel_name()
        name = kernel if "." in kernel else None
    if name is not None:
        _make_resolvable(name, say)
        unload_modules(*_OF_THE_NAME)


def _publish(name: str | None, say: Say) -> None:
    """For programs of the container that are not the app's; without it the app starts too."""
    try:
        if name is None:
            hostname_file.remove()
        else:
            hostname_file.write(name)
    except OSError as error:
        facts = {"path": hostname_file.NAME_FILE, "name": name, "why": error.strerror or str(error)}
        say("info", "hostname.unwritten", facts)


def _make_resolvable(name: str, say: Say) -> None:
    """A full name that does not resolve breaks more than it mends. Where none was chosen and
    the kernel's is short, this costs nothing."""
    from initd.init.bootstrap.resolvable import (
        make_resolvable,  # here: of a name that lives, all of it does
    )

    make_resolvable(name, say)
