"""A private Docker engine: the one that the tests have too, and Debian's image for it."""

import sys

from workshop import HERE

# This is run as a script, of a checkout: the tests' package is a neighbour.
sys.path.append(str(HERE.parent / "tests"))

from docker.base_image import ensure as ensure_base_image
from docker.engine import LABEL, Engine, EngineError

__all__ = ["LABEL", "Engine", "EngineError", "ensure_base_image"]
