"""The configuration file: read, checked key by key, and turned into what flags say.

Every mistake is kept, each with its file, line and key.
"""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec

from initd.config.check import check_of_table
from initd.config.command_line import Raw
from initd.config.given import Given
from initd.config.mistake import Mistake
from initd.config.model import (
    OF_ITS_OWN,
    OPTION_OF,
    CheckTable,
    Configuration,
    ProfileTable,
    Table,
)
from initd.config.toml_lines import line_of, lines_of
from initd.core.stop_plan import plan_of

_MISTAKES_AT_MOST = 200
_WHAT = {"str": "text in quotes", "int": "a whole number", "float": "a number",
         "bool": "true or false", "array": "a list", "object": "a table"}  # fmt: skip


def read_toml(path: str, data: bytes) -> Given:
    """What the file at `path`, which holds `data`, gives; mistakes are part of it."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Given(mistakes=(Mistake(f"{path}:{line}", "is no UTF-8"),))
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Given(mistakes=(_syntax_mistake(path, text, str(error)),))
    return _File(path, text, document).given()


def _syntax_mistake(path: str, text: str, said: str) -> Mistake:
    what, _, place = said.rpartition(" (at ")
    numbers = "".join(char if char.isdecimal() else " " for char in place).split()
    if len(numbers) != 2:  # "at end of document"
        return Mistake(f"{path}:{text.count(chr(10)) + 1}", f"{what or said}: the file ends here")
    line, column = map(int, numbers)
    shown = text.splitlines()[line - 1].strip() if line <= len(text.splitlines()) else ""
    return Mistake(f"{path}:{line}", f"column {column}: {what} in {shown!r}")


class _File:
    """Invariant: what has been found wrong is no longer in `document`."""

    def __init__(self, path: str, text: str, document: dict[str, Any]) -> None:
        self.path = path
        self.lines = lines_of(text)
        self.document = document
        self.mistakes: list[Mistake] = []

    def where(self, key: tuple[object, ...]) -> str:
        """`/etc/initd.toml:12, stop.plan`."""
        return f"{self.path}:{line_of(self.lines, key)}, {'.'.join(map(str, key))}"

    def given(self) -> Given:
        named = {name: self._named(name) for name in ("check", "profiles")}
        self._sound(Configuration, self.document, ())
        options: dict[str, tuple[Raw, ...]] = {}
        for key, value in _leaves(self.document):
            dotted = ".".join(key)
            if dotted not in OF_ITS_OWN:
                options[OPTION_OF.get(dotted, key[-1])] = self._raws(key, value)
        checks = self._checks(named["check"])
        profiles = self._profiles(named["profiles"])
        env = self.document.get("app", {}).get("env", {})
        command = self.document.get("command")
        where = self.where(("command",))
        if command is not None and "role" in self.document:
            self.mistakes.append(Mistake(where, "there is a role too: keep one"))
        return Given(
            options,
            tuple(Raw(word, where) for word in _listed(command)),
            isinstance(command, str),
            {name: str(value) for name, value in env.items()},
            checks,
            self.where(("check",)) if checks else "",
            profiles,
            tuple(self.mistakes),
        )

    # ---- shape ----------------------------------------------------------------

    def _named(self, name: str) -> dict[str, Any]:
        """Tables by their names: taken out, as msgspec can't say which of them is wrong."""
        tables = self.document.pop(name, {})
        if isinstance(tables, dict):
            return tables
        self.mistakes.append(Mistake(self.where((name,)), f"needs names: [{name}.NAME]"))
        return {}

    def _sound(self, model: type[Table], values: dict[str, Any], at: tuple[str, ...]) -> bool:
        """Takes out of `values` whatever does not fit the model; whether all of it did."""
        for count in range(_MISTAKES_AT_MOST):
            try:
                msgspec.convert(values, model)
            except msgspec.ValidationError as error:
                if not self._take_out(model, values, at, str(error)):
                    return False
            else:
                return count == 0
        return False

    def _take_out(
        self, model: type[Table], values: dict[str, Any], at: tuple[str, ...], said: str
    ) -> bool:
        """Whether it could be: what is missing can't."""
        what, _, place = said.partition(" - at `$")
        steps = _steps(place.rstrip("`"))
        if "unknown field" in what:
            steps.append(what.split("`")[1])
        elif "missing required field" in what:
            key = what.split("`")[1]
            self.mistakes.append(Mistake(self.where((*at, *steps)), f"{key} is missing"))
            return False
        found = _remove(values, steps)
        if steps and steps[-1] is ...:
            steps = [*steps[:-1], *found[0]]
        where = self.where((*at, *(step for step in steps if step is not ...)))
        if "unknown field" in what:
            sentence = f"no such key{_nearest(str(steps[-1]), _keys(model, steps[:-1]))}"
        else:
            sentence = f"{found[1]!r} stands here, and {_expected(what)} is wanted"
        self.mistakes.append(Mistake(where, sentence))
        return True

    # ---- values ---------------------------------------------------------------

    def _raws(self, key: tuple[str, ...], value: Any) -> tuple[Raw, ...]:
        where = self.where(key)
        if isinstance(value, dict):
            sign = "=" if key[-1] == "limits" else ":"
            return tuple(
                Raw(f"{name}{sign}{each}", self.where((*key, name))) for name, each in value.items()
            )
        if isinstance(value, bool):
            return (Raw("", where),) if value else ()
        if key == ("log", "verbose"):
            return tuple(Raw("", where) for _ in range(min(value, 9)))
        if key == ("app", "umask") and isinstance(value, int):
            return (Raw(f"{value:03o}", where),)
        return tuple(Raw(str(each), where) for each in _listed(value))

    def _checks(self, tables: dict[str, Any]) -> tuple[Any, ...]:
        checks = []
        for name, table in tables.items():
            at = ("check", name)
            if not isinstance(table, dict):
                self.mistakes.append(Mistake(self.where(at), f"needs a table: [check.{name}]"))
            elif self._sound(CheckTable, table, at):
                try:
                    checks.append(check_of_table(name, msgspec.to_builtins(table)))
                except ValueError as mistake:
                    self.mistakes.append(Mistake(self.where(at), str(mistake)))
        return tuple(checks)

    def _profiles(self, tables: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        rows = []
        for name, table in tables.items():
            at = ("profiles", name)
            if not isinstance(table, dict):
                self.mistakes.append(Mistake(self.where(at), f"needs a table: [profiles.{name}]"))
            elif self._sound(ProfileTable, table, at) and self._plans_are_right(table, at):
                rows.append({"name": name, "of_user": self.where(at), **table})
        return tuple(rows)

    def _plans_are_right(self, table: dict[str, Any], at: tuple[str, ...]) -> bool:
        right = True
        for each in (table, *table.get("when", ())):
            try:
                plan_of(each.get("stop", "TERM"))
            except ValueError as mistake:
                self.mistakes.append(Mistake(self.where((*at, "stop")), str(mistake)))
                right = False
        if table.get("target", "process") not in ("process", "group", "all"):
            sentence = f"{table['target']!r} is none of process, group, all"
            self.mistakes.append(Mistake(self.where((*at, "target")), sentence))
            right = False
        return right


def _leaves(document: dict[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    """Keys at the top and in tables, with their values."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, value in document.items():
        if isinstance(value, dict):
            found += [((name, key), each) for key, each in value.items()]
        else:
            found.append(((name,), value))
    return found


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _steps(place: str) -> list[Any]:
    """`.signals.rewrite[...]` as ["signals", "rewrite", ...]: which value of a table is
    wrong, msgspec does not say."""
    steps: list[Any] = []
    for part in place.replace("[", ".[").split("."):
        if part == "[":
            steps.append(...)
        elif part.startswith("[") and part.endswith("]"):
            steps.append(int(part[1:-1]) if part[1:-1].isdecimal() else ...)
        elif part not in ("", "]"):
            steps.append(part)
    return steps


def _remove(values: Any, steps: list[Any]) -> tuple[list[Any], Any]:
    """Takes out what the steps lead to; the keys that `...` stood for, and the value."""
    holder = values
    for step in steps[:-1]:
        holder = holder[step]
    if not steps:
        return [], values
    if isinstance(holder, list):
        return [], holder.pop(steps[-1])
    if steps[-1] is not ...:
        return [], holder.pop(steps[-1], None)
    for name, value in list(holder.items()):
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            return [name], holder.pop(name)
    name = next(iter(holder))
    return [name], holder.pop(name)


def _keys(model: type[Table], steps: list[Any]) -> list[str]:
    """The keys that are known where the steps lead."""
    known: Any = model
    for step in steps:
        if isinstance(step, str):
            fields = {each.encode_name: each.type for each in msgspec.structs.fields(known)}
            known = fields[step]
        while not _is_table(known):
            known = next(
                each for each in known.__args__ if hasattr(each, "__args__") or _is_table(each)
            )
    return [each.encode_name for each in msgspec.structs.fields(known)]


def _is_table(known: Any) -> bool:
    return isinstance(known, type) and issubclass(known, Table)


def _has_parts(known: Any) -> bool:
    return hasattr(known, "__args__")


def _nearest(key: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key, known, n=1)
    return f": did you mean {close[0]}?" if close else f": {', '.join(known)}"


def _expected(what: str) -> str:
    """`Expected `str | null`, got `int`` in words."""
    kinds = what.split("`")[1].split(" | ") if "`" in what else []
    return " or ".join(_WHAT.get(kind, kind) for kind in kinds if kind != "null") or what
