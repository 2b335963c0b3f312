"""--env-file: NAME=VALUE a line, as `docker run --env-file` reads it.

No quotes and no expansions: the value is all that stands behind the first `=`.
A byte order mark, which editors on Windows leave, is no part of the first name.
A line with a name alone takes that variable from the container's environment.
What the file says wins over the container's environment.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_env_file(path: str, environ: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The variables. Raises OSError, or ValueError with the line's number."""
    with open(path, "rb") as file:
        lines = file.read().removeprefix(_BYTE_ORDER_MARK).split(b"\n")
    found: dict[bytes, bytes] = {}
    for number, line in enumerate(lines, 1):
        line = line.lstrip().removesuffix(b"\r")
        if not line or line.startswith(b"#"):
            continue
        name, equals, value = line.partition(b"=")
        if name.split() != [name] or b"\0" in line:
            shown = line.decode(errors="replace")
            raise ValueError(f"{path}, line {number}: {shown!r} is no NAME=VALUE")
        if equals:
            found[name] = value
        elif name in environ:
            found[name] = environ[name]
    return found
