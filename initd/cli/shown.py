"""The settings as `initd check` shows them: every command line without its secrets."""

from __future__ import annotations

from initd.core.redact import redacted
from initd.core.secrets import COMMAND, Secrets, Source
from initd.core.settings import Settings
from initd.core.value import with_fields


def shown(settings: Settings) -> Settings:
    """With `***` where the app's command, or that of a check, a hook or a source of secrets, has a
    password, a token, or what --redact says. For people alone: nothing is run with it."""
    return with_fields(
        settings,
        command=settings.shown_command,
        checks=tuple(
            with_fields(
                check, argv=_masked(check.argv, settings), target=_text(check.target, settings)
            )
            for check in settings.checks
        ),
        hooks=tuple(
            with_fields(hook, argv=_masked(hook.argv, settings)) for hook in settings.hooks
        ),
        secrets=_secrets(settings),
    )


def _secrets(settings: Settings) -> Secrets | None:
    if settings.secrets is None:
        return None
    sources = (
        Source(each.kind, _text(each.target, settings)) if each.kind == COMMAND else each
        for each in settings.secrets.sources
    )
    return with_fields(settings.secrets, sources=tuple(sources))


def _masked(words: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    return redacted(words, settings.redact)


def _text(text: str, settings: Settings) -> str:
    return _masked((text,), settings)[0]
