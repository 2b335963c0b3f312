"""--user: names to numbers, by the container's own /etc/passwd and /etc/group."""

from __future__ import annotations

import posix

from initd.core.start.spawn_spec import User

_HIGHEST = 2**32 - 2
_DIGITS_AT_MOST = 10


def look_up(text: str) -> tuple[User, dict[bytes, bytes]]:
    """The numbers, and what the app's environment gets: HOME, USER and LOGNAME.

    A number without an entry in /etc/passwd is taken as it is, with the group of the same
    number and no other group, so never root's. Raises ValueError.
    """
    import pwd

    name, colon, group = text.partition(":")
    try:
        entry = pwd.getpwuid(_number(name)) if _is_number(name) else pwd.getpwnam(name)
    except KeyError:
        if not _is_number(name):
            raise ValueError(f"unknown user {name!r}: not in /etc/passwd") from None
        uid = _number(name)
        gid = _group(group) if colon else uid
        return User(uid, gid, (gid,)), {b"HOME": b"/"}
    gid = _group(group) if colon else entry.pw_gid
    groups = posix.getgrouplist(entry.pw_name, gid)
    login = entry.pw_name.encode()
    additions = {b"HOME": entry.pw_dir.encode(), b"USER": login, b"LOGNAME": login}
    return User(entry.pw_uid, gid, tuple(groups)), additions


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii()


def _number(text: str) -> int:
    if len(text) > _DIGITS_AT_MOST or int(text) > _HIGHEST:
        raise ValueError(f"invalid user or group number {text}: the highest is {_HIGHEST}")
    return int(text)


def _group(text: str) -> int:
    if _is_number(text):
        return _number(text)
    import grp

    try:
        return grp.getgrnam(text).gr_gid
    except KeyError:
        raise ValueError(f"unknown group {text!r}: not in /etc/group") from None
