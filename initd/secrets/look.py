"""What can be said of sources while nothing runs, and without a key: structure and names."""

from __future__ import annotations

from initd import files
from initd.core.secrets import (
    COMMAND,
    DIRECTORY,
    ENV,
    FILE,
    FILES,
    NOWHERE,
    is_variable,
)
from initd.secrets.ejson import Ejson, EjsonError
from initd.secrets.ejson_source import without_variables
from initd.secrets.sources import document_name, names_of_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.core.secrets import Secrets, Source


def look(
    secrets: Secrets, environ: Mapping[bytes, bytes]
) -> tuple[list[str], list[tuple[str, str]]]:
    """A line for each source; and what is certain to fail, as (source, what is wrong)."""
    lines: list[str] = []
    mistakes: list[tuple[str, str]] = []
    for source in secrets.sources:
        try:
            lines.append(f"{source.text}: {_words(source, secrets, environ)}")
        except ValueError as mistake:
            mistakes.append((f"--secrets {source.text}", str(mistake)))
    return lines, mistakes


def _words(source: Source, secrets: Secrets, environ: Mapping[bytes, bytes]) -> str:
    if source.kind == COMMAND:
        return "its names are known when it has run"
    if source.kind == DIRECTORY:
        return "its names are those of the files that are there at the start"
    if source.kind == FILES:
        names = source.target.split(",") if source.target else names_of_files(environ)
        return _names(names, secrets) if names else "no variable X_FILE is set here"
    return _ejson(source, secrets)


def _ejson(source: Source, secrets: Secrets) -> str:
    """Raises EjsonError."""
    try:
        file = Ejson(files.read_whole(source.target))
    except OSError as error:
        return f"can't be looked at here: {error.strerror}"
    plain = file.plain()
    if plain:
        raise EjsonError(f"{plain[0]} is not encrypted: run ejson encrypt on the file")
    whole = document_name(source.target)
    names = file.environment_names()
    if secrets.named.get(whole) == FILE:
        names = [*names, whole]
    elif not file.has_environment:
        raise EjsonError(without_variables(whole))
    key = f"{secrets.keydir}/{file.public_key.hex()}"
    return f"{_names(names, secrets)}; its key is {key}"


def _names(names: list[str], secrets: Secrets) -> str:
    """Raises ValueError for one that can't be a variable."""
    by_way: dict[str, list[str]] = {}
    for name in names:
        by_way.setdefault(secrets.way_of(name), []).append(name)
    wrong = next((name for name in by_way.get(ENV, ()) if not is_variable(name)), None)
    if wrong is not None:
        raise ValueError(f"invalid name of a variable: {wrong!r}: use --secret-as {wrong}=file")
    words = {ENV: "as variables", FILE: "as files", NOWHERE: "not for the app"}
    parts = [f"{', '.join(by_way[way])} {words[way]}" for way in words if way in by_way]
    return "; ".join(parts) or "has no secrets for the app"
