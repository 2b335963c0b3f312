"""HTML in which nothing is left unescaped: text becomes markup only in here."""

from __future__ import annotations

from initd.monitor.http.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_ENTITIES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "`": "&#96;"}
)
_WITHOUT_END = ("meta", "link", "br")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escape(value: object) -> Markup:
    """The text of `value`, for an element or an attribute; Markup stays as it is."""
    if isinstance(value, Markup):
        return value
    return Markup(printable(str(value)).translate(_ENTITIES))


def tag(name: str, /, *inside: object, **attributes: object) -> Markup:
    """An element. `class_` is class, `http_equiv` is http-equiv; None leaves one out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _WITHOUT_END:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(inside)}</{name}>")


def join(parts: Iterable[object]) -> Markup:
    """The parts one after another, each escaped unless it is markup."""
    return Markup("".join(escape(part) for part in parts))
