"""From a command line to a start plan: what it depends on, and what it starts.

Whatever the settings were made from is a condition of the plan: the command line, init's own
variables, the variables in a role's command, the files that were read or looked for. The
rest of the container's environment may differ: the app gets what the container was given,
and the plan has only what init adds to it.
"""

from __future__ import annotations

import os
import stat
import sys

from initd import paths
from initd.config.resolve import Resolution
from initd.core.emulation import NO_EMULATION
from initd.core.hostname.container import HOSTS_FILE
from initd.core.start_plan import AppName, StartPlan, is_own, planned_argv, why_not

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from initd.config.command_line import CommandLine, RawValue
    from initd.config.toml.file_config import FileConfig
    from initd.core.settings import Settings

#: Of users and groups, as getpwnam(3) and getgrnam(3) read them in a container.
_USERS = ("/etc/passwd", "/etc/group")
#: Options, the strongest first.
_NAMED = ("hostname", "domain")
#: Stands for the kernel's host name, which is not known yet.
_SOME_HOST = "h"


class Unplannable(Exception):
    """These settings can't be known before the container starts; the text is for people."""


def plan_of(
    argv: Sequence[str],
    line: CommandLine,
    file: FileConfig,
    environ: Mapping[bytes, bytes],
    shim: str,
    library: str,
    kernel_hostname: str = "",
) -> tuple[StartPlan, Settings]:
    """The plan for `initd` with the words `argv`, and the settings that it is made from.
    `library` shows a host name; `kernel_hostname` is known where an app with a name of its own has
    been started. Raises Mistakes, Unplannable, and OSError for a file that has disappeared
    meanwhile."""
    asked = _asked(line)
    # Without a name, none is looked for in /etc/hosts; without a library, none is preloaded.
    kernel = kernel_hostname or (_SOME_HOST if asked else "")
    preloaded = library if kernel_hostname else ""
    resolved = Resolution(line, environ, kernel, preloaded, file, NO_EMULATION).resolved()
    settings = resolved.settings
    why = why_not(settings)
    if why is not None:
        raise Unplannable(why)
    name = _name(asked, settings, kernel, library) if asked else None
    own = {name for name, value in environ.items() if is_own(name, value)}
    variables = {name: environ.get(name) for name in sorted(own | resolved.names_read)}
    files: dict[bytes, bytes | None] = {
        _bytes(path): _content(path) for path in _inputs(line, settings)
    }
    if name is None:  # one that an earlier start has left would have to be removed first
        files[_bytes(paths.HOSTNAME_FILE)] = None
    plan = StartPlan(
        words=tuple(map(_bytes, ("initd", *argv))),
        variables=variables,
        files=files,
        additions={
            name: value
            for name, value in resolved.additions.items()
            if variables.get(name) != value
        },
        shim=_bytes(shim),
        argv=tuple(map(_bytes, planned_argv(settings.spawn_spec(terminal=not settings.session)))),
        hosts=b"" if name is not None else _bytes(HOSTS_FILE),
        name=name,
    )
    return plan, settings


def _asked(line: CommandLine) -> dict[str, RawValue]:
    """The host name and the domain that are asked for. Raises Unplannable for a template."""
    asked = {name: line.options[name][-1] for name in _NAMED if line.options.get(name)}
    for each in asked.values():
        if "{" in each.text or "}" in each.text:
            raise Unplannable(f"{each.source}: the container fills the fields of {each.text!r}")
    return asked


def _name(asked: Mapping[str, RawValue], settings: Settings, kernel: str, library: str) -> AppName:
    """What is asked for as a plan has it. Raises Unplannable where it is passed over."""
    strongest = next(iter(asked.values()))
    if settings.origins["hostname"] != strongest.source:
        raise Unplannable(f"{strongest.source}: the name has an underscore, and is passed over")
    name = settings.hostname or kernel
    return AppName(
        pattern=_bytes(name if "hostname" in asked else name.removeprefix(kernel)),
        library=_bytes(library),
        listed=_bytes(HOSTS_FILE),
    )


def everybody_may_read(plan: StartPlan) -> bool:
    """Whether every file whose content is in the plan is open to all users."""
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


def _inputs(line: CommandLine, settings: Settings) -> list[str]:
    """The files that were read, or looked for."""
    config = line.options.get("config")
    found = [config[-1].text] if config else list(paths.CONFIGURATION_FILES)
    if settings.role is not None:
        found.append(paths.ROLES)
    if settings.user is not None or any(hook.user for hook in settings.hooks):
        found += _USERS
    return found


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unplannable(f"{path} is not a regular file: it can't be read twice")
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _bytes(text: str) -> bytes:
    return text.encode(sys.getfilesystemencoding(), "surrogateescape")
