"""Where the app's secrets come from and how they reach it: names and places, never a value."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: The kinds of sources, as they are written in front of the colon.
EJSON, DIRECTORY, COMMAND, FILES = "ejson", "dir", "exec", "files"
KINDS = (EJSON, DIRECTORY, COMMAND, FILES)
#: How a secret reaches the app.
ENV, FILE, NOWHERE = "env", "file", "none"
WAYS = (ENV, FILE, NOWHERE)
#: What follows once `initd reload` has read the secrets again, beside a signal.
NOTHING, RESTART = "nothing", "restart"
#: As the ejson program has it, and its variable for another one.
KEYDIR, KEYDIR_VARIABLE = "/opt/ejson/keys", b"EJSON_KEYDIR"
#: In seconds, for all sources together.
PATIENCE = 30.0

_FIRST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
_NAME = frozenset(_FIRST + "0123456789")


class Source(Value):
    """`target` is a file, a directory, a command line, or for `files` names with commas
    between them ("": all that there are)."""

    kind: str
    target: str

    @property
    def text(self) -> str:
        """As it is written, but for what a command line has of secrets itself."""
        target = self.target
        if self.kind == COMMAND:
            from initd.core.redact import redacted

            (target,) = redacted((target,))
        return f"{self.kind}:{target}" if target else self.kind


class Reload(Value):
    """What follows when the secrets have been read again: a restart, a signal, or nothing."""

    restarts: bool = False
    signal: int = 0


class Secrets(Value, kw_only=True):
    """Of several sources that have the same name, the last one counts. `named` has what is
    different for single names. `patience` is in seconds."""

    sources: tuple[Source, ...]
    way: str = ENV
    named: Mapping[str, str] = {}
    keydir: str = KEYDIR
    patience: float = PATIENCE
    reload: Reload = Reload()

    def way_of(self, name: str) -> str:
        """How this secret reaches the app."""
        return self.named.get(name, self.way)


def source_of(text: str) -> Source:
    """Reads `ejson:FILE`, `dir:DIRECTORY`, `exec:COMMAND`, `files`, `files:NAME,NAME`.

    Raises ValueError, with a sentence for people."""
    kind, colon, target = text.partition(":")
    if kind not in KINDS:
        raise ValueError(
            f"unknown source {text!r}: use ejson:FILE, dir:DIRECTORY, exec:COMMAND or files"
        )
    if kind == FILES:
        names = [name.strip() for name in target.split(",")] if colon else []
        wrong = next((name for name in names if not is_variable(name)), None)
        if wrong is not None:
            raise ValueError(
                f"invalid name {wrong!r}: use files for every variable X_FILE, or files:X,Y"
            )
        return Source(kind, ",".join(names))
    if not target.strip():
        raise ValueError(f"{kind}: names nothing: use {kind}:{_EXAMPLES[kind]}")
    if kind != COMMAND and not target.startswith("/"):
        raise ValueError(
            f"expected an absolute path, such as {kind}:{_EXAMPLES[kind]}, got {text!r}"
        )
    return Source(kind, target)


_EXAMPLES = {
    EJSON: "/app/secrets.ejson",
    DIRECTORY: "/run/secrets",
    COMMAND: "'vault kv get -format=json -field=data secret/app'",
}


def way_of(text: str) -> str:
    """Reads how secrets reach the app. Raises ValueError."""
    if text not in WAYS:
        raise ValueError(f"unknown way {text!r}: use env for variables, file for files, or none")
    return text


def named_way_of(text: str) -> tuple[str, str]:
    """Reads NAME=WAY. Raises ValueError."""
    name, equals, way = text.rpartition("=")
    if not equals or not name:
        raise ValueError(f"expected NAME=env, NAME=file or NAME=none, got {text!r}")
    if not is_file_name(name):
        raise ValueError(f"invalid name {name!r}: it can be neither a variable nor a file")
    if way_of(way) == ENV and not is_variable(name):
        raise ValueError(f"invalid name of a variable: {name!r}: use {name}=file")
    return name, way


def is_variable(name: str) -> bool:
    """Whether a shell could use a variable of this name (POSIX.1-2017, 3.235 Name)."""
    return bool(name) and name[0] in _FIRST and _NAME.issuperset(name)


def is_file_name(name: str) -> bool:
    """Whether a file of this name can be made, and is not a hidden one."""
    return (
        not name.startswith(".")
        and bool(name)
        and "/" not in name
        and "\0" not in name
        and len(name.encode(errors="surrogateescape")) <= 255
    )
