"""Which modules the file needs: found by reading import statements, never by running them.

Of initd every import counts, however late. Of the standard library and the dependencies those
count that run when the module is imported; what their functions import is listed here (LATE)
where initd calls such a function, and what is imported for others is left out (UNNEEDED).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from encodings import normalize_encoding
from encodings.aliases import aliases
from pathlib import Path
from typing import NamedTuple

#: Imported by functions that initd calls.
LATE = {"socket": ("encodings.idna",)}
#: Never imported by what initd calls.
UNNEEDED = {
    # Other systems'.
    *("psutil._psaix", "psutil._psbsd", "psutil._psosx", "psutil._pssunos", "psutil._pswindows"),
    *("nt", "winreg", "msvcrt", "_winapi", "psutil._psutil_windows"),
    # Other versions'.
    *("typing_extensions", "annotationlib"),
    # Python's own, where a C module of the same name is built in.
    *("_py_abc", "_threading_local"),
    # Put in their places by those who import them.
    *("os.path", "importlib._bootstrap", "importlib._bootstrap_external"),
    # Archives, which shutil can do without.
    *("bz2", "lzma"),
}
_NEVER_TRUE = ("TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'")


class Import(NamedTuple):
    """One name that an import statement asks for. `late`: by a function, when it is called.
    `optional`: within `try`, so a module that is missing is expected."""

    name: str
    late: bool
    optional: bool


class Module(NamedTuple):
    """A module with Python source."""

    name: str
    path: Path
    is_package: bool


class Sources:
    """Where modules are looked up: first found, first served."""

    def __init__(self, roots: Sequence[Path], overlay: Mapping[str, Path]) -> None:
        self._roots = roots
        self._overlay = overlay

    def find(self, name: str) -> Module | None:
        """None where there is no Python source of that name."""
        if name in self._overlay:
            return Module(name, self._overlay[name], False)
        for root in self._roots:
            place = root.joinpath(*name.split("."))
            if (place / "__init__.py").is_file():
                return Module(name, place / "__init__.py", True)
            if place.with_name(place.name + ".py").is_file():
                return Module(name, place.with_name(place.name + ".py"), False)
        return None


def imports_of(module: Module, tree: ast.Module) -> Iterator[Import]:
    """Each name that the module's statements import. `from a import b` asks for a, and for a.b
    if that is a module: the latter is optional."""
    package = module.name if module.is_package else module.name.rpartition(".")[0]
    for node, late, optional in _statements(tree.body, False, False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, late, optional)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [base])])
            yield Import(base, late, optional)
            for alias in node.names:
                yield Import(f"{base}.{alias.name}", late, True)


def codecs_of(tree: ast.Module) -> Iterator[str]:
    """Modules of the codecs that a module names: `.encode("ascii")`, `encoding="latin-1"`. Python
    imports them when they are used."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        named = [each.value for each in node.keywords if each.arg == "encoding"]
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("encode", "decode"):
            named += node.args[:1]
        elif isinstance(node.func, ast.Name) and node.func.id in ("bytes", "str"):
            named += node.args[1:2]
        for value in named:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                name = normalize_encoding(value.value).lower()
                yield f"encodings.{aliases.get(name, name)}"


def _statements(
    body: Sequence[ast.stmt], late: bool, optional: bool
) -> Iterator[tuple[ast.stmt, bool, bool]]:
    """Every statement, without those that only a type checker or a program runs."""
    for node in body:
        yield node, late, optional
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _statements(node.body, True, optional)
        elif isinstance(node, ast.Try):
            yield from _statements([*node.body, *node.orelse, *node.finalbody], late, True)
            for handler in node.handlers:
                yield from _statements(handler.body, late, True)
        elif isinstance(node, ast.If) and ast.unparse(node.test) in _NEVER_TRUE:
            yield from _statements(node.orelse, late, optional)
        else:
            for part in ("body", "orelse"):
                yield from _statements(getattr(node, part, []), late, optional)


class Needed(NamedTuple):
    """The answer: sources by name, and the names without a module, with what imports them."""

    modules: dict[str, Module]
    missing: dict[str, set[str]]


def needed(starts: Sequence[str], sources: Sources, builtin: frozenset[str]) -> Needed:
    """All modules that can be imported from `starts`, in about the order in which they are."""
    found: dict[str, Module] = {}
    missing: dict[str, set[str]] = {}
    todo = [(name, "the build", False) for name in reversed(starts)]
    while todo:
        name, wanted_by, optional = todo.pop()
        for whole in _with_parents(name):
            if whole in found or whole in builtin or is_unneeded(whole):
                continue
            module = sources.find(whole)
            if module is None:
                if not optional:
                    missing.setdefault(whole, set()).add(wanted_by)
                break
            found[whole] = module
            todo += reversed(_wanted(module))
    return Needed(found, missing)


def _wanted(module: Module) -> list[tuple[str, str, bool]]:
    ours = module.name.partition(".")[0].startswith("initd")
    tree = ast.parse(module.path.read_bytes())
    wanted = [
        (each.name, module.name, each.optional)
        for each in imports_of(module, tree)
        if ours or not each.late
    ]
    wanted += [(name, module.name, True) for name in codecs_of(tree)]
    return wanted + [(name, module.name, False) for name in LATE.get(module.name, ())]


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def is_unneeded(name: str) -> bool:
    """Whether it, or a package that it is in, is left out on purpose."""
    return any(parent in UNNEEDED for parent in _with_parents(name))
