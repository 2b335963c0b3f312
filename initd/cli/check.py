"""`initd check`: what would run, each value with its source, and what each signal would do, in
words. Starts nothing, and compiles the configuration files."""

from __future__ import annotations

from initd.cli.effective import Row, rows
from initd.cli.findings import findings
from initd.cli.shown import shown
from initd.cli.sources import settings_from
from initd.config.mistake import Mistake, Mistakes
from initd.core.explain import signals as explain
from initd.core.explain.checks import check_words
from initd.core.explain.hooks import hook_words
from initd.core.signals.numbers import name_of
from initd.core.signals.profile_table import TABLE
from initd.core.signals.route import DELIVERED, DROPPED, STOPS
from initd.json_codec import encode
from initd.linux.environment import given_environment
from initd.linux.kernel_hostname import kernel_hostname

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.cli.findings import Finding
    from initd.cli.verbs import Call
    from initd.core.settings import Settings
    from initd.core.signals.profile import Profile
    from initd.core.signals.route import SignalRoute


_RULED = (DELIVERED, DROPPED)


def check(call: Call) -> int:
    """Prints the settings, what follows from them and what to be warned of, or every mistake; 125
    if there is one."""
    as_json = call.has("--json")
    try:
        settings = settings_from(call.rest, given_environment(), checking=True)
        found = findings(settings)
        settings = shown(settings)
        secrets = _secrets(settings)
        if settings.strict and found:
            raise Mistakes(tuple(Mistake(where, what) for where, what in found))
    except Mistakes as mistakes:
        if as_json:
            listed = [{"where": each.where, "what": each.sentence} for each in mistakes.found]
            print(encode({"mistakes": listed}))
        raise
    if as_json:
        print(encode({**_for_programs(settings, found), "secrets": secrets}))
    else:
        print("\n".join([*_for_people(settings, secrets), *_warnings(found)]))
    return 0


def _secrets(settings: Settings) -> list[str]:
    """What can be said of them here, a line for each source; no value is looked at. Raises
    Mistakes."""
    if settings.secrets is None:
        return []
    from initd.secrets.look import look

    lines, mistakes = look(settings.secrets, settings.environ)
    if mistakes:
        raise Mistakes(tuple(Mistake(where, what) for where, what in mistakes))
    return lines


# ---- for people ---------------------------------------------------------------------


def _for_people(settings: Settings, secrets: list[str]) -> list[str]:
    lines = [*_table(rows(settings)), "", "Signals"]
    lines += [f"  {names}: {words}" for words, names in _by_words(settings).items()]
    to = explain.whom(settings.target, settings.profile)
    lines.append(f"  every other signal: unchanged, to {to}")
    if settings.profile is not None:
        bare = _facts_of(settings.profile).get("bare")
        if bare is not None:
            lines.append(f"  (a plain TERM would do this to {settings.profile.name}: {bare})")
    lines += ["", *(f"{when}: {what}" for when, what in _occasions(settings).items())]
    if settings.checks:
        lines += ["", "Checks"]
        lines += [f"  {check.name}: {check_words(check)}" for check in settings.checks]
    if secrets:
        lines += ["", "Secrets", *(f"  {line}" for line in secrets)]
    if settings.hooks:
        lines += ["", "Hooks"]
        lines += [f"  {hook.moment}: {hook_words(hook)}" for hook in settings.hooks]
    return lines


def _warnings(found: list[Finding]) -> list[str]:
    """What is not as it should be, each with its place; the last lines, where they are seen."""
    if not found:
        return []
    return ["", "Warnings", *(f"  {where}: {what}" for where, what in found)]


def _facts_of(profile: Profile) -> Mapping[str, Any]:
    """All that is known of it: what pid 1 has of initd's own is what it acts on."""
    if "of_user" in profile.facts:
        return profile.facts
    return next(row for row in TABLE if row["name"] == profile.name)


def _table(all_rows: list[Row]) -> list[str]:
    """What is set, by somebody or by a profile; the rest is left out."""
    shown = [row for row in all_rows if row.value]
    width = max(len(row.name) for row in shown)
    return [f"{row.name:{width}}  {row.text}    [{row.source}]" for row in shown]


def _by_words(settings: Settings) -> dict[str, str]:
    """What becomes of the signals that are not simply passed on, with their names: first those
    that have a rule."""
    special = [each for each in _routes(settings) if not _is_plain(each)]
    main = settings.stop_signal
    special.sort(key=lambda each: (each.does not in (STOPS, *_RULED), each.number != main))
    found: dict[str, str] = {}
    for each in special:
        words = explain.route_words(each, settings)
        found[words] = f"{found[words]}, {_name(each)}" if words in found else _name(each)
    return found


def _routes(settings: Settings) -> tuple[SignalRoute, ...]:
    return explain.routes(settings.signal_policy())


def _is_plain(route: SignalRoute) -> bool:
    return route.does == DELIVERED and route.out == route.number and not route.asks


def _name(route: SignalRoute) -> str:
    source = f" [{route.source}]" if route.source != "default" else ""
    name = name_of(route.number)
    return (name if name.isdecimal() else f"SIG{name}") + source


def _occasions(settings: Settings) -> dict[str, str]:
    found = {
        "Host name": _host_name(settings),
        "When the app exits by itself": explain.end_words(settings.restart, settings.clean_codes),
        "What happens to processes that outlive the app": explain.survivor_words(
            settings.leftovers
        ),
        "initd restart": explain.restart_words(settings),
    }
    found["While nothing happens"] = explain.sleep_words(settings)
    whom = explain.aim_words(settings)
    if whom is not None:
        found["Who gets signals"] = whom
    unhealthy = explain.unhealthy_words(settings)
    if unhealthy is not None:
        found["When a liveness check fails"] = unhealthy
    return found


def _host_name(settings: Settings) -> str:
    if settings.hostname is None:
        return f"{kernel_hostname()}, the kernel's own: nothing is preloaded"
    return f"{settings.hostname}, preloaded [{settings.origins['hostname']}]"


# ---- for programs -------------------------------------------------------------------


def _for_programs(settings: Settings, found: list[Finding]) -> dict[str, Any]:
    return {
        "settings": {
            row.name: {"value": row.value, "source": row.source} for row in rows(settings)
        },
        "signals": {name_of(route.number): _route(route, settings) for route in _routes(settings)},
        "stop": [
            {"signal": name_of(step.signal), "patience_seconds": step.patience}
            for step in settings.stop_plan
        ],
        "warnings": [{"where": where, "what": what} for where, what in found],
        "also_sent": [name_of(number) for number in explain.also_sent(settings.target)],
        "occasions": _occasions(settings),
        "checks": {check.name: check_words(check) for check in settings.checks},
        "hooks": {hook.moment: hook_words(hook) for hook in settings.hooks},
    }


def _route(route: SignalRoute, settings: Settings) -> dict[str, Any]:
    return {
        "does": route.does,
        "out": name_of(route.out) if route.out else None,
        "source": route.source,
        "words": explain.route_words(route, settings),
    }
