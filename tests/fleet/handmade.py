"""Images put together by hand: layers of random bytes, which nothing compresses, in no time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from docker.waiting import eventually

from .registry import BUILDER, Registry

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


@dataclass(frozen=True)
class Image:
    """Its blobs are files in a directory, each with its digest for a name."""

    directory: Path
    layers: tuple[str, ...]
    config: str
    manifest: bytes

    @property
    def blobs(self) -> tuple[str, ...]:
        return (*self.layers, self.config)

    @property
    def digest(self) -> str:
        return _digest(self.manifest)

    @property
    def size(self) -> int:
        return sum((self.directory / blob).stat().st_size for blob in self.blobs)


def make(directory: Path, *megabytes: int) -> Image:
    """An image with layers of these sizes."""
    made = (_layer(number, size) for number, size in enumerate(megabytes))
    layers = tuple(_stored(directory, each) for each in made)
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": layers},
    }
    stored = _stored(directory, json.dumps(config).encode())
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _described(directory, stored, _CONFIG),
        "layers": [_described(directory, each, _LAYER) for each in layers],
    }
    return Image(directory, layers, stored, json.dumps(manifest).encode())


def push(registry: Registry, image: Image, name: str, tag: str) -> None:
    """As docker does it: the blobs that are not there yet, and then the manifest under its tag."""
    for blob in image.blobs:
        if registry.ask(f"/v2/{name}/blobs/{blob}", "--head", user=BUILDER).status != 200:
            _let_in(partial(upload, registry, image, blob, name))
    _let_in(partial(put_manifest, registry, image, name, tag))


def _let_in(put: Callable[[], int]) -> None:
    """Again after a 503: for a moment after a reload a worker process of nginx's may still go by
    the configuration of before."""
    status = eventually(lambda: (code := put()) != 503 and code, what="the push is let in")
    assert status == 201, status


def upload(registry: Registry, image: Image, blob: str, name: str) -> int:
    """The status."""
    begun = registry.begin_upload(name)
    if begun.status != 202:
        return begun.status
    return registry.ask(
        f"{begun.headers['location']}&digest={blob}",
        *("--request", "PUT", "--upload-file", image.directory / blob),
        *("--header", "Content-Type: application/octet-stream"),
        user=BUILDER,
    ).status


def put_manifest(registry: Registry, image: Image, name: str, tag: str) -> int:
    """The status."""
    path = image.directory / "manifest"
    path.write_bytes(image.manifest)
    return registry.ask(
        f"/v2/{name}/manifests/{tag}",
        *("--request", "PUT", "--upload-file", path, "--header", f"Content-Type: {MANIFEST}"),
        user=BUILDER,
    ).status


def _layer(number: int, megabytes: int) -> bytes:
    content = os.urandom(megabytes * 1_000_000)
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        about = tarfile.TarInfo(f"layer-{number}")
        about.size = len(content)
        tar.addfile(about, io.BytesIO(content))
    return layer.getvalue()


def _stored(directory: Path, content: bytes) -> str:
    digest = _digest(content)
    (directory / digest).write_bytes(content)
    return digest


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _described(directory: Path, digest: str, kind: str) -> dict[str, str | int]:
    size = (directory / digest).stat().st_size
    return {"mediaType": kind, "size": size, "digest": digest}
