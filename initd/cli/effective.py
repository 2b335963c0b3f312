"""The effective configuration, one row for each option: its value and its source."""

from __future__ import annotations

import shlex

from initd.config.options import OPTIONS
from initd.config.values.capability import names_in
from initd.config.values.limit import RESOURCES, UNLIMITED
from initd.core.life.restart import text_of as restart_text
from initd.core.secrets import NOTHING, RESTART
from initd.core.signals.numbers import DROP, name_of
from initd.core.signals.stop_plan import text_of as plan_text
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.life.hook import Hook
    from initd.core.registry.place import Place
    from initd.core.secrets import Secrets
    from initd.core.settings import Settings
    from initd.core.start.spawn_spec import Limit

#: Shown in other rows: --domain in the host name, --config in the sources.
_MERGED = ("domain", "cap_keep", "config")
_FROM_PROFILE = "profile"


class Row(Value):
    """`value` is for programs (as JSON has it; None where nothing is set), `text` for
    people, `source` a flag, a variable, a file with its key, a profile, or `default`."""

    name: str
    value: Any
    text: str
    source: str


def rows(settings: Settings) -> list[Row]:
    """The command, then every option, in the order of --help."""
    names = [option.name for option in OPTIONS if option.name not in _MERGED]
    return [_row(name, settings) for name in ("command", *names)]


def _row(name: str, settings: Settings) -> Row:
    value = _plain(_VALUES[name](settings) if name in _VALUES else getattr(settings, name))
    source = settings.origins.get(name, "default")
    if name == "clean_code" and settings.profile is not None and settings.profile.clean:
        own = f"{_FROM_PROFILE} {settings.profile.name}"
        source = own if source == "default" else f"{own}, {source}"
    if name == "rewrite" and value is not None:
        source = ", ".join(dict.fromkeys(rule.source for rule in settings.signal_map.values()))
    return Row(name, value, _text(name, value), source)


def _plain(value: Any) -> Any:
    """As JSON has it; None for an empty list or text."""
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value] or None
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value) or None


def _text(name: str, value: Any) -> str:
    if name == "command":
        return shlex.join(value)
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _user(settings: Settings) -> str | None:
    user = settings.user
    if user is None:
        return None
    groups = f", groups {' '.join(map(str, user.groups))}" if user.groups else ""
    return f"{user.uid}:{user.gid}{groups}"


def _limit(limit: Limit) -> str:
    names = {number: name for name, number in RESOURCES.items()}
    amounts = [
        "unlimited" if amount == UNLIMITED else str(amount) for amount in (limit.soft, limit.hard)
    ]
    return f"{names.get(limit.resource, limit.resource)}={':'.join(amounts)}"


def _hook(hook: Hook) -> str:
    return f"{hook.moment} ({shlex.join(hook.argv)})"


def _register(settings: Settings) -> str | None:
    register = settings.register
    return (
        None if register is None else f"{_place(register.place)}/{register.name or '(host name)'}"
    )


def _place(place: Place) -> str:
    hosts = ",".join(f"{host}:{port}" for host, port in place.hosts)
    return f"{place.kind}{'s' if place.secure else ''}://{hosts}{place.prefix}"


def _rewrites(settings: Settings) -> list[str]:
    return [
        f"{name_of(number)}:{0 if rule.out == DROP else name_of(rule.out)}"
        for number, rule in sorted(settings.signal_map.items())
    ]


def _signal(number: int) -> str | None:
    return name_of(number) if number else None


def _number(seconds: float | None) -> float | None:
    return int(seconds) if seconds is not None and seconds.is_integer() else seconds


#: The options that together are one field of Settings.
_SECRETS: dict[str, Callable[[Secrets], Any]] = {
    "secrets": lambda secrets: [source.text for source in secrets.sources],
    "secrets_as": lambda secrets: secrets.way,
    "secret_as": lambda secrets: [f"{name}={way}" for name, way in secrets.named.items()],
    "secrets_patience": lambda secrets: _number(secrets.patience),
    "ejson_keydir": lambda secrets: secrets.keydir,
    "on_reload": lambda secrets: (
        RESTART if secrets.reload.restarts else _signal(secrets.reload.signal) or NOTHING
    ),
}


def _of_secrets(name: str) -> Callable[[Settings], Any]:
    """None where there are no secrets."""
    value = _SECRETS[name]
    return lambda settings: value(settings.secrets) if settings.secrets is not None else None


#: Where the field of Settings has another name, or needs another form.
_VALUES: dict[str, Callable[[Settings], Any]] = {
    "rewrite": _rewrites,
    "profile": lambda settings: settings.profile.name if settings.profile is not None else None,
    "stop_plan": lambda settings: plan_text(settings.stop_plan),
    "grace": lambda settings: _number(settings.grace),
    "drain": lambda settings: _number(settings.drain) or None,
    "leftovers": lambda settings: plan_text(settings.leftovers) if settings.leftovers else None,
    "stop_signal": lambda settings: name_of(settings.stop_signal),
    "clean_code": lambda settings: settings.clean_codes,
    "user": _user,
    "chdir": lambda settings: settings.directory,
    "umask": lambda settings: f"{settings.umask:03o}" if settings.umask is not None else None,
    "cap_drop": lambda settings: names_in(settings.capabilities_dropped),
    "limit": lambda settings: [_limit(limit) for limit in settings.limits],
    "env_file": lambda settings: settings.env_files,
    **{name: _of_secrets(name) for name in _SECRETS},
    "parent_death": lambda settings: _signal(settings.parent_death),
    "death_signal": lambda settings: _signal(settings.death_signal),
    "restart": lambda settings: restart_text(settings.restart),
    "check": lambda settings: [f"{each.name} ({each.kind})" for each in settings.checks],
    "register": _register,
    "watch": lambda settings: [f"{each.name} ({_place(each.place)})" for each in settings.watches],
    "hook": lambda settings: [_hook(each) for each in settings.hooks],
    "verbose": lambda settings: settings.verbosity,
}
