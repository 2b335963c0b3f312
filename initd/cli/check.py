"""`initd check`: what would run, with which map and plan, and where each value is from."""

from __future__ import annotations

import sys

from initd.cli.asking import Asked, settings_from
from initd.cli.main import EXIT_OWN
from initd.config.mistake import Mistakes
from initd.core.restart import text_of as restart_text
from initd.core.signals import DROP, name_of
from initd.core.stop_plan import text_of
from initd.linux.environment import given_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.core.settings import Settings

_WHOM = {
    "process": "the app's process",
    "group": "the app's process group",
    "all": "every process in the container",
}


def check(words: Sequence[str]) -> int:
    """Prints the plan, or every mistake; 125 if there is one. Starts nothing."""
    try:
        settings = settings_from(words, given_environment())
    except Mistakes as mistakes:
        print(mistakes, file=sys.stderr)
        return EXIT_OWN
    except Asked as asked:
        print(asked.answer, end="")
        return 0
    print("\n".join(_describe(settings)))
    return 0


def _describe(settings: Settings) -> list[str]:
    import shlex

    profile = settings.profile
    values = {
        "command": shlex.join(settings.command),
        "profile": profile.name if profile is not None else "none",
        "stop_plan": text_of(settings.stop_plan),
        "stop_signal": name_of(settings.stop_signal),
        "target": settings.target,
        "clean": ", ".join(map(str, settings.clean_codes)) or None,
        "user": _user(settings),
        "chdir": settings.directory,
        "umask": f"{settings.umask:03o}" if settings.umask is not None else None,
        "hostname": settings.hostname,
        "role": settings.role,
        "socket": settings.socket,
        "restart": restart_text(settings.restart),
        "on_unhealthy": settings.on_unhealthy if settings.checks else None,
        "check": ", ".join(f"{each.name} ({each.kind})" for each in settings.checks) or None,
        "notify": "on" if settings.notify else None,
        "http": ", ".join(map(str, settings.http)) or None,
        "statsd": str(settings.statsd) if settings.statsd is not None else None,
        "log_format": settings.log_format,
    }
    lines = [
        f"{name:12} {value}    [{settings.origins.get(name, 'profile')}]"
        for name, value in values.items()
        if value is not None
    ]
    return [*lines, "", *_signals(settings)]


def _user(settings: Settings) -> str | None:
    user = settings.user
    if user is None:
        return None
    return f"{user.uid}:{user.gid}, groups {', '.join(map(str, user.groups))}"


def _signals(settings: Settings) -> list[str]:
    whom = _WHOM[settings.target]
    lines = [f"SIG{name_of(settings.stop_signal)}: {_plan(settings)}"]
    for number, rule in sorted(settings.signal_map.items()):
        if number != settings.stop_signal or rule.out == DROP:
            what = "is dropped" if rule.out == DROP else f"becomes {name_of(rule.out)}, to {whom}"
            lines.append(f"SIG{name_of(number)}: {what}    [{rule.source}]")
    if settings.signal_map.get(settings.stop_signal) is not None:
        lines = lines[1:] if _stop_is_dropped(settings) else lines
    lines.append(f"every other signal: as it is, to {whom}")
    profile = settings.profile
    if profile is not None and "bare" in profile.facts:
        lines.append(f"bare TERM would do this to {profile.name}: {profile.facts['bare']}")
    return lines


def _stop_is_dropped(settings: Settings) -> bool:
    return settings.signal_map[settings.stop_signal].out == DROP


def _plan(settings: Settings) -> str:
    words = []
    for step in settings.stop_plan:
        words.append(f"{name_of(step.signal)} to {_WHOM[settings.target]}")
        if step.patience is not None:
            words.append(f"wait {step.patience:g} s")
    return ", then ".join([*words, "wait for the engine"])
