"""tests/process/once.py: what runs with the checkout's initd alone does not run another one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from process.once import ONCE, runs_once

PROCESS = Path(__file__).parents[1] / "process"
#: What stands for the program under test, or runs it (tests/process/namespace.py).
THE_PROGRAM = {"INITD", "ONE_FILE", "PREFIX", "bound", "installed_initd", "start"}
#: Why these name it all the same stands in the table.
EXCEPTIONS = {"test_benchmarks.py", "test_monitor.py", "test_monitor_health.py"}


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    return {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}


def names(tree: ast.AST) -> set[str]:
    """Of variables."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def imported(tree: ast.AST) -> set[str]:
    """The names that stand for the program, and are from where it is known."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("namespace")
        for alias in node.names
        if alias.name in THE_PROGRAM
    }


@pytest.mark.parametrize("file", ONCE)
def test_what_runs_once_is_there_and_never_names_the_program_under_test(file: str) -> None:
    tree = ast.parse((PROCESS / file).read_text())
    there = functions(tree)
    assert set(ONCE[file]) <= set(there)
    looked_at: list[ast.AST] = [there[name] for name in ONCE[file]] or [tree]
    if file not in EXCEPTIONS:
        assert not imported(tree) & {name for each in looked_at for name in names(each)}


def test_the_others_of_a_file_run_twice() -> None:
    assert runs_once("test_http.py", "test_whatever")
    assert runs_once("drop_in/test_side_by_side.py", "test_the_real_one_is_like_itself")
    assert not runs_once("drop_in/test_side_by_side.py", "test_side_by_side")
    assert not runs_once("test_stop.py", "test_the_real_one_is_like_itself")
