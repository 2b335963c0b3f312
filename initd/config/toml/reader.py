"""The configuration file: read, checked key by key, and turned into the text of options.

Every mistake is kept, with its file, line and key.
"""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec

from initd.config.command_line import RawValue
from initd.config.mistake import Mistake, Mistakes, keep
from initd.config.toml.check_table import check_of_table
from initd.config.toml.deep_key import PARTS_AT_MOST, line_of_deep_key
from initd.config.toml.file_config import FileConfig
from initd.config.toml.hook_table import hook_of_table
from initd.config.toml.lines import line_of, lines_of
from initd.config.toml.model import (
    OF_ITS_OWN,
    OPTION_OF,
    CheckTable,
    Configuration,
    HookTable,
    ProfileTable,
    Table,
)
from initd.config.toml.own_profile import validate_profile
from initd.config.toml.shape import prune, shown
from initd.config.values.check import too_many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.config.toml.shape import Complain, Path
    from initd.core.health.check import Check
    from initd.core.life.hook import Hook

_BYTE_ORDER_MARK = "\ufeff"
#: int() refuses more, and says so as a ValueError of its own.
_DIGITS_AT_MOST = 4300
_MOST_VERBOSE = 9
_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def read_toml(path: str, data: bytes) -> FileConfig:
    """What the file at `path` with the content `data` says, its mistakes included."""
    try:
        text = data.decode().removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return FileConfig(mistakes=(Mistake(f"{path}:{line}", "is not valid UTF-8"),))
    deep = line_of_deep_key(text)
    if deep:
        what = f"a key has more than {PARTS_AT_MOST} parts between its dots"
        return FileConfig(mistakes=(Mistake(f"{path}:{deep}", what),))
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return FileConfig(mistakes=(_syntax_mistake(path, text, str(error)),))
    except RecursionError:
        return FileConfig(mistakes=(Mistake(path, "nests lists or tables too deeply"),))
    except ValueError:
        return FileConfig(mistakes=(_long_number(path, text),))
    try:
        return _File(path, text, document).config()
    except Mistakes as too_many_to_go_on:
        return FileConfig(mistakes=too_many_to_go_on.found)


def _syntax_mistake(path: str, text: str, message: str) -> Mistake:
    what, _, place = message.rpartition(" (at ")
    numbers = "".join(char if char.isdecimal() else " " for char in place).split()
    if len(numbers) != 2:  # "at end of document"
        return Mistake(
            f"{path}:{text.count(chr(10)) + 1}", f"{what or message}: the file ends here"
        )
    line, column = map(int, numbers)
    return Mistake(
        f"{path}:{line}",
        f"column {column}: {what} in {shown(text.split(chr(10))[line - 1].strip())}",
    )


def _long_number(path: str, text: str) -> Mistake:
    for number, line in enumerate(text.split("\n"), 1):
        if sum(map(str.isdecimal, line)) > _DIGITS_AT_MOST:
            return Mistake(f"{path}:{number}", "contains a number of more than 64 bits")
    return Mistake(path, "contains a number that can't be read")


class _File:
    """Invariant: `document` has lost whatever was found to be wrong."""

    def __init__(self, path: str, text: str, document: dict[str, Any]) -> None:
        self.path = path
        self.lines = lines_of(text)
        self.texts = text.split("\n")
        self.document = document
        self.mistakes: list[Mistake] = []

    def where(self, key: Path) -> str:
        """`/etc/initd.toml:12, stop.plan`."""
        return f"{self.path}:{line_of(self.lines, key)}, {'.'.join(map(_key_text, key))}"

    def complain(self, key: Path, what: str) -> None:
        keep(self.mistakes, self.where(key), what)

    def config(self) -> FileConfig:
        named = {name: self._named(name) for name in ("check", "hooks", "profiles")}
        prune(Configuration, self.document, (), self.complain)
        env = self._env()
        checks = self._checks(named["check"])
        hooks = self._hooks(named["hooks"])
        profiles = self._profiles(named["profiles"])
        command = self._command()
        return FileConfig(
            options=self._options(),
            command=command,
            is_line=isinstance(self.document.get("command"), str),
            environ=env,
            checks=checks,
            checks_from=self.where(("check",)) if checks else "",
            hooks=hooks,
            hooks_from=self.where(("hooks",)) if hooks else "",
            profiles=profiles,
            mistakes=tuple(self.mistakes),
        )

    def _named(self, name: str) -> dict[str, Any]:
        """Tables by their names, taken out: one with a mistake is not used at all."""
        tables = self.document.pop(name, {})
        if isinstance(tables, dict):
            return tables
        self.complain((name,), f"needs names: [{name}.NAME]")
        return {}

    # ---- options ---------------------------------------------------

    def _options(self) -> dict[str, tuple[RawValue, ...]]:
        options: dict[str, tuple[RawValue, ...]] = {}
        for key, value in _leaves(self.document):
            dotted = ".".join(key)
            if dotted not in OF_ITS_OWN:
                options[OPTION_OF.get(dotted, key[-1])] = self._raws(key, value)
        return options

    def _raws(self, key: tuple[str, ...], value: Any) -> tuple[RawValue, ...]:
        where = self.where(key)
        if isinstance(value, dict):
            sign = "=" if key[-1] in ("limits", "names") else ":"
            return tuple(
                RawValue(f"{name}{sign}{each}", self.where((*key, name)))
                for name, each in value.items()
            )
        if isinstance(value, list):
            return tuple(
                RawValue(str(each), self.where((*key, at) if len(value) > 1 else key))
                for at, each in enumerate(value)
            )
        if isinstance(value, bool):
            return (RawValue("", where),) if value else ()
        if key == ("log", "verbose"):
            if not 0 <= value <= _MOST_VERBOSE:
                self.complain(key, f"expected a number from 0 to {_MOST_VERBOSE}, got {value}")
            return tuple(RawValue("", where) for _ in range(min(value, _MOST_VERBOSE)))
        if key == ("app", "umask") and isinstance(value, int):
            return self._umask(key, value)
        return (RawValue(str(value), where),)

    def _umask(self, key: tuple[str, ...], value: int) -> tuple[RawValue, ...]:
        """TOML's 27 is not the mask 027: only what is written in octal digits is taken."""
        if value and "0o" not in self.texts[line_of(self.lines, key) - 1]:
            what = f"{value} is a decimal number, which is {value:03o} in octal digits"
            right = f"{value:03}" if set("89").isdisjoint(str(value)) else "027"
            self.complain(key, f"{what}: write '{right}', or 0o{right.lstrip('0')}")
            return ()
        return (RawValue(f"{value:03o}", self.where(key)),)

    # ---- what has no option of that form------------------------------------------------

    def _command(self) -> tuple[RawValue, ...]:
        command = self.document.get("command")
        if command is None:
            return ()
        if "role" in self.document:
            self.complain(("command",), "there is a role too: keep one of them")
        words = command if isinstance(command, list) else [command]
        if not any(word.strip() for word in words[:1]):
            self.complain(("command",), "is empty: name a program")
        return tuple(RawValue(word, self.where(("command",))) for word in words)

    def _env(self) -> dict[str, str]:
        found = {}
        for name, value in self.document.get("app", {}).get("env", {}).items():
            if name and "=" not in name and "\0" not in name:
                found[name] = str(value)
            else:
                self.complain(
                    ("app", "env", name),
                    "invalid name of a variable: it is empty, or contains = or NUL",
                )
        return found

    def _checks(self, tables: dict[str, Any]) -> tuple[Check, ...]:
        if too_many(len(tables)):
            self.complain(("check",), too_many(len(tables)))
            return ()
        found = [
            check_of_table(name, table, self._within(at))
            for name, table, at in self._sound(CheckTable, "check", tables)
        ]
        return tuple(check for check in found if check is not None)

    def _hooks(self, tables: dict[str, Any]) -> tuple[Hook, ...]:
        found = [
            hook_of_table(moment, table, self._within(at))
            for moment, table, at in self._sound(HookTable, "hooks", tables)
        ]
        return tuple(hook for hook in found if hook is not None)

    def _profiles(self, tables: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        return tuple(
            {"name": name, "of_user": self.where(at), **table}
            for name, table, at in self._sound(ProfileTable, "profiles", tables)
            if validate_profile(name, table, self._within(at))
        )

    def _within(self, at: Path) -> Complain:
        return lambda path, what: self.complain((*at, *path), what)

    def _sound(
        self, model: type[Table], group: str, tables: dict[str, Any]
    ) -> list[tuple[str, dict[str, Any], Path]]:
        """Those that have the shape of the model, each with its name and its path."""
        found: list[tuple[str, dict[str, Any], Path]] = []
        for name, table in tables.items():
            at = (group, name)
            if not isinstance(table, dict):
                self.complain(at, f"needs a table: [{group}.{name}]")
            elif prune(model, table, at, self.complain):
                found.append((name, table, at))
        return found


def _key_text(key: object) -> str:
    """A part of a key as TOML writes it."""
    text = str(key)
    return text if text and _BARE.issuperset(text) else msgspec.json.encode(text).decode()


def _leaves(document: dict[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    """Keys at the top and in tables, with their values."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, value in document.items():
        if isinstance(value, dict):
            found += [((name, key), each) for key, each in value.items()]
        else:
            found.append(((name,), value))
    return found
