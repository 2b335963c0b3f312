"""A hook: a command that init runs at a moment of the app's life."""

from __future__ import annotations

from initd.core.life.restart import NOTHING, ON_UNHEALTHY
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.start.spawn_spec import User

START, READY, STOP, END, CHANGE = "start", "ready", "stop", "end", "change"
MOMENTS = (START, READY, STOP, END, CHANGE)
#: What may follow from a failure, and what does unless somebody says otherwise. A stop and an end
#: go on in any case.
ON_FAILURE: dict[str, tuple[str, ...]] = {
    START: ("stop", "restart", "nothing"),
    READY: ON_UNHEALTHY,
    STOP: (NOTHING,),
    END: (NOTHING,),
    CHANGE: ON_UNHEALTHY,
}
#: Seconds that a hook may take, unless somebody says otherwise.
PATIENCE = 10.0


class Hook(Value, kw_only=True):
    """`user` is how somebody wrote it, "" for the app's; `account` who that is, and `login` what
    the environment of a login as that user has."""

    moment: str
    argv: tuple[str, ...]
    user: str = ""
    patience: float = PATIENCE
    on_failure: str = NOTHING
    account: User | None = None
    login: Mapping[bytes, bytes] = {}

    def changed(self, **fields: Any) -> Hook:
        """The same but for these fields."""
        names: tuple[str, ...] = Hook.__match_args__
        own: dict[str, Any] = {name: getattr(self, name) for name in names}
        return Hook(**{**own, **fields})
