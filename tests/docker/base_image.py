"""Public base images on a machine that may have no registry to pull them from.

The test images are built FROM ordinary public tags, so that their Dockerfiles read like anybody's.
Where a tag can be pulled it is; where it can't, an image like it is made under the same tag.
Debian's is put together with mmdebstrap and kept in the user's cache directory, because it takes
half a minute and does not change between two runs; the others are made from that one (bases/).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

SUITE = "bookworm"
TAG = f"debian:{SUITE}-slim"
ALPINE = "alpine:3"
DISTROLESS = "gcr.io/distroless/base-debian12"

#: For an image to be made, in seconds: what it needs may come slowly, and the machine be busy.
MAKING_SECONDS = 3600.0
#: For a registry to send it; after that it is made here.
_PULL_SECONDS = 300.0

_MERGED_USR = "/usr/share/mmdebstrap/hooks/merged-usr"
_LEFT_OUT = ("/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/doc/*")

_HERE = Path(__file__).parent

Docker = Callable[..., "subprocess.CompletedProcess[str]"]


def cache_directory() -> Path:
    """Where things that are dear to make and the same next time are kept (XDG)."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "initd-tests"


def ensure(docker: Docker) -> None:
    """Make `TAG` exist in the engine that `docker` talks to, by the cheapest way that works."""
    if _exists(docker, TAG):
        return
    cached = cache_directory() / f"debian-{SUITE}-slim.tar"
    if not cached.exists() and _pulled(docker, TAG):
        return
    if not cached.exists():
        _bootstrap(cached)
    docker("import", "--change", 'CMD ["bash"]', str(cached), TAG, timeout=MAKING_SECONDS)


def ensure_without_debian(docker: Docker) -> None:
    """Make `ALPINE` and `DISTROLESS` exist, likewise."""
    ensure(docker)
    for tag, name in ((ALPINE, "alpine"), (DISTROLESS, "distroless")):
        if _exists(docker, tag) or _pulled(docker, tag):
            continue
        with tempfile.TemporaryDirectory(prefix="initd-context-") as context:
            shutil.copytree(_HERE / "languages", f"{context}/languages")
            dockerfile = str(_HERE / "bases" / f"{name}.Dockerfile")
            words = ("build", "--network=host", "--tag", tag, "--file", dockerfile, context)
            docker(*words, timeout=MAKING_SECONDS)


def _exists(docker: Docker, tag: str) -> bool:
    return docker("image", "inspect", tag, check=False).returncode == 0


def _pulled(docker: Docker, tag: str) -> bool:
    try:
        return docker("pull", tag, check=False, timeout=_PULL_SECONDS).returncode == 0
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
