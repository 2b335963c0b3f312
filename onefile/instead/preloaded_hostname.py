"""The host name that a program sees with the library preloaded, asked of a program of the
image: a static program such as this one can load no library. Stands in for
initd/linux/preloaded_hostname.py."""

from __future__ import annotations

import os
import subprocess

from initd_hostname_library import LIBRARY

from initd.linux.dynamic_loader import NobodyToAsk, has_loader, interpreter_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = b"INITD_HOSTNAME"

#: Programs that print the name; a static one ignores the library.
_ASKED = (["/bin/uname", "-n"], ["/usr/bin/uname", "-n"], ["/bin/hostname"], ["/usr/bin/hostname"])
_TIMEOUT = 30.0


def preloaded_hostname(library: str, environ: Mapping[bytes, bytes] | None = None) -> str:
    """What such a program prints. It preloads the library that this file brings along, from
    memory: at its path there may be none yet. Raises NobodyToAsk where no program can be asked
    but another one could load the library; and OSError, both with a sentence for people."""
    words = next(filter(_is_dynamic, _ASKED), None)
    if words is None and has_loader():
        raise NobodyToAsk("no uname or hostname here that is linked dynamically, to ask with it")
    if words is None:
        raise OSError("no dynamic loader here, so no program can load the library")
    memory = os.memfd_create("hostname.so", 0)
    try:
        os.write(memory, LIBRARY)
        given = {**(os.environb if environ is None else environ)}
        given[b"LD_PRELOAD"] = b"/proc/self/fd/%d" % memory
        done = subprocess.run(
            words,
            env=given,
            pass_fds=[memory],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OSError(f"{words[0]} does not end within {_TIMEOUT:g} s") from None
    finally:
        os.close(memory)
    if done.returncode or done.stderr:
        said = done.stderr.decode("utf-8", "surrogateescape").strip()
        raise OSError(f"{' '.join(words)} with {library}: {said or done.returncode}")
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def _is_dynamic(words: list[str]) -> bool:
    try:
        return bool(interpreter_of(words[0]))
    except OSError:
        return False
