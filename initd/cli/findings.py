"""What can be seen before anything runs: what is not there, and what would have no effect.

Each finding is (where, what): a flag, a variable or a file's key, and a sentence for people.
Whatever can't be judged from here, such as what a shell's text runs, is passed over.
"""

from __future__ import annotations

import os
from _socket import SOCK_STREAM

from initd.cli.runnable import (
    DEFAULT_PATH,
    Surroundings,
    why_not_enterable,
    why_not_readable,
    why_not_runnable,
)
from initd.core.address import read_endpoint, read_url
from initd.core.explain import signals as explain
from initd.core.signals.known import base, unversioned
from initd.core.signals.wrapped import inner
from initd.linux import control_client, control_socket, listener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from initd.core.address import HttpAddress
    from initd.core.health.check import Check
    from initd.core.settings import Settings

    Finding = tuple[str, str]

#: Wrappers that leave PATH and the directory as they are.
_PLAIN_WRAPPERS = frozenset(
    "exec nice ionice chrt taskset numactl prlimit choom nohup setarch stdbuf setpriv gosu su-exec"
    " tini tini-static docker-init dumb-init catatonit time timeout flock setsid".split()
)
#: Interpreters whose first other word is a file, and their options without a value.
_INTERPRETERS = {
    "python": "-u -B -E -s -S -O -OO -I -v -q -b -d -i",
    "ruby": "-w -W0 -W1 -W2 --yjit --jit",
    "perl": "-w -T -t",
    "php": "",
    "node": "--enable-source-maps --inspect --no-warnings --expose-gc --trace-warnings",
    "sh": "-e -u -x -eu -ex -eux",
}
#: What node adds to a name.
_NODE_ENDS = ("", ".js", ".mjs", ".cjs", ".json", "/index.js", "/package.json")
_SHELLS = ("sh", "bash", "dash", "ash")
_HERE = ("127.0.0.1", "localhost", "::1")


def findings(settings: Settings) -> list[Finding]:
    """All of them: what the configuration alone tells first."""
    profile, grace = settings.profile, explain.grace_warning(settings)
    found = list(settings.warnings)
    if profile is not None:
        found += [(f"profile {profile.name}", text) for text in profile.warnings]
    if grace is not None:
        found.append((settings.origins["grace"], grace))
    source, _, shortened = settings.origins["drain"].partition(", ")
    if shortened:
        found.append((source, f"{shortened}: shortened to {settings.drain:g} s"))
    return [*found, *_not_there(settings), *_log_file(settings), *_ports(settings)]


# ---- programs and files ----------------------------------------------------------------


def _not_there(settings: Settings) -> Iterator[Finding]:
    directory = settings.directory
    if directory is not None:
        why = why_not_enterable(directory, settings.user)
        if why:
            yield settings.origins["chdir"], why
            return  # relative names mean nothing without it
    around = _around(settings)
    yield from _of_command(settings.origins["command"], settings.command, around)
    for check in settings.checks:
        if check.argv:
            where = f"{settings.origins['check']}, {check.name}"
            yield from _of_command(where, check.argv, around)
    for hook in settings.hooks:
        where = f"{settings.origins['hook']}, {hook.moment}"
        yield from _of_command(where, hook.argv, around)


def _around(settings: Settings) -> Surroundings:
    given = settings.environ.get(b"PATH")
    return Surroundings(
        path=DEFAULT_PATH if given is None else given.decode(errors="surrogateescape"),
        directory=os.path.abspath(settings.directory or "."),
        user=settings.user,
    )


def _of_command(where: str, argv: tuple[str, ...], around: Surroundings) -> Iterator[Finding]:
    """The program, then what it runs in turn, as far as that is plain."""
    while argv:
        why = why_not_runnable(argv[0], around)
        if why:
            yield where, f"cannot run {argv[0]!r}: {why}"
            return
        name = base(argv[0])
        if name in _PLAIN_WRAPPERS:
            argv = inner((name, *argv[1:]))[0]
            continue
        why = _why_not_read(name, argv[1:], around)
        if why:
            yield where, f"{name} cannot run its script: {why}"
        return


def _why_not_read(name: str, words: tuple[str, ...], around: Surroundings) -> str | None:
    if name == "java":
        jars = [after for flag, after in zip(words, words[1:]) if flag == "-jar"][:1]
        return why_not_readable(jars[0], around) if jars else None
    interpreter = "sh" if name in _SHELLS else unversioned(name)
    flags = _INTERPRETERS.get(interpreter, "").split()
    script = next((word for word in words if word not in flags), "-")
    if interpreter not in _INTERPRETERS or script.startswith("-"):
        return None
    ends = _NODE_ENDS if interpreter == "node" else ("",)
    found = [why_not_readable(script + end, around) for end in ends]
    if interpreter == "sh" and "/" not in script:  # a shell looks along PATH too
        found.append(why_not_runnable(script, around))
    return None if None in found else found[0]


def _log_file(settings: Settings) -> Iterator[Finding]:
    """Of initd's own log: init opens it with its own rights, or goes on with stderr."""
    path = settings.log_to
    if not path.startswith("/"):
        return
    why = why_not_enterable(os.path.dirname(path), None)
    if why or os.path.isdir(path):
        yield settings.origins["log_to"], f"lines go to stderr: {why or f'{path} is a directory'}"


# ---- ports -----------------------------------------------------------------------------


def _ports(settings: Settings) -> Iterator[Finding]:
    where = settings.origins["http"]
    of_checks = {_port_here(check): check.name for check in settings.checks}
    for address in settings.http:
        if not address.path and address.port in of_checks:
            name = of_checks[address.port]
            yield where, f"port {address.port} is where the check {name} expects the app"
        elif not address.path and not _init_is_here():
            why = _why_not_listen(address)
            if why:
                yield where, why


def _port_here(check: Check) -> int:
    """The port of this container that the check asks; 0 for none."""
    host, port = "", 0
    if check.kind == "tcp":
        host, port = read_endpoint(check.target)
    elif check.kind == "http":
        url = read_url(check.target)
        host, port = url.host, url.port
    return port if host in _HERE else 0


def _why_not_listen(address: HttpAddress) -> str | None:
    try:
        os.close(listener.listen_inet(address.host, address.port))
    except OSError as error:
        return f"cannot listen at {address}: {error.strerror}"
    return None


def _init_is_here() -> bool:
    """Whether an init runs here already, whose ports these may be (`docker exec`)."""
    places = control_socket.default_paths(os.geteuid())
    return any(control_client.answers(place, SOCK_STREAM) for place in places)
