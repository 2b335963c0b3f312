"""What a contender is."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM, Signals

Wrap = Callable[[list[str], Path], list[str]]
"""From the app's command line and a scratch directory to the contender's command line."""

NONE = "none"


def nothing(_init_pid: int) -> None:
    """The lack of a thing to do."""


@dataclass(frozen=True)
class Contender:
    """One row of the tables."""

    name: str
    version: str
    wrap: Wrap
    runs_app: bool = True
    """False for one that is measured at rest only."""
    before_rest: Callable[[int], None] = nothing
    """What is done to it, once it has settled, before it is looked at; given init's pid."""
    at_rest: Callable[[int], None] = nothing
    """What is done to it every ten seconds while it rests; given init's pid."""
    stop_signal: Signals = SIGTERM
    """What asks it for a stop; an image would name it as its STOPSIGNAL."""
    slow: bool = False
    """Takes a second to start, and so starts less often."""


def no_init(app: list[str], _scratch: Path) -> list[str]:
    """The app itself as pid 1."""
    return app


def prefixed(*prefix: str) -> Wrap:
    """A contender that takes the app's command line after its own."""
    return lambda app, _scratch: [*prefix, *app]


def version_of(*command: str) -> str:
    """The number in what `COMMAND --version` says, on whichever stream."""
    said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.[0-9a-z]+)+", said.stdout + said.stderr)
    return found.group() if found else "unknown"
