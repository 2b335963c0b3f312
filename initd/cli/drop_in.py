"""A start under another init's name: its words and variables to settings, or its answer."""

from __future__ import annotations

import posix

from initd.cli.sources import PRELOAD
from initd.config.command_line import CommandLine, RawValue, above, from_environment
from initd.config.mistake import Mistakes
from initd.config.resolve import resolve
from initd.config.toml.files import read_files
from initd.core.drop_in import PEERS, translate
from initd.core.drop_in.translation import NOTHING_UNUSUAL, Answer, InheritedSignals, last_part
from initd.core.start.exit_codes import EXIT_OWN
from initd.linux.environment import given_environment
from initd.linux.kernel_hostname import kernel_hostname

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.core.drop_in.translation import Orders
    from initd.core.settings import Settings

#: The launcher's, before the words (shim/launcher.c).
SIGNALS = "--signals"


def settings_as(called: str, words: Sequence[str], shim: str) -> Settings | int:
    """What is to run where initd is `called` so; the exit code where nothing is."""
    if last_part(called) not in PEERS:
        return _say(Answer(f"initd: --as {called}: one of {', '.join(PEERS)}\n", 2, EXIT_OWN))
    environ = given_environment()
    text = {
        name.decode(errors="surrogateescape"): value.decode(errors="surrogateescape")
        for name, value in environ.items()
    }
    began, words = _began(words)
    orders = translate(called, words, text, posix.getpid(), began)
    if isinstance(orders, Answer):
        return _say(orders)
    if orders.pause:
        from initd.cli.pause import pause

        return pause(called, shim)
    try:
        return _resolve(orders, environ, text)
    except Mistakes as mistakes:  # in initd's own variables, or its file
        return _say(Answer(f"{mistakes}\n", 2, EXIT_OWN))


def _began(words: Sequence[str]) -> tuple[InheritedSignals, Sequence[str]]:
    """What the launcher has noted of its signals, and the words without that."""
    if len(words) < 2 or words[0] != SIGNALS:
        return NOTHING_UNUSUAL, words
    blocked, _, ignored = words[1].partition(":")
    if not (blocked.isdecimal() and ignored.isdecimal()):
        return NOTHING_UNUSUAL, words
    return InheritedSignals(int(blocked), int(ignored)), words[2:]


def _resolve(orders: Orders, environ: dict[bytes, bytes], text: dict[str, str]) -> Settings:
    name = orders.emulation.name
    given = from_environment({key: text[key] for key in text if key.startswith("INITD_")})
    for option, texts in orders.options.items():
        given[option] = tuple(RawValue(each, f"-- of {name}") for each in texts)
    line = CommandLine(given, orders.command, ())
    found = read_files(line, False)
    line = above(line, found.options)
    return resolve(line, environ, kernel_hostname(), PRELOAD, found, orders.emulation)


def _say(answer: Answer) -> int:
    data = answer.text.encode(errors="surrogateescape")
    try:
        while data:
            data = data[posix.write(answer.to, data) :]
    except OSError:
        return answer.code or 1
    return answer.code
