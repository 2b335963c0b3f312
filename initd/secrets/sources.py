"""Reads every source: names and values, in the order of the sources."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping

from initd import files
from initd.core.secrets import (
    COMMAND,
    DIRECTORY,
    EJSON,
    FILE,
    FILES,
    Secrets,
    Source,
    is_file_name,
    is_variable,
)
from initd.core.start.spawn_spec import User
from initd.secrets.command import output_of
from initd.secrets.ejson import ENVIRONMENT, Ejson, EjsonError, environment_of
from initd.secrets.key import read_key
from initd.secrets.nacl_box import NoNacl, open_box
from initd.secrets.unreadable import Found, Unreadable

#: Of one file.
_LONGEST = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SUFFIX = "_FILE"
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

    # ---- EJSON ----------------------------------------------------------------------

    def _ejson(self, source: Source, what: str) -> list[Found]:
        try:
            file = Ejson(_content(what, source.target))
            key = read_key(what, file.public_key, self.secrets.keydir, self.user)
            text = file.decrypted(lambda box: open_box(box.sealed, box.nonce, box.key, key))
        except EjsonError as error:
            raise Unreadable(f"{what}: {error}") from None
        except NoNacl as error:
            raise Unreadable(f"{what}: {error}") from None
        whole = document_name(source.target)
        found = [
            Found(name, value.encode(errors="surrogatepass"), source.text)
            for name, value in environment_of(text).items()
            if self._is_wanted(name)
        ]
        if self.secrets.named.get(whole) == FILE:
            found.append(Found(whole, text.encode(errors="surrogatepass"), source.text))
        elif not file.has_environment:
            raise Unreadable(
                f"{what}: has no object {ENVIRONMENT!r} with variables; to get the whole file"
                f" decrypted: --secret-as {whole}=file"
            )
        return found

    # ---- directories ----------------------------------------------------------------

    def _directory(self, source: Source, what: str) -> list[Found]:
        try:
            names = sorted(os.listdir(source.target))
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
        output = output_of(what, source.target, self.environ, self.until)
        pairs = _of_json(what, output) if output.lstrip()[:1] == b"{" else _of_lines(what, output)
        wrong = next((name for name in pairs if not is_file_name(name)), None)
        if wrong is not None:
            raise Unreadable(f"{what}: prints a name that can be neither a variable nor a file")
        return [
            Found(name, value, source.text)
            for name, value in pairs.items()
            if self._is_wanted(name)
        ]

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
    return os.path.basename(path).removesuffix(".ejson").removesuffix(".json") + ".json"


def is_file(what: str, path: str) -> bool:
    """Whether it is a regular file, perhaps by a link. Raises Unreadable."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError as error:
        raise Unreadable(f"{what}: {path}: {error.strerror}") from None


def _content(what: str, path: str) -> bytes:
    try:
        return files.read_whole(path, _LONGEST)
    except OSError as error:
        raise Unreadable(f"{what}: {path}: {error.strerror}") from None
    except ValueError as error:
        raise Unreadable(f"{what}: {error}") from None


def _of_json(what: str, output: bytes) -> dict[str, bytes]:
    try:
        document = json.loads(output)
    except (ValueError, RecursionError):
        raise Unreadable(f"{what}: prints something that begins with {{ and is not JSON") from None
    wrong = next((name for name, value in document.items() if not isinstance(value, str)), None)
    if wrong is not None:
        kind = type(document[wrong]).__name__
        raise Unreadable(f"{what}: {wrong!r} is not a string in its JSON, but of type {kind}")
    return {name: value.encode(errors="surrogatepass") for name, value in document.items()}


def _of_lines(what: str, output: bytes) -> dict[str, bytes]:
    """As an env file has them. A line that is wrong may be part of a value: its number is all
    that is shown."""
    found = {}
    for number, line in enumerate(output.removeprefix(_BYTE_ORDER_MARK).split(b"\n"), 1):
        line = line.lstrip().removesuffix(b"\r")
        if not line or line.startswith(b"#"):
            continue
        name, equals, value = line.partition(b"=")
        if not equals or name.split() != [name]:
            raise Unreadable(f"{what}: line {number} of its output is not NAME=VALUE")
        found[name.decode(errors="surrogateescape")] = value
    return found
