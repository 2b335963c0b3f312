"""A private Docker engine: the one that the tests have too, and Debian's image for it."""

import sys

from workshop import HERE

TESTS = str(HERE.parent / "tests")

# What runs this is a script, of a checkout: the tests' package is a neighbour, and comes before
# a library of the same name that may be installed.
sys.path.insert(0, TESTS)
try:
    from docker.base_image import ensure as ensure_base_image
    from docker.engine import LABEL, Engine, EngineError
finally:
    sys.path.remove(TESTS)

__all__ = ["LABEL", "Engine", "EngineError", "ensure_base_image"]
