"""What another init's command line means: text and an exit code, or a command to run."""

from __future__ import annotations

from initd.core.emulation import Emulation
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

OUT, ERR = 1, 2
#: initd's, under every name.
LICENSE = """\
initd {initd} is under the MIT License: Copyright (c) 2026 the initd authors.
Its text is in the package's metadata, and at the top of its repository.
"""


class InheritedSignals(Value):
    """Signals that init itself was started with blocked and ignored, one bit each."""

    blocked: int = 0
    ignored: int = 0


NO_INHERITED_SIGNALS = InheritedSignals()


class ImmediateExit(Value):
    """Nothing is run: `text` is written to `descriptor`, and init exits with `exit_code`."""

    text: str
    descriptor: int = OUT
    exit_code: int = 0


class Translation(Value):
    """A command to run, and how. `options` are initd's own, each with the texts that its flag
    could have; with `pause` no command runs, and init only reaps."""

    command: tuple[str, ...]
    emulation: Emulation
    options: Mapping[str, tuple[str, ...]] = {}
    pause: bool = False


def basename(path: str) -> str:
    """`tini` of /usr/bin/tini."""
    return path.rpartition("/")[2]
