"""The verbs: short-lived clients of pid 1's control socket, and `check`."""

from __future__ import annotations

import _signal
import posix
import sys

from initd.core.start.exit_codes import EXIT_OWN
from initd.json_codec import decode, encode
from initd.linux import control_client, control_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

#: For the whole conversation, in seconds: pid 1 answers in microseconds.
_PATIENCE = 5.0
_HEALTH_KINDS = ("--live", "--ready", "--startup")


def run_verb(verb: str, words: Sequence[str]) -> int:
    """The exit code for `initd VERB WORDS`."""
    # The launcher blocked everything, for pid 1; a client can be interrupted.
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
    _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
    if verb == "check":
        from initd.cli.check import check

        return check(words)
    if verb == "compile":
        from initd.cli.compile import compile_plan

        return compile_plan(words)
    if verb == "profiles":
        from initd.cli.profiles import profiles

        return profiles(words)
    if verb == "preload":
        from initd.cli.preload import preload

        return preload(words)
    if verb == "link":
        from initd.cli.link import link

        return link(words)
    verbs: dict[str, Callable[[Sequence[str]], int]] = {
        "health": _health,
        "status": _status,
        "signal": _signal_verb,
        "stop": lambda words: _plain("stop", words),
        "restart": lambda words: _plain("restart", words),
        "hostname": _hostname,
        "completion": _completion,
    }
    try:
        return verbs[verb](words)
    except Unanswered as unanswered:
        print(f"initd {verb}: {unanswered}", file=sys.stderr)
        return 1
    except BadWords as bad:
        print(f"initd {verb}: {bad}", file=sys.stderr)
        return EXIT_OWN


class Unanswered(Exception):
    """No answer from pid 1, or a refusal; the text is for people."""


class BadWords(Exception):
    """The verb was given words that it does not take."""


def _health(words: Sequence[str]) -> int:
    """The launcher asks pid 1 itself (shim/health.h): here come the words that it does
    not understand, to be explained."""
    rest = _socket_in(words)[1]
    kinds = [word for word in rest if word in _HEALTH_KINDS]
    _no_more([word for word in rest if word not in (*_HEALTH_KINDS, "-v", "--verbose")])
    if len(kinds) > 1:
        raise BadWords(f"say one of {', '.join(_HEALTH_KINDS)}, or none of them")
    raise BadWords("the program initd answers this, and its Python package alone does not")


def _status(words: Sequence[str]) -> int:
    rest = _socket_in(words)[1]
    as_json = "--json" in rest
    _no_more([word for word in rest if word != "--json"])
    status = _ask(words, {"verb": "status"})
    if as_json:
        print(encode(status))
    else:
        from initd.cli.status import describe

        print(describe(status))
    return 0


def _signal_verb(words: Sequence[str]) -> int:
    rest = _socket_in(words)[1]
    if len(rest) != 1:
        raise BadWords("say one signal, such as HUP")
    _ask(words, {"verb": "signal", "argument": rest[0]})
    return 0


def _plain(verb: str, words: Sequence[str]) -> int:
    _no_more(_socket_in(words)[1])
    _ask(words, {"verb": verb})
    return 0


def _hostname(words: Sequence[str]) -> int:
    from initd.cli.hostname import hostname

    def status_or_why_not() -> dict[str, Any] | str:
        try:
            return _ask(words, {"verb": "status"})
        except Unanswered as unanswered:
            return str(unanswered)

    return hostname(_socket_in(words)[1], status_or_why_not)


def _completion(words: Sequence[str]) -> int:
    if len(words) != 1 or words[0] not in ("bash", "zsh", "fish"):
        raise BadWords("say for which shell: bash, zsh or fish")
    from initd.cli.completion import script

    print(script(words[0]), end="")
    return 0


def _no_more(words: Sequence[str]) -> None:
    if words:
        raise BadWords(f"{words[0]!r} means nothing here; initd --help tells what does")


def _socket_in(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """--socket PATH taken out, else INITD_SOCKET."""
    rest = list(words)
    path = posix.environ.get(b"INITD_SOCKET", b"").decode() or None
    for at, word in enumerate(rest):
        if word.startswith("--socket="):
            return word.partition("=")[2], rest[:at] + rest[at + 1 :]
        if word == "--socket":
            if at + 1 == len(rest):
                raise BadWords("--socket needs a path")
            return rest[at + 1], rest[:at] + rest[at + 2 :]
    return path, rest


def _default_places() -> list[str]:
    users = control_client.inits_users()
    places = [path for user in users for path in control_socket.default_paths(user)]
    return list(dict.fromkeys(places))


def _ask(words: Sequence[str], request: dict[str, str]) -> dict[str, Any]:
    path, _ = _socket_in(words)
    failures = []
    for place in (path,) if path else _default_places():
        try:
            line = control_client.ask(place, encode(request).encode() + b"\n", _PATIENCE)
            answer: dict[str, Any] = decode(line.decode())
        except OSError as error:
            failures.append(f"{place}: {error.strerror or error}")
            continue
        except ValueError:
            failures.append(f"{place}: closed without an answer")
            continue
        if "error" in answer:
            raise Unanswered(answer["error"])
        return answer
    raise Unanswered("no init answers: " + "; ".join(failures))
