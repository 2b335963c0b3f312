"""The parts of the one file as a CycloneDX document (ECMA-424)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from onefile.parts import Part

#: The Debian that the parts come from, as purls name it.
DISTRO = "debian-12"


def sbom(*, version: str, contents: bytes, parts: Iterable[Part], made: datetime) -> str:
    """JSON, the same for the same arguments. `contents` are the file's."""
    digest = hashlib.sha256(contents).hexdigest()
    root = Component(
        name="initd",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref="initd",
        purl=PackageURL("pypi", None, "initd-runtime", version),
        licenses=[LicenseExpression("MIT")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )
    bom = Bom(serial_number=UUID(hex=digest[:32], version=4))
    bom.metadata.component = root
    bom.metadata.timestamp = made
    components = [_component(part) for part in parts]
    for component in components:
        bom.components.add(component)
    bom.register_dependency(root, components)
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def _component(part: Part) -> Component:
    return Component(
        name=part.name,
        version=part.version,
        type=ComponentType.LIBRARY,
        bom_ref=part.name,
        purl=_purl(part),
        licenses=[LicenseExpression(part.licence)],
    )


def _purl(part: Part) -> PackageURL:
    if part.origin == "PyPI":
        return PackageURL("pypi", None, part.name.replace("_", "-"), part.version)
    qualifiers = {"arch": part.architecture, "distro": DISTRO}
    return PackageURL("deb", "debian", part.name, part.version, qualifiers)
