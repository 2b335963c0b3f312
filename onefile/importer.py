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
        return ModuleSpec(
            name,
            cls,  # type: ignore[arg-type]
            origin="frozen",
            loader_state=_code(data),
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


def _code(data: memoryview) -> "CodeType":
    if data[0] == _COMPRESSED:
        from zlib import decompress

        code: CodeType = loads(decompress(data))
        return code
    return loads(data)  # type: ignore[no-any-return]


def take_over() -> None:
    """From now on nothing is imported in any other way."""
    sys.meta_path[:] = [BuiltinImporter, Frozen, FrozenImporter]
    sys.path_hooks.clear()
