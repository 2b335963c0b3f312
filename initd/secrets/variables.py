"""Secrets as variables: what the app's process reads before its exec (shim/secrets.h)."""

from __future__ import annotations

from initd.core.secrets import is_variable
from initd.secrets.unreadable import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.secrets.unreadable import Found

#: With the name, the sign and the NUL (MAX_ARG_STRLEN of execve(2)).
_LONGEST = 131072
#: SECRETS_LONGEST of shim/secrets.h.
BLOCK_LONGEST = 1 << 20


def block_of(variables: Sequence[Found], removed: Sequence[str], others: dict[str, str]) -> bytes:
    """The bytes: `removed` variables go, `others` are set too. Raises Unreadable."""
    parts = [name.encode(errors="surrogateescape") for name in removed]
    for secret in variables:
        what = f"--secrets {secret.source}: {secret.name}"
        if not is_variable(secret.name):
            raise Unreadable(
                f"{what}: invalid name of a variable: use --secret-as {secret.name}=file, or =none"
            )
        if b"\0" in secret.value:
            raise Unreadable(f"{what}: contains a NUL, which no variable can: use =file")
        entry = secret.name.encode() + b"=" + secret.value
        if len(entry) >= _LONGEST:
            raise Unreadable(f"{what}: is too long for a variable: --secret-as {secret.name}=file")
        parts.append(entry)
    parts += [f"{name}={value}".encode() for name, value in others.items()]
    block = b"".join(part + b"\0" for part in parts) + b"\0"
    if len(block) >= BLOCK_LONGEST:
        raise Unreadable(
            f"--secrets: all variables together are longer than {BLOCK_LONGEST >> 20} MiB:"
            " --secrets-as file"
        )
    return block
