"""No file of an image, and no variable, makes init load code; the app gets what it is given.

Each way that there is to make a program load a library or run a script leads to a trap here. It
says into whom it was loaded, and the app, which is an ordinary program, is caught by it.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .container import Container
from .engine import LABEL, Engine, new_name
from .host_view import Process, init_of
from .http_get import wait_for_get
from .image import build_from
from .trace import FLAGS, OUTLIVED, PLACE, WORDS, opened_by_init

HERE = Path(__file__).parent
PYTHON = "/usr/lib/python3.11"
TRAP = "import os; os.write(2, b'trapped python\\n'); os._exit(66)\n"

DOCKERFILE = f"""
FROM initd-test
COPY trap.so trap.py /trap/
RUN cd /lib/*-linux-gnu && for name in trap resolve dns files compat; do \\
      cp /trap/trap.so libnss_$name.so.2; done \\
 && for name in libc.so.6 libm.so.6 libz.so.1 libssl.so.3 libcrypto.so.3; do \\
      cp /trap/trap.so /trap/$name; done \\
 && printf '%s: trap files\\n' passwd group initgroups services > /etc/nsswitch.conf \\
 && echo 'hosts: trap files dns' >> /etc/nsswitch.conf \\
 && mkdir -p /trap/locale/xx_XX.UTF-8 && cp /trap/trap.so /trap/TRAP.so \\
 && echo 'module INTERNAL TRAP// TRAP 1' > /trap/gconv-modules \\
 && for file in sitecustomize usercustomize initd encodings; do \\
      cp /trap/trap.py /trap/$file.py; cp /trap/trap.py {PYTHON}/$file.py; done \\
 && cp /trap/trap.py {PYTHON}/trap.pth && cp /trap/trap.py /usr/local/bin/initd._pth \\
 && printf 'home = /trap\\n' > /usr/local/bin/pyvenv.cfg \\
 && printf '.include /trap/x\\n' > /trap/openssl.cnf
"""
VARIABLES = {
    "LD_PRELOAD": "/trap/trap.so",
    "LD_AUDIT": "/trap/trap.so",
    "LC_ALL": "xx_XX.UTF-8",
    "LOCPATH": "/trap/locale",
    "GCONV_PATH": "/trap",
    "OPENSSL_CONF": "/trap/openssl.cnf",
    "OPENSSL_MODULES": "/trap",
    "PYTHONPATH": "/trap",
    "PYTHONSTARTUP": "/trap/trap.py",
    "PYTHONUSERBASE": "/trap",
    "PYTHONINSPECT": "1",
}
#: Data, and init's own places. Devices and /proc are not files of the image.
DATA = re.compile(
    r"\.|/|/(proc|dev|sys)(/.*)?|/run/.*|/usr/local/bin/initd|(/usr/local|/usr)?/s?bin/sh"
    "|/etc/(localtime|passwd|group|hosts|host.conf|resolv.conf|nsswitch.conf|services|initd.*)"
    "|/container/.*|/usr/local/lib/initd/.*|/app/REVISION"
)


@pytest.fixture(scope="module")
def trapped(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image's tag."""
    place = tmp_path_factory.mktemp("trap")
    library, script = place / "trap.so", place / "trap.py"
    gcc = ("gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror")
    subprocess.run([*gcc, str(HERE / "trap.c"), "-o", str(library)], check=True)
    script.write_text(TRAP)
    return build_from(engine, "initd-test-trapped", DOCKERFILE, [library, script])


@pytest.fixture
def running(engine: Engine, network: str, trapped: str, tmp_path: Path) -> Iterator[Container]:
    """Init with names to look up: a user, an address, a host name; and a monitor."""
    given = [word for name, value in VARIABLES.items() for word in ("--env", f"{name}={value}")]
    initd = (
        *("--user", "nobody:nogroup", "--http", "0.0.0.0:9180", "--hostname", "web1.example.org"),
        *("--check", "up tcp localhost:9180 period=0.2", "--statsd", "metrics.internal:8125"),
        *OUTLIVED,
    )
    docker = (*FLAGS, *given, "--network", network, "--volume", f"{tmp_path}:{PLACE}")
    # strace is an ordinary program: it is the one that hands on what init is given.
    tracer = (trapped, *WORDS)
    app = ("sh", "-c", "echo app $LD_PRELOAD; exec sleep 1000")
    words = ["--label", LABEL, *docker, *tracer, "initd", *initd, "--", *app]
    with Container(engine.docker, engine.environment, new_name(), words) as container:
        container.wait_for_line("app ")
        wait_for_get(container.address(), "/readyz", 200)
        yield container


def named(container: Container) -> dict[str, Process]:
    """Init, the shim, the monitor and the app."""
    status, init = container.status(), init_of(container)
    pids = {name: status[name]["pid"] for name in ("shim", "monitor", "app")}
    return {"init": init, **{name: init.descendant(pid) for name, pid in pids.items()}}


def test_the_traps_catch_who_can_be_caught(engine: Engine, running: Container) -> None:
    """Programs of the image: by its NSS modules alone, and by its Python's files alone."""
    without = ("exec", "--env", "LD_PRELOAD=", "--env", "LD_AUDIT=", running.name)
    asked = engine.docker(*without, "getent", "passwd", "nobody")
    assert asked.stderr == "trapped getent\n"
    started = engine.docker(*without, "env", "--unset=PYTHONPATH", "python3", check=False)
    assert (started.returncode, started.stderr) == (66, "trapped python\n")


def test_the_app_alone_has_what_the_container_was_given(running: Container, tmp_path: Path) -> None:
    """Its preload is init's library and then the given one. The others map one file: initd."""
    processes = named(running)
    for name in ("init", "shim", "monitor"):
        mapped = {path for path in processes[name].files if not path.startswith("[")}
        assert {Path(path).name for path in mapped} == {"initd"}, name
    assert "/trap/trap.so" in processes["app"].files
    assert re.match(r"app /\S+/hostname.so[: ]/trap/trap.so\n", running.out()), running.out()
    finished, _ = running.stop()
    said = set(re.findall(r"^trapped (.*)$", finished.err, re.MULTILINE))
    assert "sleep" in said, finished
    assert not said & {"initd", "ppidshim", "python"}, finished
    opened = opened_by_init(tmp_path)
    assert {"/etc/passwd", "/etc/hosts"} <= opened
    assert not [path for path in opened if not DATA.fullmatch(path)]
