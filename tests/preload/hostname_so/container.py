"""What a program meets in a container: a kernel name, a /run and an environment of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

#: The kernel's name there, where a test asks for no other.
SHORT = "short"
#: The workload's.
FQDN = "web1.example.org"


_UNSHARE = ["unshare", "--uts", "--mount", "sh", "-euc"]
#: Programs that abort on purpose leave no core file in the checkout.
_ENTER = 'ulimit -c 0\necho "$KERNEL_NAME" > /proc/sys/kernel/hostname\nmount -t tmpfs tmpfs /run\n'
#: The variables are the program's alone: what prepares the place is not under test.
_BECOME = '\nexec env -i PATH="$PATH" LC_ALL=C "$@"'


def run(
    *command: str | Path,
    preload: str | Path | None = None,
    name: str | None = None,
    name_file: str | None = None,
    kernel_name: str = SHORT,
    environment: Mapping[str, str] | None = None,
    prepare: str = "",
) -> subprocess.CompletedProcess[str]:
    """Runs `command` with LD_PRELOAD `preload` and INITD_HOSTNAME `name`.

    `name_file` is what /run/initd/hostname holds; `prepare` is shell, run by root before.
    """
    variables = dict(environment or {})
    if preload is not None:
        variables["LD_PRELOAD"] = str(preload)
    if name is not None:
        variables["INITD_HOSTNAME"] = name
    if name_file is not None:
        prepare = f'mkdir /run/initd; printf %s "$NAME_FILE" > /run/initd/hostname\n{prepare}'
    words = [f"{key}={value}" for key, value in variables.items()] + [str(c) for c in command]
    return subprocess.run(
        [*_UNSHARE, _ENTER + prepare + _BECOME, "sh", *words],
        env={
            "PATH": os.environ["PATH"],
            "KERNEL_NAME": kernel_name,
            "NAME_FILE": name_file or "",
        },
        capture_output=True,
        text=True,
    )


def output(*command: str | Path, **place: object) -> str:
    """What `run` prints, without the last newline; the program has to end well, in silence."""
    done = run(*command, **place)  # type: ignore[arg-type]
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.rstrip("\n")
