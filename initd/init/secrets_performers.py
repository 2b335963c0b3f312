"""What the loop does about secrets: imported only where there are any."""

from __future__ import annotations

from time import monotonic

from initd.core.life import actions as do
from initd.core.life import events as ev

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.init.bootstrap.secrets_link import SecretsLink
    from initd.init.control import Control

#: In seconds: the answer is to come before the connection is closed.
_MARGIN = 5.0


def performers(
    secrets: SecretsLink, control: Control | None
) -> dict[type[do.Action], Callable[[Any], list[ev.Event] | None]]:
    """What carries out each action."""

    def read(action: do.ReadSecrets) -> list[ev.Event]:
        if control is not None:
            control.keep_waiting(action.client, monotonic() + secrets.longest + _MARGIN)
        try:
            secrets.begin_again(action.client)
        except OSError as error:
            why = f"cannot start the process that reads them: {error.strerror}"
            return [ev.SecretsRead(action.client, why, 0)]
        return []

    def reply(action: do.ReplySecrets) -> None:
        if control is not None:
            control.reply(action.client, {"secrets": secrets.names, "unread": secrets.why})

    return {
        do.ReadSecrets: read,
        do.AbandonSecrets: lambda action: secrets.abandon(),
        do.ReplySecrets: reply,
    }
