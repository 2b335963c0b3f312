"""A hook in words, for `initd check`: when it is run, for how long, and what follows."""

from __future__ import annotations

from initd.core.life.hook import CHANGE, END, READY, START, STOP
from initd.core.life.restart import RESTART

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life.hook import Hook

_WHEN = {
    START: "before each start, which waits for it",
    READY: "when the app is ready for the first time",
    STOP: "before a stop's first signal, which waits for it",
    END: "when the app has ended, before the container ends or the app starts again",
    CHANGE: "when readiness is lost or regained, or a watch has seen a change",
}


def hook_words(hook: Hook) -> str:
    """One line."""
    user = f" as {hook.user}" if hook.user else ""
    words = " ".join(hook.argv)
    return f"{_WHEN[hook.moment]}: {words}{user}, up to {hook.patience:g} s; {_then(hook)}"


def _then(hook: Hook) -> str:
    if hook.on_failure == "stop":
        end = "with 125" if hook.moment == START else "with the app's exit code, or 1 if that is 0"
        return f"if it fails, the container ends {end}"
    if hook.on_failure == RESTART:
        again = "it is run again, later" if hook.moment == START else "the app is started again"
        return f"if it fails, {again}"
    return "if it fails, nothing follows"
