"""Reads every source: names and values, in the order of the sources."""

from __future__ import annotations

import posix

from initd import files
from initd.core.secrets import (
    COMMAND,
    DIRECTORY,
    EJSON,
    FILE,
    FILES,
    is_variable,
)
from initd.secrets.unreadable import Found, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from initd.core.secrets import Secrets, Source
    from initd.core.start.spawn_spec import User

#: Of one file.
_LONGEST = 1 << 20
_SUFFIX = "_FILE"
_KIND, _REGULAR = 0o170000, 0o100000  # inode(7)
#: Variables that `files` leaves alone unless it names them: by custom these files are no secrets,
#: or a library reads them by itself.
_OTHER_WORDS = (
    "CONFIG CONF INI ENV LOG PID LOCK SOCKET SOCK CERT CERTS CA CRL BUNDLE HISTORY STATE CACHE"
).split()
_OTHER_PREFIXES = ("AWS_", "AZURE_", "GOOGLE_", "INITD_")


class Reader:
    """What the sources are read with: `environ` is the app's environment without secrets,
    `user` the app's (None: init's own), `until` when it must be over (monotonic seconds)."""

    def __init__(
        self, secrets: Secrets, environ: Mapping[bytes, bytes], user: User | None, until: float
    ) -> None:
        self.secrets = secrets
        self.environ = environ
        self.user = user
        self.until = until

    def read(self) -> list[Found]:
        """All secrets that reach the app. Raises Unreadable."""
        read: dict[str, Callable[[Source, str], list[Found]]] = {
            EJSON: self._ejson,
            DIRECTORY: self._directory,
            COMMAND: self._command,
            FILES: self._files,
        }
        found: dict[str, Found] = {}
        for source in self.secrets.sources:
            for secret in read[source.kind](source, f"--secrets {source.text}"):
                found.pop(secret.name, None)
                found[secret.name] = secret
        return list(found.values())

    def _is_wanted(self, name: str) -> bool:
        return self.secrets.way_of(name) in ("env", "file")

    def _wanted(self, pairs: Mapping[str, bytes], source: Source) -> list[Found]:
        return [
            Found(name, value, source.text)
            for name, value in pairs.items()
            if self._is_wanted(name)
        ]

    # ---- EJSON ----------------------------------------------------------------------

    def _ejson(self, source: Source, what: str) -> list[Found]:
        from initd.secrets.ejson_source import pairs_of

        data = _content(what, source.target)
        whole = document_name(source.target)
        is_wanted = self.secrets.named.get(whole) == FILE
        pairs = pairs_of(what, data, self.secrets.keydir, self.user, whole, is_wanted)
        return self._wanted(pairs, source)

    # ---- directories ----------------------------------------------------------------

    def _directory(self, source: Source, what: str) -> list[Found]:
        try:
            names = sorted(posix.listdir(source.target))
        except OSError as error:
            raise Unreadable(f"{what}: {error.strerror}") from None
        found = []
        for name in names:
            path = f"{source.target}/{name}"
            if name.startswith(".") or not self._is_wanted(name):
                continue  # Kubernetes keeps the real files in a hidden directory
            if is_file(what, path):
                found.append(self._of_file(name, path, source, what))
        return found

    def _of_file(self, name: str, path: str, source: Source, what: str) -> Found:
        try:
            value = files.read_whole(path, _LONGEST)
        except OSError as error:
            leave_out = f" (not a secret? --secret-as {name}=none)" if source.kind == FILES else ""
            raise Unreadable(f"{what}: {path}: {error.strerror}{leave_out}") from None
        except ValueError as error:
            raise Unreadable(f"{what}: {error}") from None
        if self.secrets.way_of(name) != FILE:
            value = value.rstrip(b"\r\n")  # as $(cat FILE) does
        return Found(name, value, source.text)

    # ---- commands -------------------------------------------------------------------

    def _command(self, source: Source, what: str) -> list[Found]:
        from initd.secrets.command_source import pairs_of

        return self._wanted(pairs_of(what, source.target, self.environ, self.until), source)

    # ---- X_FILE ---------------------------------------------------------------------

    def _files(self, source: Source, what: str) -> list[Found]:
        names = source.target.split(",") if source.target else names_of_files(self.environ)
        found = []
        for name in names:
            if not self._is_wanted(name):
                continue
            variable = name + _SUFFIX
            path = self.environ.get(variable.encode(), b"").decode(errors="surrogateescape")
            if not path:
                raise Unreadable(f"{what}: the variable {variable} is not set")
            if name.encode() in self.environ:
                raise Unreadable(f"{what}: both {name} and {variable} are set: keep one of them")
            secret = self._of_file(name, path, source, f"{what}: {variable}")
            found.append(Found(name, secret.value, secret.source, replaces=variable))
        return found


def names_of_files(environ: Mapping[bytes, bytes]) -> list[str]:
    """X of each variable X_FILE that names a file with its full path."""
    names = []
    for variable, value in environ.items():
        text = variable.decode(errors="surrogateescape")
        name = text.removesuffix(_SUFFIX)
        of_others = name.split("_")[-1] in _OTHER_WORDS or name.startswith(_OTHER_PREFIXES)
        if name != text and is_variable(name) and value.startswith(b"/") and not of_others:
            names.append(name)
    return sorted(names)


def document_name(path: str) -> str:
    """The name of a whole EJSON file, decrypted: secrets.json for /app/secrets.ejson."""
    return path.rpartition("/")[2].removesuffix(".ejson").removesuffix(".json") + ".json"


def is_file(what: str, path: str) -> bool:
    """Whether it is a regular file, perhaps by a link. Raises Unreadable."""
    try:
        return posix.stat(path).st_mode & _KIND == _REGULAR
    except OSError as error:
        raise Unreadable(f"{what}: {path}: {error.strerror}") from None


def _content(what: str, path: str) -> bytes:
    try:
        return files.read_whole(path, _LONGEST)
    except OSError as error:
        raise Unreadable(f"{what}: {path}: {error.strerror}") from None
    except ValueError as error:
        raise Unreadable(f"{what}: {error}") from None
