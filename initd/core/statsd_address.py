"""Where a StatsD relay listens."""

from __future__ import annotations

from initd.core.value import Value


class StatsdAddress(Value):
    """A host and a port of UDP, or the path of a unix datagram socket; the other is ""."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
