"""An image for start plans, without an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import initd
from initd.core.start_plan import StartPlan, decoded, encoded, sealed, unsealed
from initd.paths import START_PLAN

from .namespace import INITD, ONE_FILE, Container, start

PACKAGE = Path(initd.__file__).parent
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"

#: The one file, made to wait for the gate (onefile/watched.py).
WATCHED = Path(__file__).parents[2] / "build" / "one" / "watched"

#: Stands in initd's place until somebody opens the gate; then it is initd.
GATED = """
with open({gate!r}, "rb") as gate:
    gate.read()
real = {real!r}
with open(real) as file:
    source = file.read()
exec(compile(source, real, "exec"), {{"__name__": "__main__", "__file__": real}})
"""


class Image:
    """What an image is: an /etc of its own, plans in it, and an initd that waits for a gate."""

    def __init__(self, folder: Path) -> None:
        self.etc = folder / "etc"
        self.etc.mkdir()
        for name in ("passwd", "group", "nsswitch.conf", "ld.so.cache"):
            shutil.copy(f"/etc/{name}", self.etc)
        self.hosts = folder / "hosts"
        self.own_library = ""
        self.gate = folder / "gate"
        self.gated = folder / "prefix" / "bin" / "initd"
        self.gated.parent.mkdir(parents=True)
        os.mkfifo(self.gate)
        if ONE_FILE:
            shutil.copy(WATCHED, self.gated)
        else:
            self._copy_launcher(folder / "prefix" / "lib" / VERSION / "site-packages" / "initd")

    def _copy_launcher(self, library: Path) -> None:
        """With a Python that waits for the gate."""
        library.mkdir(parents=True)
        shutil.copy(INITD, self.gated)
        (self.gated.parent / VERSION).symlink_to(os.path.realpath(sys.executable))
        real = str(PACKAGE / "__main__.py")
        (library / "__main__.py").write_text(GATED.format(gate=str(self.gate), real=real))

    @property
    def plan_file(self) -> Path:
        return self.etc / START_PLAN.removeprefix("/etc/")

    def inside(self, engine: str = "") -> list[str]:
        """What wraps a program that is to see this image's /etc, in a mount namespace; `engine` is
        for the shell that does it."""
        script = f'hostname web1 && mount --bind "$0" /etc && {self.own_library}{engine}exec "$@"'
        return ["unshare", "--uts", "--mount", "sh", "-c", script, str(self.etc)]

    def given_hosts(self, text: str) -> str:
        """For `inside`: an engine mounts an /etc/hosts of its own, which is at `hosts` here."""
        (self.etc / "hosts").touch()
        self.hosts.write_text(text)
        if ONE_FILE:  # which writes the library there
            local = self.hosts.parent / "local"
            local.mkdir(exist_ok=True)
            self.own_library = f"mount --bind {local} /usr/local/lib && "
        return f"mount --bind {self.hosts} /etc/hosts && "

    def compile(self, *words: str, **how: Any) -> subprocess.CompletedProcess[str]:
        """RUN initd compile WORDS."""
        command = [*self.inside(), INITD, "compile", *words]
        return subprocess.run(command, capture_output=True, text=True, **how)

    def build(self, *words: str | Path, options: Sequence[str] = (), **how: Any) -> None:
        """The same for `initd OPTIONS -- WORDS`, which can be planned."""
        done = self.compile(*options, "--", *map(str, words), **how)
        assert (done.returncode, done.stderr) == (0, ""), done

    def start(self, *command: str | Path, gated: bool = False, **how: Any) -> Container:
        """The container; a gated one has no Python before `open_gate`, and is not to sleep until
        then."""
        if gated:
            self.keep_awake()
        launcher = str(self.gated) if gated else INITD
        return start(*command, init=[*self.inside(), launcher], launcher=INITD, **how)

    def break_interpreter(self) -> None:
        """The gated initd's has a name that no other one has, and can't be executed."""
        name = "python3.none"
        (self.gated.parent / VERSION).unlink()
        broken = self.gated.parent / name
        broken.write_bytes(b"\0no program")
        broken.chmod(0o755)
        library = self.gated.parent.parent / "lib"
        (library / VERSION).rename(library / name)

    def open_gate(self) -> None:
        """Lets the interpreter become initd; returns once it is about to."""
        os.close(os.open(self.gate, os.O_WRONLY))

    def open_gate_for_good(self) -> None:
        """There is none."""
        self.gate.unlink()

    def keep_awake(self) -> None:
        """Takes out of the plan what it takes to sleep from the start, if there is a plan."""
        if self.plan_file.exists():
            self.change(asleep=None)

    def change(self, **fields: Any) -> None:
        """Writes the plan anew with other contents, as nobody should."""
        (plan,) = decoded(unsealed(self.plan_file.read_bytes()), initd.__version__)
        names: tuple[str, ...] = StartPlan.__match_args__
        values = {name: fields.get(name, getattr(plan, name)) for name in names}
        self.plan_file.write_bytes(sealed(encoded([StartPlan(**values)], initd.__version__)))
