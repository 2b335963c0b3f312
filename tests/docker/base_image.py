"""`debian:bookworm-slim` on a machine that may have no registry to pull it from.

The test image is built FROM an ordinary public tag, so that its Dockerfile reads like anybody's.
Where that tag can be pulled it is; where it can't, an image of the same suite is put together with
mmdebstrap and imported under the same tag. The result is kept in the user's cache directory,
because it takes half a minute and does not change between two runs.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

SUITE = "bookworm"
TAG = f"debian:{SUITE}-slim"

#: For an image to be made, in seconds: what it needs may come slowly, and the machine be busy.
MAKING_SECONDS = 3600.0
#: For a registry to send it; after that it is made here.
_PULL_SECONDS = 300.0

_MERGED_USR = "/usr/share/mmdebstrap/hooks/merged-usr"
_LEFT_OUT = ("/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/doc/*")

Docker = Callable[..., "subprocess.CompletedProcess[str]"]


def cache_directory() -> Path:
    """Where things that are dear to make and the same next time are kept (XDG)."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "initd-tests"


def ensure(docker: Docker) -> None:
    """Make `TAG` exist in the engine that `docker` talks to, by the cheapest way that works."""
    if docker("image", "inspect", TAG, check=False).returncode == 0:
        return
    cached = cache_directory() / f"debian-{SUITE}-slim.tar"
    if not cached.exists() and _pulled(docker):
        return
    if not cached.exists():
        _bootstrap(cached)
    docker("import", "--change", 'CMD ["bash"]', str(cached), TAG, timeout=MAKING_SECONDS)


def _pulled(docker: Docker) -> bool:
    try:
        return docker("pull", TAG, check=False, timeout=_PULL_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _bootstrap(tar: Path) -> None:
    tar.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed: an interrupted run must not leave half an image in the cache.
    partial = tar.with_name(f"{os.getpid()}-{tar.name}")
    try:
        command = _mmdebstrap(partial)
        subprocess.run(command, check=True, timeout=MAKING_SECONDS, stdin=subprocess.DEVNULL)
        partial.rename(tar)
    finally:
        partial.unlink(missing_ok=True)


def _mmdebstrap(tar: Path) -> list[str]:
    excluded = [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    return [
        "mmdebstrap",
        "--quiet",
        "--variant=apt",
        "--include=usr-is-merged",
        f"--hook-dir={_MERGED_USR}",
        *excluded,
        SUITE,
        str(tar),
    ]
