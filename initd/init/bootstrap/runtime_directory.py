"""Which directory is this init's: where its control socket, and all else of it that others find by
its name, lies.

Containers may share /run, /tmp or /dev/shm: an emptyDir of a pod, a volume. A directory in which
another init has its control socket is that one's, and nothing of it is touched.
"""

from __future__ import annotations

import posix

from initd.core.value import Value
from initd.files import exists
from initd.linux import control_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: The usual one.
USUAL = "/run/initd"
OF_ANOTHER_CONTAINER = "another container's init"
OF_THIS_CONTAINER = "another init of this container"

_EADDRINUSE = 98
_STREAM = 1


class Claim(Value, kw_only=True):
    """`socket` is the control socket at `path`; negative: there is none, and `failure` says why if
    there should be one. `taken` are the directories that are another init's, and whose."""

    socket: int
    path: str
    failure: str
    taken: Mapping[str, str]

    @property
    def is_usual(self) -> bool:
        """Whether what lies in the usual directory is this init's."""
        usual = _directory(self.path) == USUAL if self.path else True
        return usual and USUAL not in self.taken

    @property
    def has_neighbours(self) -> bool:
        """Whether another container shares the directories."""
        return OF_ANOTHER_CONTAINER in self.taken.values()


def why_elsewhere(taken: Mapping[str, str]) -> str:
    """In words; "" where nothing had to move."""
    return "; ".join(f"{whose} has {place}" for place, whose in taken.items())


NO_CLAIM = Claim(socket=-1, path="", failure="", taken={})


def claim(path: str | None) -> Claim:
    """By a control socket at `path`, or at the first default path that works.

    The app starts without the socket too; only the verbs do not work then.
    """
    places = control_socket.default_paths(posix.geteuid())
    failures, taken = [], {}
    if path:
        taken = {_directory(place): _whose(place) for place in places if _is_taken(place, path)}
    for place in (path,) if path else places:
        try:
            server = control_socket.listen(place)
            return Claim(socket=server, path=place, failure="", taken=taken)
        except OSError as error:
            if error.errno == _EADDRINUSE and place in places:
                taken[_directory(place)] = _whose(place)
            failures.append(f"{place}: {error.strerror or error}")
    return Claim(socket=-1, path="", failure="; ".join(failures), taken=taken)


def claim_by(socket: int) -> Claim:
    """The usual directory, by a control socket that the launcher has bound there."""
    path = control_socket.default_paths(posix.geteuid())[0]
    return Claim(socket=socket, path=path, failure="", taken={})


def _is_taken(place: str, own: str) -> bool:
    if place == own or not exists(place):
        return False
    from initd.linux.control_client import answers

    return answers(place, _STREAM)


def _whose(place: str) -> str:
    from initd.linux.control_client import listener  # rare, as whatever it needs

    return OF_THIS_CONTAINER if listener(place) > 0 else OF_ANOTHER_CONTAINER


def _directory(path: str) -> str:
    return path.rpartition("/")[0]
