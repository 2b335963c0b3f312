"""What pid 1 knows again when it wakes up."""

from __future__ import annotations

from initd.core.frozen import thaw
from initd.core.plain import from_plain
from initd.core.supervisor import Supervisor
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.settings import Settings
    from initd.core.start.spawn_spec import SpawnSpec


class Known(Value, kw_only=True):
    """`children` and `secrets` are as they were kept, `control` the socket's descriptor and path,
    `hosts` as Bootstrap has it.
    `differs` says how the app was started otherwise than it would have been now."""

    settings: Settings
    spec: SpawnSpec
    supervisor: Supervisor
    children: dict[str, Any]
    control: tuple[int, str] | None
    lines_dropped: int
    messages: dict[str, Any] | None = None
    hosts: tuple[str, int] | None = None
    secrets: dict[str, Any] | None = None
    differs: dict[str, Any] = {}


def known(kept: dict[str, Any]) -> Known:
    """What Python itself has written, falling asleep."""
    supervisor = Supervisor(from_plain(kept["policy"]))
    thaw(supervisor, from_plain(kept["supervisor"]))
    control, messages, secrets = kept["control"], kept["messages"], kept["secrets"]
    hosts = kept["hosts"]
    return Known(
        settings=from_plain(kept["settings"]),
        spec=from_plain(kept["spec"]),
        supervisor=supervisor,
        children=from_plain(kept["children"]),
        control=None if control is None else (control[0], control[1]),
        lines_dropped=kept["lines_dropped"],
        hosts=None if hosts is None else (hosts[0], hosts[1]),
        messages=None if messages is None else from_plain(messages),
        secrets=None if secrets is None else from_plain(secrets),
    )
