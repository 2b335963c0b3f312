"""An EJSON file as a source: its key is looked for, and its secrets are decrypted."""

from __future__ import annotations

from initd.secrets.ejson import ENVIRONMENT, Ejson, EjsonError, environment_of
from initd.secrets.key import read_key
from initd.secrets.nacl_box import NoNacl, open_box
from initd.secrets.unreadable import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.start.spawn_spec import User


def pairs_of(
    what: str, data: bytes, keydir: str, user: User | None, whole: str, wants_whole: bool
) -> dict[str, bytes]:
    """The variables in the file, whose content is `data`; if `wants_whole`, also all of it,
    decrypted, under the name `whole`. `what` was configured. Raises Unreadable."""
    try:
        file = Ejson(data)
        key = read_key(what, file.public_key, keydir, user)
        text = file.decrypted(lambda box: open_box(box.sealed, box.nonce, box.key, key))
    except (EjsonError, NoNacl) as error:
        raise Unreadable(f"{what}: {error}") from None
    if not wants_whole and not file.has_environment:
        raise Unreadable(f"{what}: {without_variables(whole)}")
    found = {name: _bytes(value) for name, value in environment_of(text).items()}
    if wants_whole:
        found[whole] = _bytes(text)
    return found


def without_variables(whole: str) -> str:
    """What is wrong with a file that has no object for them, and what would help."""
    return (
        f"has no object {ENVIRONMENT!r} with variables; to get the whole file decrypted:"
        f" --secret-as {whole}=file"
    )


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
