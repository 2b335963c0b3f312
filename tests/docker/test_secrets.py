"""Images that are built while the secrets are there: no layer of theirs has a value."""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from .engine import Engine

TAG = "initd-test-secrets"
#: Of EJSON's own documentation: a private key, its public one, and what opens to VALUE by it.
PRIVATE = "75b80b4a693156eb435f4ed2fe397e583f461f09fd99ec2bd1bdef0a56cf6e64"
PUBLIC = "63ccf05a9492e68e12eeb1c705888aebdcc0080af7e594fc402beb24cce9d14f"
BOX = (
    "EJ[1:j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYX:"
    "YKTx/9rNTCwhH3latt4im0OJfKS7HH0TJQPxYw==]"
)
VALUE = "1234password"
MARKER = "marker-5d0a1f0e9c"


def _hidden(text: str) -> str:
    """What makes it in a shell: a Dockerfile's own lines are in its image, too."""
    return f"$(echo {base64.b64encode(text.encode()).decode()} | base64 -d)"


#: Each source is there while the image is built, and not afterwards.
DOCKERFILE = f"""
FROM {{image}}
RUN mkdir -p /s/dir /s/keys \\
 && echo "{_hidden(PRIVATE)}" > /s/keys/{PUBLIC} \\
 && echo '{{{{"_public_key": "{PUBLIC}", "environment": {{{{"A": "{BOX}"}}}}}}}}' > /app.ejson \\
 && echo "{_hidden(MARKER)}-dir" > /s/dir/B \\
 && echo "{_hidden(MARKER)}-file" > /s/c \\
 && echo "D={_hidden(MARKER)}-exec" > /s/d \\
 && echo "E={_hidden(MARKER)}-env" > /s/env \\
 && export C_FILE=/s/c EJSON_KEYDIR=/s/keys \\
 && printf '[app]\\nenv_files = ["/s/env"]\\n[secrets]\\nsources = ["ejson:/app.ejson",\\
 "dir:/s/dir", "exec:cat /s/d", "files:C"]\\n' > /etc/initd.toml \\
 && initd check true && initd check --json true \\
 && ! initd compile true \\
 && mv /etc/initd.toml /etc/initd.toml.compiled / \\
 && ! initd compile --env-file /s/env true \\
 && ! initd compile --secrets dir:/s/dir true \\
 && initd compile true \\
 && rm -r /s
"""
WITH_ONE = f"""
FROM {{image}}
RUN echo "{_hidden(MARKER)}" > /left && echo "{_hidden(VALUE)}" >> /left
"""


def test_check_and_compile_leave_no_value_in_a_layer(engine: Engine, tmp_path: Path) -> None:
    """Neither of EJSON, a directory, a command, an X_FILE variable nor an env file; nor the key.
    What they do leave is there, and a value that somebody else leaves would be found."""
    secrets = [MARKER, VALUE, PRIVATE]
    saved = _built(engine, DOCKERFILE, tmp_path)
    assert _found(saved, secrets) == set()
    assert {"etc/initd/start.plan", "initd.toml.compiled"} <= _names(saved)
    assert _found(_built(engine, WITH_ONE, tmp_path), secrets) == {MARKER, VALUE}


def _built(engine: Engine, dockerfile: str, folder: Path) -> Path:
    """All of the image, as `docker save` writes it."""
    lines = dockerfile.format(image=engine.image)
    engine.docker("build", "--network=none", "--tag", TAG, "-", stdin=lines)
    saved = folder / "image.tar"
    engine.docker("save", "--output", str(saved), TAG)
    return saved


def _found(saved: Path, values: list[str]) -> set[str]:
    """Those that are in the image's configuration, its history or a layer: layers are tar files
    that nothing has compressed."""
    data = saved.read_bytes()
    return {value for value in values if value.encode() in data}


def _names(saved: Path) -> set[str]:
    """The files of all layers."""
    with tarfile.open(saved) as image:
        return {name for layer in _layers(image) for name in layer.getnames()}


def _layers(image: tarfile.TarFile) -> Iterator[tarfile.TarFile]:
    for member in image.getmembers():
        if member.name.endswith("layer.tar") and member.isfile():
            content = image.extractfile(member)
            assert content is not None
            yield tarfile.open(fileobj=io.BytesIO(content.read()))
