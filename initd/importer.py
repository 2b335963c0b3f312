"""Imports this package at a fraction of the cost of importlib.

For each module importlib checks every entry of the path, lists its directory, calls stat on the
file three times, and reads the compiled form: a dozen system calls, some seventy times, while
an app waits. This importer makes four: it reads the compiled file, and checks that the source
has not changed since it was compiled. Anything unexpected (no compiled file, one of another
Python or of another kind) is left to importlib.
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
else:
    ModuleType = type(sys)  # `types` would have to be imported

_PACKAGE = "initd."
#: Packages whose `__init__.py` holds a docstring and no code: nothing of them is read. Each after
#: the one that it is in. A test compares this with the sources.
ROOMS = tuple(
    f"initd.{name}"
    for name in (
        *("cli", "config", "core", "init", "linux", "monitor", "monitor.http"),
        *("config.hostname", "config.toml", "config.values", "init.bootstrap", "init.log"),
        "init.sleep",
        *("core.explain", "core.health", "core.hostname", "core.life", "core.metrics"),
        *("core.monitor", "core.registry", "core.signals", "core.start", "registrar"),
    )
)
_SUFFIX = f".{sys.implementation.cache_tag}.pyc"
#: The header of a compiled file (PEP 552): magic number, kind, and the source's time and size.
_HEADER = 16
_BY_TIME_AND_SIZE = bytes(4)
_32_BITS = 0xFFFFFFFF
#: In bytes: more than any module of ours has, so that one read is enough. (What it does not fill
#: is neither touched nor kept.)
_READ_SIZE = 1 << 16


class Importer:
    """A finder and loader in one. `root` is the directory that contains the package."""

    def __init__(self, root: str) -> None:
        self._root = root

    def add_rooms(self) -> None:
        """Makes the packages without code, at a fraction of the cost of importing each."""
        modules = sys.modules
        for name in ROOMS:
            room = ModuleType(name)
            room.__path__ = [f"{self._root}/{name.replace('.', '/')}"]
            parent, _, last = name.rpartition(".")
            modules[name] = room
            setattr(modules[parent], last, room)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for a module that importlib is to find."""
        if not name.startswith(_PACKAGE):
            return None
        place = f"{self._root}/{name.replace('.', '/')}"
        directory, _, last = place.rpartition("/")
        spec = self._spec(name, directory, last)
        if spec is None and name in ROOMS:  # one that was unloaded
            spec = ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]
        elif spec is None:
            spec = self._spec(name, place, "__init__")
        else:
            return spec
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
        made_from = int(state.st_mtime) & _32_BITS, state.st_size & _32_BITS
        if data[:8] != MAGIC_NUMBER + _BY_TIME_AND_SIZE or made_from != (
            int.from_bytes(data[8:12], "little"),
            int.from_bytes(data[12:_HEADER], "little"),
        ):
            return None
        # Not a subclass of importlib's Loader: importing that only for its name would cost.
        spec = ModuleSpec(name, self, origin=source, loader_state=_code(data))  # type: ignore[arg-type]
        spec.has_location, spec.cached = True, compiled
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """None: a module of the usual kind."""

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module's code, and drops it, with what only people read of a module: in pid 1
        of a hundred containers, nobody does."""
        spec = module.__spec__
        assert spec is not None
        code, spec.loader_state = spec.loader_state, None
        if code is not None:
            exec(code, module.__dict__)
            module.__doc__ = spec.cached = None
            del module.__cached__


def _code(data: bytes) -> CodeType:
    code: CodeType = marshal.loads(memoryview(data)[_HEADER:])
    return code


def _read(path: str) -> bytes:
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        data = chunk = posix.read(fd, _READ_SIZE)
        while len(chunk) == _READ_SIZE:
            chunk = posix.read(fd, _READ_SIZE)
            data += chunk
        return data
    finally:
        posix.close(fd)
