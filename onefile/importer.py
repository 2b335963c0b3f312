"""How the one file imports: nothing is found in files.

Until the finder is in place, only modules that are not compressed can be imported.
"""

import sys
from _frozen_importlib import BuiltinImporter, FrozenImporter, ModuleSpec
from _imp import find_frozen
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType

#: The first byte of compressed code (RFC 1950); marshalled code begins with another.
_COMPRESSED = 0x78
modules = sys.modules
Module = type(sys)  # `types` would have to be imported


class Frozen:
    """A finder and loader of what onefile/freeze.py has frozen, at a fraction of what
    importlib's takes."""

    @classmethod
    def find_spec(
        cls, name: str, path: object = None, target: "ModuleType | None" = None
    ) -> ModuleSpec | None:
        """None for modules that are not frozen here."""
        found = find_frozen(name, withdata=True)
        if found is None or not found[0]:  # the interpreter's own have no such data
            return None
        data, is_package, _ = found
        assert data is not None
        code = _code(data)
        if type(code) is tuple:
            wanted, code = code
            for each in wanted:
                _make(each)
        return ModuleSpec(
            name,
            cls,  # type: ignore[arg-type]
            origin="frozen",
            loader_state=code,
            is_package=is_package,
        )

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """The usual kind."""

    @staticmethod
    def exec_module(module: "ModuleType") -> None:
        """Runs its code, which is not kept."""
        spec = module.__spec__
        assert spec is not None
        code, spec.loader_state = spec.loader_state, None
        exec(code, module.__dict__)


def _code(data: memoryview) -> "CodeType | tuple[tuple[str, ...], CodeType]":
    """The module's; of a module of initd on pid 1's way, the modules before it as well."""
    if data[0] == _COMPRESSED:
        from zlib import decompress

        code: CodeType = loads(decompress(data))
        return code
    return loads(data)  # type: ignore[no-any-return]


def _make(name: str) -> None:
    """Imports a module of initd on pid 1's way, unless that is done, and those that it wants
    before it. A start makes eighty of them: without specs, locks and finders, which nobody asks
    for, that takes a fifth less time."""
    parent, _, last = name.rpartition(".")
    if name in modules or parent not in modules:  # then its import statement imports both
        return
    found = find_frozen(name, withdata=True)
    assert found is not None
    assert found[0] is not None
    wanted, code = loads(found[0])
    module = modules[name] = Module(name)
    if found[1]:
        module.__path__ = []
    try:
        for each in wanted:
            _make(each)
        exec(code, module.__dict__)
    except BaseException:
        del modules[name]
        raise
    setattr(modules[parent], last, modules[name])  # it may have put another there


def take_over() -> None:
    """From now on nothing is imported in any other way."""
    sys.meta_path[:] = [BuiltinImporter, Frozen, FrozenImporter]
    sys.path_hooks.clear()
