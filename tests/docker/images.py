"""The images that take minutes to build: begun before anyone asks for them, beside the tests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from . import base_image, image
from .engine import Engine
from .in_front import COMMANDS

#: As the fixtures are called that hand them out.
LANGUAGES, WRAPPED = "languages", "wrapped"


class Images:
    """Of one engine, each built once: the one that most tests run, and those that are `wanted`."""

    def __init__(self, engine: Engine, wanted: Collection[str]) -> None:
        base_image.ensure(engine.docker)
        self._engine = engine
        self._pool = ThreadPoolExecutor()
        self._test = self._pool.submit(image.build, engine)
        builders: dict[str, Callable[[], str]] = {
            LANGUAGES: self._languages,
            WRAPPED: self._wrapped,
        }
        self._builds: dict[str, Future[str]] = {
            name: self._pool.submit(build) for name, build in builders.items() if name in wanted
        }

    def test(self) -> str:
        """The tag of the one that most tests run; raises what kept it from being built."""
        return self._test.result()

    def of(self, name: str) -> str:
        """The tag of one that was wanted; likewise."""
        return self._builds[name].result()

    def _languages(self) -> str:
        image.build_compiled_languages(self._engine)
        self.test()
        return image.build_languages(self._engine)

    def _wrapped(self) -> str:
        self.test()
        return image.build_wrapped(self._engine, COMMANDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
