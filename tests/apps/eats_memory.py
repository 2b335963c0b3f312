"""Takes memory and holds it, until the kernel says that there is no more."""

from __future__ import annotations

held: list[bytearray] = []
print("ready", flush=True)
while True:
    held.append(bytearray(b"x" * (1 << 20)))
