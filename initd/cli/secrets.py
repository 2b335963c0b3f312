"""`initd secrets` and `initd reload`: names, places and rereading; no value comes here."""

from __future__ import annotations

from initd.cli.control import ask
from initd.core.secrets import ENV
from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.cli.verbs import Call

#: pid 1 answers when the secrets have been read, and bounds that itself (--secrets-patience).
_TIMEOUT = 3700.0


def reload(call: Call) -> int:
    """Has the secrets read again, and says what followed."""
    then = ask(call, {"verb": "reload"}, _TIMEOUT)["then"]
    print(f"the secrets have been read again; then: {then}")
    return 0


def secrets(call: Call) -> int:
    """Lists what the app has got."""
    answer = ask(call, {"verb": "secrets"})
    if call.has("--json"):
        print(encode(answer))
        return 0
    rows = [("NAME", "SOURCE", "REACHES THE APP AS"), *map(_row, answer["secrets"])]
    widths = [max(len(row[at]) for row in rows) for at in range(2)]
    for name, source, way in rows:
        print(f"{name:{widths[0]}}  {source:{widths[1]}}  {way}")
    if answer["unread"]:
        print(f"The last reload has failed: {answer['unread']}")
    return 0


def _row(secret: dict[str, Any]) -> tuple[str, str, str]:
    way = f"variable {secret['at']}" if secret["as"] == ENV else f"file {secret['at']}"
    return secret["name"], secret["source"], way
