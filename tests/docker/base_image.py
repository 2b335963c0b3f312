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
    if not cached.exists() and docker("pull", TAG, check=False, timeout=120).returncode == 0:
        return
    if not cached.exists():
        _bootstrap(cached)
    docker("import", "--change", 'CMD ["bash"]', str(cached), TAG, timeout=120)


def _bootstrap(tar: Path) -> None:
    tar.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed: an interrupted run must not leave half an image in the cache.
    partial = tar.with_name(f"{os.getpid()}-{tar.name}")
    try:
        subprocess.run(_mmdebstrap(partial), check=True, timeout=600, stdin=subprocess.DEVNULL)
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
