"""Who imports whom within initd, read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import initd

PACKAGE = Path(initd.__file__).parent
Graph = dict[str, set[str]]


def imports(tree: ast.AST, *, types: bool, later: bool) -> Iterator[str]:
    """Names of modules; with those for type checkers only, with those within functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            yield from _from(node)
        elif _is_for_types(node):
            assert isinstance(node, ast.If)
            if types:
                yield from imports(ast.Module(node.body, []), types=types, later=later)
            yield from imports(ast.Module(node.orelse, []), types=types, later=later)
        elif later or not isinstance(node, ast.FunctionDef):
            yield from imports(node, types=types, later=later)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _from(node: ast.ImportFrom) -> Iterator[str]:
    """`from initd.core.life import events` is initd.core.life.events."""
    assert node.module is not None
    if node.module.partition(".")[0] == "initd":
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    else:
        yield node.module


def module_graph() -> Graph:
    """Each module of initd, and every module of initd that it imports: at once, late, or for
    the type checker. Names are without `initd.`; a package is its `__init__`."""
    paths = {_name(path): path for path in PACKAGE.rglob("*.py")}
    graph: Graph = {}
    for name, path in paths.items():
        found = imports(ast.parse(path.read_text()), types=True, later=True)
        ours = (each.removeprefix("initd.") for each in found if each.startswith("initd."))
        modules = {each if each in paths else each.rpartition(".")[0] for each in ours}
        graph[name] = (modules & set(paths)) - {name}
    return graph


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def room_graph(graph: Graph) -> Graph:
    """The same for rooms: `core.life` is one, and so is a module that stands alone."""
    rooms = {module: _room(module, graph) for module in graph}
    found: Graph = {room: set() for room in rooms.values()}
    for module, imported in graph.items():
        found[rooms[module]] |= {rooms[each] for each in imported} - {rooms[module]}
    return found


def _room(module: str, graph: Graph) -> str:
    package = module.rpartition(".")[0]
    return package if package.count(".") == 1 and package in graph else module


def circles(graph: Graph) -> list[list[str]]:
    """Each group that imports itself, by whatever way round."""
    reached = {node: _reached_from(node, graph) for node in graph}
    groups = {
        tuple(sorted(each for each in reached[node] if node in reached[each]))
        for node in graph
        if node in reached[node]
    }
    return [list(group) for group in sorted(groups)]


def _reached_from(start: str, graph: Graph) -> set[str]:
    reached: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += graph[node]
    return reached
