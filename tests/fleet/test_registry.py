"""examples/fleet/registry: what hosts see when they all pull at once, and when parts of it fail."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from docker.engine import Engine
from docker.waiting import eventually

from . import handmade
from .handmade import Image
from .herd import Herd
from .registry import BUILDER, HOST, Registry

NAME = "fleet/big"


@pytest.fixture
def pushed(registry: Registry, big_image: Image) -> Image:
    """The image, in the registries and not in the cache; whatever a test has done to it."""
    handmade.push(registry, big_image, NAME, "1")
    registry.empty_the_cache()
    return big_image


def test_it_asks_for_a_password_and_a_host_may_not_push(registry: Registry) -> None:
    """With TLS, by a certificate that is checked; health is asked without a password."""
    assert registry.ask("/", user=None, tls=True).status == 200
    refused = registry.ask("/v2/", user=None, tls=True)
    assert refused.status == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert registry.ask("/v2/", user=(HOST[0], "wrong"), tls=True).status == 401
    assert registry.ask("/v2/", user=HOST, tls=True).status == 200
    assert registry.begin_upload(NAME, user=HOST, tls=True).status == 401
    begun = registry.begin_upload(NAME, tls=True)
    assert begun.status == 202
    assert begun.headers["location"].startswith(f"https://{registry.host}/v2/")


def test_what_is_cached_needs_the_password_too(registry: Registry, pushed: Image) -> None:
    path = f"/v2/{NAME}/blobs/{pushed.config}"
    assert registry.ask(path).status == 200
    assert registry.ask(path, user=None).status == 401


def test_a_herd_costs_the_registries_one_fetch_of_each_layer(
    registry: Registry, pushed: Image
) -> None:
    """And a reload of nginx in its midst is seen by nobody."""
    since = len(registry.log())
    herd = Herd(registry, pushed, NAME, 50)
    eventually(lambda: is_on_its_way(registry, pushed.layers[0]), what="a layer is on its way")
    registry.reload()
    assert herd.whole() == 50 * len(pushed.layers)
    asked = registry.fetched(since)
    assert {layer: len(asked[layer]) for layer in pushed.layers} == dict.fromkeys(pushed.layers, 1)


def test_a_registry_that_dies_in_the_midst_of_a_herd_fails_no_docker_pull(
    registry: Registry, pushed: Image, engine: Engine
) -> None:
    """Docker asks for the rest of a layer, and gets it from the other registry. Of the clients that
    ask once, only those are cut off who were getting the bytes as they came: one a layer."""
    with ThreadPoolExecutor(1) as pool:
        pull = pool.submit(pulled, engine, registry, f"{NAME}:1")
        herd = Herd(registry, pushed, NAME, 10)
        with one_dies(registry, pushed):
            assert pull.result() == pushed.digest
            assert herd.whole() >= 9 * len(pushed.layers)


def test_after_warming_a_registry_that_dies_is_seen_by_nobody(
    registry: Registry, pushed: Image
) -> None:
    """`warm` returns while nginx fetches the whole; what is cut off then, nobody was getting."""
    registry.tool("warm", registry.url("", tls=True), NAME, "1")
    with one_dies(registry, pushed):
        herd = Herd(registry, pushed, NAME, 10)
        assert herd.whole() == 10 * len(pushed.layers)


def test_a_registry_that_hangs_costs_a_herd_one_time_out(tmp_path: Path) -> None:
    """All who want a layer wait for one fetch, which goes on to the other registry. The time-out is
    a shorter one here."""
    image = handmade.make(tmp_path, 1, 1, 1)
    with Registry([("proxy_read_timeout 10s", "proxy_read_timeout 2s")]) as registry:
        handmade.push(registry, image, NAME, "1")
        hung = registry.registries[0]
        registry.signal(hung, signal.SIGSTOP)
        try:
            for layer in image.layers:
                assert Herd(registry, image, NAME, 10, [layer]).whole() == 10
        finally:
            registry.signal(hung, signal.SIGCONT)
        asked = [each.count(f"127.0.0.1:{hung}") for each in registry.fetched().values()]
        assert max(asked) == 1, registry.fetched()


def test_a_full_store_publishes_nothing(tmp_path: Path) -> None:
    """A push fails, and what it has left is in nobody's way when there is room again."""
    image = handmade.make(tmp_path, 3)
    with Registry() as registry:
        store = registry.folder / "store"
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", store], check=True)
        try:
            assert handmade.upload(registry, image, image.layers[0], NAME) >= 500
            assert handmade.upload(registry, image, image.config, NAME) >= 500
            assert handmade.put_manifest(registry, image, NAME, "1") >= 400
            assert registry.ask(f"/v2/{NAME}/manifests/1").status == 404
            subprocess.run(["mount", "-o", "remount,size=20m", store], check=True)
            handmade.push(registry, image, NAME, "1")
        finally:
            subprocess.run(["umount", "--lazy", store], check=True)


def test_after_the_garbage_collection_the_same_push_can_be_pulled(
    registry: Registry, engine: Engine, tmp_path: Path
) -> None:
    """The cache and the registries remember no layer that is gone."""
    image = handmade.make(tmp_path, 1)
    handmade.push(registry, image, "fleet/small", "1")
    assert pulled(engine, registry, "fleet/small:1") == image.digest
    gone = registry.ask(
        f"/v2/fleet/small/manifests/{image.digest}", "--request", "DELETE", user=BUILDER
    )
    assert gone.status == 202
    registry.tool("collect-garbage", str(registry.folder), SECONDS_TO_PUSH="0")
    assert not registry.file_of(image.layers[0]).exists()
    eventually(lambda: registry.begin_upload("fleet/small").status == 202, what="pushes are let in")
    handmade.push(registry, image, "fleet/small", "1")
    assert registry.file_of(image.layers[0]).exists()
    assert pulled(engine, registry, "fleet/small:1") == image.digest


def is_on_its_way(registry: Registry, layer: str) -> bool:
    """What nginx has not whole yet has a dot in its name, and the key in its first bytes."""
    for file in (registry.folder / "cache").rglob("*.*"):
        with suppress(FileNotFoundError), file.open("rb") as content:
            if layer.encode() in content.read(1000) and file.stat().st_size > 1_000_000:
                return True
    return False


@contextmanager
def one_dies(registry: Registry, image: Image) -> Iterator[None]:
    """The registry that sends the largest layer, in the midst of it; it is there again at the
    end."""
    layer = image.layers[0]
    eventually(lambda: is_on_its_way(registry, layer), what="the layer is on its way")
    dead = eventually(lambda: registry.sender_of(layer), what="a registry reads the layer")
    assert dead is not None
    registry.signal(dead, signal.SIGKILL)
    try:
        yield
    finally:
        registry.revive(dead)


def pulled(engine: Engine, registry: Registry, name: str) -> str:
    """The digest of what docker has pulled; what it had of it before is removed."""
    image = f"{registry.host}/{name}"
    engine.docker("image", "rm", "--force", image, check=False)
    engine.docker("pull", "--quiet", image)
    digests = engine.docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", image)
    return digests.stdout.strip().partition("@")[2]
