"""Hosts that all want the same image at the same moment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from docker.waiting import PATIENCE

from .handmade import Image
from .registry import HOST, Registry


class Herd:
    """Clients that all fetch the layers of an image at the same moment, and compare them as they
    come."""

    def __init__(
        self,
        registry: Registry,
        image: Image,
        name: str,
        clients: int,
        layers: Sequence[str] = (),
    ) -> None:
        # The processes are there first, and wait for the end of the pipe.
        fetch = 'read -r go; curl --silent --fail --user "$1" "$2" | cmp --quiet - "$3"'
        gate, lock = os.pipe()
        self._clients = [
            subprocess.Popen(
                ["sh", "-c", fetch, "sh", ":".join(HOST), url, image.directory / layer],
                stdin=gate,
            )
            for _ in range(clients)
            for layer in layers or image.layers
            for url in [registry.url(f"/v2/{name}/blobs/{layer}")]
        ]
        os.close(gate)
        os.close(lock)

    def whole(self, within: float = PATIENCE) -> int:
        """How many layers came bit for bit, once all clients have ended: each so many seconds after
        the one before it at the latest."""
        return [client.wait(timeout=within) for client in self._clients].count(0)
