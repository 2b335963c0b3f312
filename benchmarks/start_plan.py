"""initd with a start plan, as an image has it whose Dockerfile says `RUN initd compile`."""

import os
import subprocess
from pathlib import Path

from contenders import Wrap
from workshop import ETC

PLANNED = "initd, start plan"


def planned(program: str) -> Wrap:
    """What is compiled is the command line of the container that is about to start.

    Raises CalledProcessError where `initd compile` won't: the ordinary start shall not be taken
    for a planned one."""

    def wrap(app: list[str], scratch: Path) -> list[str]:
        inside = f'mount --bind "{scratch / ETC}" /etc && exec "$@"'
        own = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        compiling = [program, "compile", "--", *app]
        subprocess.run(
            [*own, "sh", "-c", inside, "sh", *compiling],
            check=True,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.defpath},
        )
        return [program, "--", *app]

    return wrap


def can_plan(program: str) -> bool:
    """Whether this initd has the verb."""
    asked = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    return "initd compile" in asked.stdout
