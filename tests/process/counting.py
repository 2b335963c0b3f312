"""Counts of a start: system calls by strace(1), instructions by callgrind."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

#: What makes of a program pid 1.
PID_1 = ["unshare", "--pid", "--mount", "--fork", "--kill-child=KILL", "--mount-proc"]


def system_calls(words: Sequence[str], first: str, last: str, trace: Path) -> int:
    """How many are made by `words` and its descendants, from the exec of the program `first` to
    that of `last`, which are paths."""
    strace = ["strace", "--follow-forks", "--quiet=all", "--output", str(trace), "--string-limit=0"]
    subprocess.run([*strace, *words], check=True, capture_output=True)
    lines = trace.read_text().splitlines()
    begin = _exec_of(first, lines)
    end = _exec_of(last, lines)
    assert begin < end, f"no exec of {last} behind that of {first}"
    return sum(" resumed>" not in line for line in lines[begin:end])


def all_system_calls(words: Sequence[str], trace: Path) -> int:
    """How many are made by `words` in all."""
    strace = ["strace", "--quiet=all", "--output", str(trace), "--string-limit=0"]
    subprocess.run([*strace, *words], check=True, capture_output=True)
    return len(trace.read_text().splitlines())


def _exec_of(path: str, lines: list[str]) -> int:
    marks = [at for at, line in enumerate(lines) if f'execve("{path}"' in line]
    assert len(marks) == 1, (path, marks)
    return marks[0]


def instructions(words: Sequence[str], before: Sequence[str] = ()) -> int:
    """How many the program `words[0]` executes itself; its children don't count."""
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*before, *callgrind, *words], capture_output=True, text=True)
    # A forked child that executes something else has no summary: the first one is the program's.
    found = re.findall(r"^==\d+== Collected : (\d+)$", done.stderr, re.MULTILINE)
    assert found, done.stderr
    return int(found[0])
