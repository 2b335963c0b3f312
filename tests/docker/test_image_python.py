"""The image's own Python and libraries are nothing to init, whatever they are.

One image has libraries that are years older than those within the file, and its app's user can
write there. One has a Python that says that it is 3.8, and each file of it is a trap. One has a
real Python 3.8, found by LD_LIBRARY_PATH: the machine's, as Debian 12 has none.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .container import Container
from .engine import LABEL, Engine, new_name
from .host_view import init_of
from .http_get import wait_for_get
from .image import build_from, build_without_python
from .trace import FLAGS, OUTLIVED, PLACE, WORDS, opened_by_init
from .waiting import eventually

OLD = ("structlog==20.1.0", "h11==0.9.0", "prometheus_client==0.8.0", "psutil==5.7.0", "six")
#: The same as the image's: the one file is built by it, so that it is here.
DEBIANS = "/usr/bin/python3.11"
PACKAGES = "/usr/local/lib/python3.11/dist-packages"
#: Who imports it ends, and has said so.
TRAP = "import os; os.write(2, b'trapped'); os._exit(66)"
TRAPPED = ("sitecustomize", "usercustomize", "structlog", "h11", "psutil", "msgspec", "initd")

#: The app uses what the image has.
APP = """\
import h11, prometheus_client, psutil, structlog, time
print("libraries", h11.__version__, psutil.__version__, structlog.__version__, flush=True)
time.sleep(1000)
"""
OLD_LIBRARIES = f"""
FROM initd-test
COPY site {PACKAGES}
RUN chown -R nobody {PACKAGES}
"""
PYTHON_3_8 = """
FROM initd-test-without-python
COPY python3 /usr/bin/
COPY site /usr/lib/python3.8
"""
#: Its interpreter is linked with a library beside it.
REAL_3_8 = """
FROM initd-test-without-python
COPY python /opt/python3.8
ENV LD_LIBRARY_PATH=/opt/python3.8/lib
"""
REAL_APP = """\
import signal, sys
print("Python", *sys.version_info[:2], sys.prefix, flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.pause()
"""
#: What says that it is 3.8, and is never asked by init.
SAYS_3_8 = "#!/bin/sh\necho Python 3.8.20\n"
#: Files of any Python.
OF_PYTHON = re.compile(r"python|(site|dist)-packages|\.py[co]?$|\.pth$|pyvenv|\.so\b")


@pytest.fixture(scope="module")
def old_libraries(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image's tag. They are PyPI's; psutil is compiled, for the image's Python."""
    site = tmp_path_factory.mktemp("old") / "site"
    pip = (sys.executable, "-m", "pip", "--python", DEBIANS, "--disable-pip-version-check")
    subprocess.run(
        [*pip, "install", "--quiet", "--no-deps", "--target", str(site), *OLD],
        check=True,
        timeout=600,
    )
    return build_from(engine, "initd-test-old-libraries", OLD_LIBRARIES, [site])


@pytest.fixture(scope="module")
def python_3_8(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image's tag."""
    build_without_python(engine)
    place = tmp_path_factory.mktemp("3.8")
    (place / "python3").write_text(SAYS_3_8)
    (place / "python3").chmod(0o755)
    (place / "site" / "encodings").mkdir(parents=True)
    for name in (*TRAPPED, "os", "encodings/__init__"):
        (place / "site" / f"{name}.py").write_text(TRAP)
    (place / "site" / "trap.pth").write_text(TRAP)
    sources = [place / "python3", place / "site"]
    return build_from(engine, "initd-test-python-3.8", PYTHON_3_8, sources)


@pytest.fixture(scope="module")
def real_python_3_8(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image's tag."""
    ask = ["python3.8", "-c", "import sys; print(sys.executable)"]
    try:  # pyenv, which has several, wants to be told which
        found = subprocess.check_output(ask, env={**os.environ, "PYENV_VERSION": "3.8"}, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine has no Python 3.8 to put into an image")
    python = Path(found.strip())
    build_without_python(engine)
    prefix, place = python.parents[1], tmp_path_factory.mktemp("real") / "python"
    unneeded = shutil.ignore_patterns("test", "site-packages", "*.a", "__pycache__", "idlelib")
    shutil.copytree(prefix / "lib", place / "lib", ignore=unneeded, symlinks=True)
    (place / "bin").mkdir()
    shutil.copy(python, place / "bin" / "python3.8")
    return build_from(engine, "initd-test-real-python-3.8", REAL_3_8, [place])


def start(engine: Engine, network: str, image: str, traced: Path, *command: str) -> Container:
    """With HTTP, a check, and the app as another user, under strace."""
    served = ("--http", "0.0.0.0:9180", "--check", "up process period=0.2")
    initd = ("--user", "nobody", *served, *OUTLIVED)
    docker = (*FLAGS, "--network", network, "--volume", f"{traced}:{PLACE}")
    words = ["--label", LABEL, *docker, image, *WORDS, "initd", *initd, "--", *command]
    return Container(engine.docker, engine.environment, new_name(), words)


def lives(container: Container) -> None:
    """The monitor, which is what uses the libraries: it answers, and counts."""
    address = container.address()
    wait_for_get(address, "/readyz", 200)
    assert "initd_app_up 1.0" in wait_for_get(address, "/metrics", 200)


def poison(engine: Engine, container: Container) -> None:
    """What the app's user can do to the next interpreter of the image."""
    files = " ".join(f"{PACKAGES}/{name}" for name in ("t.pth", *(f"{x}.py" for x in TRAPPED)))
    script = (
        f'rm -r {PACKAGES}/h11 {PACKAGES}/psutil; for file in {files}; do echo "$0" > $file; done'
    )
    engine.docker("exec", "--user", "nobody", container.name, "sh", "-c", script, TRAP)
    trapped = container.exec("python3", "-c", "pass", check=False)
    assert trapped.code == 66, trapped


def test_libraries_that_are_older_and_written_by_the_apps_user(
    engine: Engine, network: str, old_libraries: str, tmp_path: Path
) -> None:
    """The app has them; the monitor works, also one that starts after they have become traps."""
    app = ("sh", "-c", 'exec python3 -c "$0"', APP)
    with start(engine, network, old_libraries, tmp_path, *app) as container:
        container.wait_for_line("libraries 0.9.0 5.7.0 20.1.0")
        lives(container)
        poison(engine, container)
        before = container.status()["monitor"]["pid"]
        monitor = init_of(container).descendant(before)
        monitor.kill(signal.SIGKILL)
        eventually(
            lambda: container.status()["monitor"]["pid"] not in (None, before), what="another one"
        )
        lives(container)
        finished, _ = container.stop()
    assert "trapped" not in finished.err, finished
    assert_opened_nothing_of_python(tmp_path)


def test_a_python_that_is_too_old_for_initd(
    engine: Engine, network: str, python_3_8: str, tmp_path: Path
) -> None:
    """It is neither asked nor read."""
    app = ("sh", "-c", "python3 --version; exec /apps/ends_on_term.sh")
    with start(engine, network, python_3_8, tmp_path, *app) as container:
        container.wait_for_line("Python 3.8")
        container.wait_for_line("ready")
        lives(container)
        finished, _ = container.stop()
    assert finished.code == 0, finished
    assert "trapped" not in finished.err, finished
    assert_opened_nothing_of_python(tmp_path)


def test_a_real_python_3_8(
    engine: Engine, network: str, real_python_3_8: str, tmp_path: Path
) -> None:
    """The app runs in it, and the monitor in none."""
    app = ("sh", "-c", 'exec /opt/python3.8/bin/python3.8 -c "$0"', REAL_APP)
    with start(engine, network, real_python_3_8, tmp_path, *app) as container:
        container.wait_for_line("Python 3 8 /opt/python3.8")
        lives(container)
        finished, _ = container.stop()
    assert finished.code == 0, finished
    assert_opened_nothing_of_python(tmp_path)


def assert_opened_nothing_of_python(traced: Path) -> None:
    opened = opened_by_init(traced)
    assert "/etc/passwd" in opened
    assert not [path for path in opened if OF_PYTHON.search(path)]
