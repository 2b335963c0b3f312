"""The private key of an EJSON file: KEYDIR/PUBLICKEY, which the app must not be able to read."""

from __future__ import annotations

import binascii
import os
import stat

from initd.core.start.spawn_spec import User
from initd.secrets.nacl_box import public_key_of
from initd.secrets.unreadable import Unreadable

_LONGEST = 4096
_KEY_BYTES = 32


def read_key(what: str, public_key: bytes, keydir: str, user: User | None) -> bytes:
    """The private key. `what` was configured; `user` is the app's, None if it is init's own.
    Raises Unreadable, NoNacl."""
    path = f"{keydir}/{public_key.hex()}"
    try:
        with open(path, "rb") as file:
            text = file.read(_LONGEST)
            status = os.fstat(file.fileno())
    except OSError as error:
        raise Unreadable(f"{what}: its key {path}: {error.strerror}") from None
    if user is not None and user.uid not in (0, os.geteuid()) and _may_read(path, status, user):
        raise Unreadable(
            f"{what}: the app's user {user.uid} can read the key {path}: give it mode 0400, or"
            " its directory mode 0700, and an owner other than that user"
        )
    return _key_in(what, path, text, public_key)


def _key_in(what: str, path: str, text: bytes, public_key: bytes) -> bytes:
    try:
        key = binascii.unhexlify(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise Unreadable(f"{what}: {path} is not a key of 64 hexadecimal digits")
    if public_key_of(key) != public_key:
        raise Unreadable(f"{what}: the key in {path} is another one, not that of its name")
    return key


def _may_read(path: str, status: os.stat_result, user: User) -> bool:
    """Whether the user may read the file, and enter each directory that leads to it."""
    if not _has(status, user, stat.S_IROTH):
        return False
    directory = os.path.dirname(os.path.realpath(path))
    while True:
        if not _has(os.stat(directory), user, stat.S_IXOTH):
            return False
        if directory == "/":
            return True
        directory = os.path.dirname(directory)


def _has(status: os.stat_result, user: User, right: int) -> bool:
    """Whether the mode gives the user this right, which is written as that of others."""
    if status.st_uid == user.uid:
        return bool(status.st_mode & right << 6)
    if status.st_gid in (user.gid, *user.groups):
        return bool(status.st_mode & right << 3)
    return bool(status.st_mode & right)
