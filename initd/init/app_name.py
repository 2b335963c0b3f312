"""The name that the app's programs see, among the other programs of the container: before
the app starts it stands in a file, and resolves."""

from __future__ import annotations

import posix

from initd.linux import name_file
from initd.linux.kernel_name import kernel_name
from initd.spent import forget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.init.own_name import Say

#: What makes the name resolve, and is not needed again.
_OF_THE_NAME = (
    "initd.init.own_name",
    "initd.core.hosts_file",
    "initd.core.own_address",
    "initd.linux.shared_file",
)


def settle_name(name: str | None, mends_kernels: bool, say: Say) -> None:
    """`name` is None where the kernel's own stands. Mostly, there is nothing to `say`.
    `mends_kernels` whether a full name of the kernel's is made to resolve too."""
    if posix.getpid() == 1:  # another init of these mounts, further down, has another name
        _publish(name, say)
    if name is None and mends_kernels:
        kernel = kernel_name()
        name = kernel if "." in kernel else None
    if name is not None:
        _make_resolvable(name, say)
        forget(*_OF_THE_NAME)


def _publish(name: str | None, say: Say) -> None:
    """For programs of the container that are not the app's; without it the app starts too."""
    try:
        if name is None:
            name_file.remove()
        else:
            name_file.write(name)
    except OSError as error:
        facts = {"path": name_file.NAME_FILE, "name": name, "why": error.strerror or str(error)}
        say("info", "hostname.unwritten", facts)


def _make_resolvable(name: str, say: Say) -> None:
    """A full name that does not resolve breaks more than it mends. Where none was chosen and
    the kernel's is short, this costs nothing."""
    from initd.init.own_name import make_resolvable  # here: of a name that lives, all of it does

    make_resolvable(name, say)
