"""A root directory of Debian with the programs in it: made once by mmdebstrap, and kept in the
user's cache directory, because it takes a minute and does not change between two runs.

initd is not part of it: the one file stands in each sandbox (`make one`)."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
REQUIREMENTS = HERE / "requirements.txt"
SUITE = "bookworm"
#: For all of it to be downloaded and unpacked, in seconds: the machine may be busy.
MAKING_SECONDS = 3600.0
#: What the cases need beside their own packages.
_TOOLS = (
    "usr-is-merged gearman-tools iproute2 php8.2-fpm python3-pip python3-venv python3-redis openssl"
    " redis-tools starman twiggy ruby-rack uwsgi-plugin-python3 redis-server gunicorn"
).split()
#: What no case needs, a quarter of all: pages to read, time zones for browsers that come with
#: Prometheus, and PostgreSQL's compiler of expressions, which it loads for long queries alone.
_LEFT_OUT = (
    *("/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/doc/*"),
    *("/usr/share/javascript/moment-timezone/*", "/usr/lib/*/libLLVM*", "/usr/share/i18n/*"),
    "/usr/share/icons/*",
)
_MERGED_USR = "/usr/share/mmdebstrap/hooks/merged-usr"
#: The file that servers send slowly, the answer at /, and certificates for sshd and stunnel.
_FINISH = """\
set -e
mkdir -p /apps /programs /wheels /srv/www
head -c 300000 /dev/zero >/srv/www/slow
echo ok >/srv/www/index.html
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=test \\
    -keyout /srv/key.pem -out /srv/cert.pem 2>/dev/null
cat /srv/cert.pem /srv/key.pem >/srv/both.pem
python3 -m venv --without-pip /opt/pypi
pip --python /opt/pypi/bin/python install --quiet --no-index --find-links /wheels \\
    --disable-pip-version-check --requirement /wheels/requirements.txt
"""


def one_file() -> Path:
    """initd, as the sandboxes have it; raises if it has not been made."""
    file = Path(os.environ.get("TESTS_UNDER_TEST") or PROJECT / "build" / "initd")
    if not file.exists():
        raise FileNotFoundError(f"{file} has not been made: `make one`")
    return file.absolute()


def root(packages: set[str]) -> Path:
    """The directory, with these packages of Debian, and those of requirements.txt."""
    wanted = sorted({*packages, *_TOOLS})
    content = " ".join((*wanted, *_LEFT_OUT, REQUIREMENTS.read_text(), _FINISH))
    name = f"programs-{SUITE}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "initd-tests"
    made = cache / name
    if not made.exists():
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(f"programs-{SUITE}-*"):
            shutil.rmtree(old)
        partial = cache / f".{os.getpid()}-{name}"
        _bootstrap(partial, wanted)
        partial.rename(made)
    return made


def _bootstrap(partial: Path, packages: list[str]) -> None:
    excluded = [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    command = [
        *("mmdebstrap", "--quiet", "--variant=apt", f"--hook-dir={_MERGED_USR}"),
        '--aptopt=APT::Install-Recommends "false"',
        *excluded,
        "--dpkgopt=force-unsafe-io",
        f"--include={','.join(packages)}",
        *(SUITE, str(partial)),
    ]
    subprocess.run(command, check=True, timeout=MAKING_SECONDS, stdin=subprocess.DEVNULL)
    (partial / "wheels").mkdir(exist_ok=True)
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    download += ["--dest", str(partial / "wheels"), "--only-binary", ":all:"]
    download += ["--python-version", "3.11", "--implementation", "cp"]
    for abi in ("cp311", "abi3", "none"):
        download += ["--abi", abi]
    for platform in ("manylinux_2_17", "manylinux2014", "manylinux_2_28"):
        download += ["--platform", f"{platform}_{os.uname().machine}"]
    download += ["--requirement", str(REQUIREMENTS)]
    subprocess.run(download, check=True, timeout=MAKING_SECONDS, stdin=subprocess.DEVNULL)
    shutil.copy(REQUIREMENTS, partial / "wheels")
    _chroot(partial, _FINISH)


def _chroot(directory: Path, script: str) -> None:
    words = ["chroot", str(directory), "sh", "-c", script]
    subprocess.run(words, check=True, timeout=MAKING_SECONDS, stdin=subprocess.DEVNULL)
