"""--env-file: NAME=VALUE a line, as `docker run --env-file` reads it.

No quotes and no expansions: the value is all that follows the first `=`.
A byte order mark, which editors on Windows leave, does not count.
A line with a name alone leaves that variable as it is in the container's environment.
What the file says wins over the container's environment.
"""

from __future__ import annotations

from initd.config import believed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.shell_words import Lookup

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_env_file(path: str, lookup: Lookup) -> dict[bytes, bytes]:
    """The variables that the file sets; `lookup` tells what is set already. Raises OSError,
    or ValueError with the line's number."""
    data = believed.read(path)
    found: dict[bytes, bytes] = {}
    for number, line in enumerate(data.removeprefix(_BYTE_ORDER_MARK).split(b"\n"), 1):
        line = line.lstrip().removesuffix(b"\r")
        if not line or line.startswith(b"#"):
            continue
        name, equals, value = line.partition(b"=")
        if name.split() != [name] or b"\0" in line:
            # The line is not shown: it may be part of a secret.
            raise ValueError(f"{path}, line {number}: expected NAME=VALUE")
        if equals:
            found[name] = value
        elif name in found and lookup(name.decode(errors="surrogateescape")) is not None:
            del found[name]
    return found
