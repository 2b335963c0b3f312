"""A start under another init's name: its words and variables to settings, or its answer."""

from __future__ import annotations

import posix

from initd.config.command_line import (
    CommandLine,
    RawValue,
    above,
    decoded,
    from_environment,
    unknown_variables,
)
from initd.config.mistake import Mistakes
from initd.config.resolve import resolve
from initd.config.toml.file_config import FileConfig
from initd.config.toml.files import read_files
from initd.core.drop_in import PEERS, translate
from initd.core.drop_in.translation import (
    ERR,
    NO_INHERITED_SIGNALS,
    ImmediateExit,
    InheritedSignals,
    basename,
)
from initd.core.start.exit_codes import EXIT_OWN
from initd.installed import library_for_start
from initd.linux.environment import given_environment
from initd.linux.kernel_hostname import kernel_hostname

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.core.drop_in.translation import Translation
    from initd.core.settings import Settings

#: The launcher's, before the words (shim/launcher.c).
SIGNALS = "--signals"
_OWN_NAME = "initd"
#: What execvp(3) uses where PATH is unset.
_PATH = b"/bin:/usr/bin"


def settings_as(called: str, words: Sequence[str], shim: str) -> Settings | int:
    """The settings where initd is `called` so; the exit code where there is nothing to run."""
    if basename(called) not in PEERS:
        return _exit_with_error(f"initd: --as: unknown init {called!r}: use {', '.join(PEERS)}")
    environ = given_environment()
    inherited_signals, words = _inherited_signals(words)
    translation = translate(called, words, decoded(environ), posix.getpid(), inherited_signals)
    if isinstance(translation, ImmediateExit):
        return _exit(translation)
    if translation.pause:
        from initd.cli.pause import pause

        return pause(called, shim)
    try:
        return _resolve(translation, environ)
    except Mistakes as mistakes:  # in initd's own variables, or its file
        return _exit_with_error(str(mistakes))


def _inherited_signals(words: Sequence[str]) -> tuple[InheritedSignals, Sequence[str]]:
    """The signals that the launcher has recorded, and the words without them."""
    if len(words) < 2 or words[0] != SIGNALS:
        return NO_INHERITED_SIGNALS, words
    blocked, _, ignored = words[1].partition(":")
    if not (blocked.isdecimal() and ignored.isdecimal()):
        return NO_INHERITED_SIGNALS, words
    return InheritedSignals(blocked=int(blocked), ignored=int(ignored)), words[2:]


def _resolve(translation: Translation, environ: dict[bytes, bytes]) -> Settings:
    emulation = translation.emulation
    fronts_initd = _is_initd(translation.command[0], environ)
    if fronts_initd:
        # `docker run --init` with an image of initd's: the variables and the file are for that one.
        emulation = emulation.before_initd()
    variables = {} if fronts_initd else decoded(environ, b"INITD_")
    options, (misspelt, warnings) = from_environment(variables), unknown_variables(variables)
    for option, texts in translation.options.items():
        options[option] = tuple(RawValue(each, f"-- of {emulation.name}") for each in texts)
    line = CommandLine(options, translation.command, misspelt, warnings)
    file = FileConfig() if fronts_initd else read_files(line)
    line = above(line, file.options)
    return resolve(line, environ, kernel_hostname(), library_for_start(), file, emulation)


def _is_initd(program: str, environ: dict[bytes, bytes]) -> bool:
    """By its name, or by that of what a link points to (`initd link`)."""
    name = basename(program)
    if name not in PEERS:
        return name == _OWN_NAME
    path = environ.get(b"PATH", _PATH).decode(errors="surrogateescape")
    places = [program] if "/" in program else [f"{each}/{program}" for each in path.split(":")]
    for place in places:
        try:
            return basename(posix.readlink(place)) == _OWN_NAME
        except FileNotFoundError:
            continue
        except OSError:  # it is not a link
            return False
    return False


def _exit_with_error(sentence: str) -> int:
    return _exit(ImmediateExit(text=f"{sentence}\n", descriptor=ERR, exit_code=EXIT_OWN))


def _exit(what: ImmediateExit) -> int:
    """Writes the text; returns the exit code, or 1 for a text that could not be written."""
    data = what.text.encode(errors="surrogateescape")
    try:
        while data:
            data = data[posix.write(what.descriptor, data) :]
    except OSError:
        return what.exit_code or 1
    return what.exit_code
