"""What the table of profiles says of processes that are there: which of them only stand in front
of a program, and the profile of a program that no command line has told, such as what `npm start`
or a script of the image runs, or has become."""

from __future__ import annotations

from initd.core.signals.aim import run_by
from initd.core.signals.known import BEHIND
from initd.core.signals.profile import recognise
from initd.core.signals.stop_plan import plan_of
from initd.core.signals.unwrap import layers
from initd.core.signals.wrappers import called, wrapper_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from initd.core.signals.aim import Process
    from initd.core.signals.profile import Profile


def is_wrapper(words: Sequence[str]) -> bool:
    """Whether a process with this command line stays in front of the program that it runs, so
    that a signal is for that."""
    if wrapper_of(words) is not None:
        return True
    plain = called(words)
    inner = layers(plain)
    if inner and inner[-1].reached == BEHIND:
        return True
    found = recognise((), plain, {})
    return found is not None and found.is_wrapper


def found_profile(
    processes: Iterable[Process], app: int, own: Sequence[Mapping[str, Any]]
) -> Profile | None:
    """That of the first program that is known; `own` are the user's profiles. None where a script
    runs several that want different signals: then each gets the default."""
    found = []
    for each in run_by(processes, app, is_wrapper):
        environ = dict(pair.partition("=")[::2] for pair in each.environ)
        profile = recognise(own, each.words, environ)
        if profile is not None:
            found.append(profile)
    firsts = {plan_of(each.stop)[0].signal for each in found}
    return found[0] if len(firsts) == 1 else None
