"""What a release consists of: `python -m onefile.dist WHEELS SDISTS FOLDER`. Each wheel has its
file in it, so the bare files are taken from there.

    FOLDER/*.whl, *.tar.gz
    FOLDER/initd-MACHINE                         the one file
    FOLDER/initd-MACHINE.cdx.json, .NOTICES      what it consists of, and under which licences
    FOLDER/SHA256SUMS
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import zipfile
from pathlib import Path

from packaging.utils import parse_wheel_filename

from onefile.wheel import PLATFORMS

#: How a name ends in the wheel, and in FOLDER.
_BESIDE_THE_WHEEL = {
    ".data/scripts/initd": "",
    ".dist-info/sboms/initd.cdx.json": ".cdx.json",
    ".dist-info/licenses/NOTICES": ".NOTICES",
}


def assemble(wheels: Path, sdists: Path, folder: Path) -> None:
    """Makes `folder` anew. Raises OSError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for wheel in sorted(wheels.glob("*.whl")):
        shutil.copy(wheel, folder)
        _unpack(wheel, folder / f"initd-{_machine(wheel)}")
    for sdist in sdists.glob("*.tar.gz"):
        shutil.copy(sdist, folder)
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS").write_text("".join(sums))


def _unpack(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            for end, suffix in _BESIDE_THE_WHEEL.items():
                if name.endswith(end):
                    target.with_name(target.name + suffix).write_bytes(archive.read(name))
    target.chmod(0o755)


def _machine(wheel: Path) -> str:
    """As `uname -m` says it."""
    platforms = {tag.platform for tag in parse_wheel_filename(wheel.name)[3]}
    (found,) = (machine for machine, names in PLATFORMS.items() if platforms == {*names})
    return found


if __name__ == "__main__":
    assemble(*(Path(name) for name in sys.argv[1:]))
