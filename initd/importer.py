"""Imports this package at a fraction of what importlib takes.

For each module importlib looks at every entry of the path, reads its directory, asks for
the file three times and reads its compiled form with care for all that it could be: a dozen
system calls, sixty times, while an app waits. Here it is one file that is read, and one look
at whether its source is still the one that it was compiled from. Whatever is not as expected
(no compiled form, another Python's, another kind) is left to importlib.
"""

from __future__ import annotations

import marshal
import posix
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

_PACKAGE = "initd."
#: Packages whose `__init__.py` holds a docstring and no code: nothing of them is read. A test
#: compares this with the sources.
ROOMS = frozenset(
    f"initd.{name}"
    for name in (
        *("cli", "config", "core", "init", "linux", "monitor", "monitor.http"),
        *("config.hostname", "config.toml", "config.values", "init.bootstrap", "init.log"),
        *("core.explain", "core.health", "core.hostname", "core.life", "core.metrics"),
        *("core.monitor", "core.signals", "core.start"),
    )
)
_SUFFIX = f".{sys.implementation.cache_tag}.pyc"
#: Of a compiled file's head (PEP 552): magic number, kind, and the source's time and size.
_HEAD = 16
_BY_TIME_AND_SIZE = bytes(4)
_LOW = 0xFFFFFFFF


class Importer:
    """A finder and loader in one. `root` is where the package's directory is."""

    def __init__(self, root: str) -> None:
        self._root = root

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for what importlib is to find."""
        if not name.startswith(_PACKAGE):
            return None
        place = f"{self._root}/{name.replace('.', '/')}"
        if name in ROOMS:
            room = ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]
            room.submodule_search_locations = [place]
            return room
        directory, _, last = place.rpartition("/")
        spec = self._spec(name, directory, last)
        if spec is None:
            spec = self._spec(name, place, "__init__")
            if spec is not None:
                spec.submodule_search_locations = [place]
        return spec

    def _spec(self, name: str, directory: str, module: str) -> ModuleSpec | None:
        compiled, source = f"{directory}/__pycache__/{module}{_SUFFIX}", f"{directory}/{module}.py"
        try:
            data = _read(compiled)
            state = posix.stat(source)
        except OSError:
            return None
        made_from = int(state.st_mtime) & _LOW, state.st_size & _LOW
        if data[:8] != MAGIC_NUMBER + _BY_TIME_AND_SIZE or made_from != (
            int.from_bytes(data[8:12], "little"),
            int.from_bytes(data[12:_HEAD], "little"),
        ):
            return None
        # A loader by what it does: importlib's class for one is not imported for a name.
        spec = ModuleSpec(name, self, origin=source, loader_state=_code(data))  # type: ignore[arg-type]
        spec.has_location, spec.cached = True, compiled
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """The usual kind."""

    def exec_module(self, module: ModuleType) -> None:
        """Runs its code, which is not kept."""
        spec = module.__spec__
        assert spec is not None
        code, spec.loader_state = spec.loader_state, None
        if code is not None:
            exec(code, module.__dict__)


def _code(data: bytes) -> CodeType:
    code: CodeType = marshal.loads(memoryview(data)[_HEAD:])
    return code


def _read(path: str) -> bytes:
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        return posix.read(fd, posix.fstat(fd).st_size)
    finally:
        posix.close(fd)
