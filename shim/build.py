"""Compiles the two static programs: the launcher and ppidshim."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent

_COMMON = ("entry", "stack", "memory", "environment", "text")
PROGRAMS = {
    "initd": (
        *("launcher", "python", "handover", "early_start", "start_plan", "plan_conditions"),
        *("app_name", "name_shown", "hosts_line"),
        *("first_sleep", "control_server", "log_output", "template", "wall_clock", "pages"),
        *("access", "command_line", "deliver", "descriptors"),
        *("health", "control_client", "answer", "line", "asleep", "orders"),
        *_COMMON,
    ),
    "ppidshim": (
        *("ppidshim", "options", "become", "claims", "command_line", "secrets"),
        *_COMMON,
    ),
}

#: No C library, so nothing may be assumed of one: no stack protector (its canary is
#: in libc's TLS), and no loop turned into a call of the function that holds it.
_FREESTANDING = (
    "-ffreestanding -fno-builtin -fno-stack-protector -U_FORTIFY_SOURCE -fno-lto"
    " -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables"
    " -ffunction-sections -fdata-sections -Wl,--gc-sections"
    " -fno-pie -no-pie -static -nostdlib -s"
    " -Wl,--build-id=none,-z,noexecstack,-z,noseparate-code,-z,norelro"
).split()
WARNINGS = (
    "-std=c11 -Wall -Wextra -Werror -Wshadow -Wconversion -Wvla -Wcast-qual"
    " -Wstrict-prototypes -Wmissing-prototypes"
).split()


def defines() -> list[str]:
    """The version, by which the launcher knows a start plan of its own."""
    text = (HERE.parent / "initd/__init__.py").read_text()
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    assert found is not None
    return [f'-DINITD_VERSION="{found.group(1)}"']


def sources(name: str) -> list[Path]:
    """The C files of program `name`."""
    return [HERE / f"{unit}.c" for unit in PROGRAMS[name]]


def compile_program(name: str, target: Path, flags: Sequence[str] = ()) -> Path:
    """Compiles program `name` to `target`; other `flags` replace the freestanding ones."""
    target.parent.mkdir(parents=True, exist_ok=True)
    compiler = os.environ.get("CC", "cc").split()
    flags = [*WARNINGS, *defines(), "-Os", *(flags or _FREESTANDING)]
    command = [*compiler, *flags, *map(str, sources(name))]
    subprocess.run([*command, "-o", str(target)], check=True)
    return target
