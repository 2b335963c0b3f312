"""What comes of another init's command line: an answer to a person, or something to run."""

from __future__ import annotations

from initd.core.emulation import Emulation
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

OUT, ERR = 1, 2
#: initd's, under whichever name.
LICENSE = """\
initd {initd} is under the MIT License: Copyright (c) 2026 the initd authors.
Its text is in the package's metadata, and at the top of its repository.
"""


class InheritedSignals(Value):
    """Signals that init itself was started with blocked and ignored, a bit each."""

    blocked: int = 0
    ignored: int = 0


NOTHING_UNUSUAL = InheritedSignals()


class Answer(Value):
    """Nothing is run: `text` is written to descriptor `to`, and `code` is the end."""

    text: str
    to: int = OUT
    code: int = 0


class Orders(Value):
    """What is to run, and how. `options` are initd's own, each with its texts as somebody
    may have written them; `pause` is a container without an app."""

    command: tuple[str, ...]
    emulation: Emulation
    options: Mapping[str, tuple[str, ...]] = {}
    pause: bool = False


def last_part(path: str) -> str:
    """`tini` of /usr/bin/tini."""
    return path.rpartition("/")[2]
