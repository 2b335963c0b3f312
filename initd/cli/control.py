"""The verbs that talk to pid 1 by its control socket: health, status, signal, stop,
restart, maintenance."""

from __future__ import annotations

import posix

from initd.cli.verbs import VerbFailed
from initd.core.start.exit_codes import EXIT_OWN
from initd.json_codec import decode, encode
from initd.linux import control_client, control_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.cli.verbs import Call

#: For the whole conversation, in seconds: pid 1 answers in microseconds.
_TIMEOUT = 5.0
_HEALTH_KINDS = ("--live", "--ready", "--startup")


class NoAnswer(VerbFailed):
    """No init answers, or it refuses."""


def health(call: Call) -> int:
    """The launcher asks pid 1 itself (shim/health.h). What comes here are words that it does
    not understand, and they need an explanation."""
    if sum(map(call.has, _HEALTH_KINDS)) > 1:
        raise VerbFailed(f"use only one of {', '.join(_HEALTH_KINDS)}", EXIT_OWN)
    raise VerbFailed("health is answered by the initd program: run `initd health`", EXIT_OWN)


def status(call: Call) -> int:
    """Prints the state."""
    answer = ask(call, {"verb": "status"})
    if call.has("--json"):
        print(encode(answer))
    else:
        from initd.cli.status import describe

        print(describe(answer))
    return 0


def signal(call: Call) -> int:
    """Has init act as if it had got the signal."""
    ask(call, {"verb": "signal", "argument": call.rest[0]})
    return 0


def stop(call: Call) -> int:
    """Stops the app, and so the container."""
    ask(call, {"verb": "stop"})
    return 0


def restart(call: Call) -> int:
    """Stops the app and starts it again."""
    ask(call, {"verb": "restart"})
    return 0


def maintenance(call: Call) -> int:
    """Keeps the app from being ready, or lets it be ready again."""
    ask(call, {"verb": "maintenance", "argument": call.rest[0]})
    return 0


def ask(call: Call, request: dict[str, str], timeout: float = _TIMEOUT) -> dict[str, Any]:
    """The answer of the init at --socket, INITD_SOCKET, or the first default path where one
    answers, within `timeout` seconds. Raises NoAnswer."""
    path = call.value("--socket") or posix.environ.get(b"INITD_SOCKET", b"").decode() or None
    failures = []
    for place in (path,) if path else _default_paths():
        try:
            asked = encode(request).encode() + b"\n"
            line = control_client.ask(place, asked, timeout, anybody=place == path)
            answer: dict[str, Any] = decode(line.decode())
        except OSError as error:
            failures.append(f"{place}: {error.strerror or error}")
            continue
        except ValueError:
            failures.append(f"{place}: closed without an answer")
            continue
        if "error" in answer:
            raise NoAnswer(answer["error"])
        return answer
    raise NoAnswer("no init answers: " + "; ".join(failures))


def _default_paths() -> list[str]:
    users = control_client.inits_users()
    found = [path for user in users for path in control_socket.default_paths(user)]
    return list(dict.fromkeys(found))
