"""Programs with a job in flight, and all that stands in front of programs in real images."""

from __future__ import annotations

import json
from pathlib import Path

#: Catches TERM and INT, says each that it gets, and ends with `code` when its job is done.
_PROGRAM = """
import os, signal, sys, time
ends = []
def say(text):
    os.write(1, f"{text}\\n".encode())
def got(number, frame):
    say(f"got {number}")
    ends.append(time.monotonic() + SECONDS)
for number in NUMBERS:
    signal.signal(number, got)
say(f"ready {os.getpid()}")
while not ends or time.monotonic() < ends[0]:
    time.sleep(0.02)
say("job done")
sys.exit(CODE)
"""


def program(
    folder: Path, seconds: float = 1.0, code: int = 0, numbers: tuple[int, ...] = (15, 2, 3)
) -> str:
    """The command line of a program whose job takes so long after its signal."""
    path = folder / "job.py"
    text = _PROGRAM.replace("SECONDS", str(seconds)).replace("CODE", str(code))
    path.write_text(text.replace("NUMBERS", repr(numbers)))
    return f"python3 -S {path}"


def script(folder: Path, text: str, name: str = "start", shell: str = "/bin/sh") -> str:
    """A script of the image; its path."""
    path = folder / name
    path.write_text(f"#!{shell}\n{text}\n")
    path.chmod(0o755)
    return str(path)


def package(folder: Path, start: str) -> Path:
    """A directory in which `npm start` runs this."""
    about = {"name": "app", "version": "1.0.0", "scripts": {"start": start}}
    (folder / "package.json").write_text(json.dumps(about))
    return folder
