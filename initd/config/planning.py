"""From what was said to a start plan: what it depends on, and what it starts.

Whatever the settings were made from is a condition of the plan: the command line, init's
own variables, the variables that a role's command names, the files that were read or
looked for. The rest of the container's environment may differ: the app gets what the
container was given, and the plan says only what init adds.
"""

from __future__ import annotations

import os
import stat
import sys

from initd.config.resolve import Resolution
from initd.config.toml.files import DEFAULT_FILES
from initd.config.values.role import ROLES
from initd.core.emulation import NO_EMULATION
from initd.core.hostname.container import HOSTS_FILE
from initd.core.start_plan import StartPlan, planned_argv, why_not

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from initd.config.command_line import CommandLine
    from initd.config.toml.file_config import FileConfig
    from initd.core.settings import Settings

#: Where an earlier start left the app's name; this one would have to take it away first.
_HOSTNAME_FILE = b"/run/initd/hostname"
#: Of users and groups, as getpwnam(3) and getgrnam(3) read them in a container.
_USERS = ("/etc/passwd", "/etc/group")


class Unplannable(Exception):
    """These settings can't be known before the container starts; the text is for people."""


class _Noted(dict[str, str]):
    """An environment that remembers which names were asked for."""

    def __init__(self, environ: Mapping[str, str], names: set[bytes]) -> None:
        super().__init__(environ)
        self.names = names

    def __bool__(self) -> bool:
        return True  # an empty one is asked too

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.names.add(name.encode(errors="surrogateescape"))
        return super().get(name, default)


class _Noting(Resolution):
    """A resolution that notes which variables the command is made from."""

    names: set[bytes]

    def command(self, role: str | None, text: Mapping[str, str]) -> tuple[str, ...]:
        self.names = set()
        return super().command(role, _Noted(text, self.names))


def plan_of(
    argv: Sequence[str],
    line: CommandLine,
    given: FileConfig,
    environ: Mapping[bytes, bytes],
    shim: str,
) -> tuple[StartPlan, Settings]:
    """The plan for `initd` with the words `argv`, and what it was made from. Raises Mistakes,
    Unplannable, and OSError for a file that is gone again.

    Resolved twice: once as it is, and once without the variables that the command does not
    name. What the app's environment has then is what init adds, and nothing else of the
    start may differ, or it would depend on what is not among the conditions."""
    resolution = _resolution(line, environ, given)
    settings = resolution.settings()
    why = why_not(settings)
    if why is not None:
        raise Unplannable(why)
    names = {name for name in environ if name.startswith(b"INITD_")} | resolution.names
    least = {name: environ[name] for name in names if name in environ}
    alone = _resolution(line, least, given).settings()
    additions = {name: value for name, value in alone.environ.items() if least.get(name) != value}
    words = planned_argv(settings.spawn_spec(terminal=not settings.session))
    if (
        planned_argv(alone.spawn_spec(terminal=not alone.session)) != words
        or {**environ, **additions} != settings.environ
    ):
        raise Unplannable("the start depends on variables that only the container will have")
    plan = StartPlan(
        tuple(map(_bytes, ("initd", *argv))),
        {name: environ.get(name) for name in sorted(names)},
        {
            **{_bytes(path): _content(path) for path in _inputs(line, settings)},
            _HOSTNAME_FILE: None,
        },
        additions,
        _bytes(shim),
        tuple(map(_bytes, words)),
        _bytes(HOSTS_FILE),
    )
    return plan, settings


def everybody_may_read(plan: StartPlan) -> bool:
    """Whether no file whose content is in the plan is kept from anybody."""
    held = [path for path, content in plan.files.items() if content is not None]
    return all(map(_is_open_to_all, held))


def _is_open_to_all(path: bytes) -> bool:
    try:
        if not os.stat(path).st_mode & stat.S_IROTH:
            return False
        while (path := os.path.dirname(path)) and path != b"/":
            if not os.stat(path).st_mode & stat.S_IXOTH:
                return False
    except OSError:
        return False
    return True


def _resolution(line: CommandLine, environ: Mapping[bytes, bytes], given: FileConfig) -> _Noting:
    # Neither the kernel's name nor the library counts: with a host name there is no plan.
    return _Noting(line, environ, "", "", given, NO_EMULATION)


def _inputs(line: CommandLine, settings: Settings) -> list[str]:
    """The files that were read, or looked for."""
    config = line.given.get("config")
    paths = [config[-1].text] if config else list(DEFAULT_FILES)
    if settings.role is not None:
        paths.append(ROLES)
    paths += settings.env_files
    if settings.user is not None:
        paths += _USERS
    return paths


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unplannable(f"{path} is no plain file: it can't be read twice")
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _bytes(text: str) -> bytes:
    return text.encode(sys.getfilesystemencoding(), "surrogateescape")
