"""What has to be handed on with the one file: every part's licence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from onefile.parts import Part

_RULE = "=" * 80
_FIRST = """\
initd is one statically linked file. Besides initd's own code, which is under the MIT licence in
LICENSE, it contains the parts below, each under a licence of its own.

glibc (libc6-dev) is under the GNU Lesser General Public License. You may change it and link this
file with your version: initd's source, at the address of the project, has all that this takes
(`make one`, docs/one-file.md). Debian has the source of each package of its own.
"""


def notices(parts: Iterable[Part], common: Mapping[str, str]) -> str:
    """The text. Parts with the same licence text share it."""
    by_text: dict[str, list[str]] = {}
    for part in parts:
        by_text.setdefault(part.notice, []).append(f"{part.line()}: {part.licence}")
    sections = [(names, text) for text, names in by_text.items()]
    sections += [([f"{name}, which some of the above refer to"], common[name]) for name in common]
    written = [
        "\n".join([_RULE, *names, _RULE, "", text.strip("\n"), ""]) for names, text in sections
    ]
    return "\n".join([_FIRST, *written])
