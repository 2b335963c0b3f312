"""The image with the real programs, built like the tests' other one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from .. import base_image
from ..engine import Engine
from ..image import BUILD_SECONDS, wheelhouse

TAG = "initd-programs"
HERE = Path(__file__).parent


def build(engine: Engine) -> str:
    """The tag of the image, built."""
    base_image.ensure(engine.docker)
    with tempfile.TemporaryDirectory(prefix="initd-context-") as directory:
        context = Path(directory)
        shutil.copy(HERE / "Dockerfile", context / "Dockerfile")
        shutil.copytree(HERE / "apps", context / "apps")
        shutil.copytree(wheelhouse(), context / "wheels")
        engine.docker(
            *("build", "--network=host", "--tag", TAG, str(context)), timeout=BUILD_SECONDS
        )
    return TAG
