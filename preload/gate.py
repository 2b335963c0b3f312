"""What may be mapped into every process of a container: `python -m preload.gate OBJECT`.

An object that lacks a C library's symbol, needs a library, or asks for an executable stack
breaks or weakens programs that have nothing to do with init. The build checks every object
here before it installs it, and so can a packager who builds it elsewhere. Only ELF64,
little-endian; the structures are those of elf(5).
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

EXPORTS = {"gethostname", "uname", "__gethostname_chk"}
#: Each exists in glibc, musl or both, and the object works where it does not.
MAY_ASK_FOR = {
    "__chk_fail",
    "__errno_location",
    "environ",
    "getauxval",
    "gnu_get_libc_version",
}

#: Those that hostname.c knows: x86-64 and AArch64 (elf.h).
MACHINES = {62, 183}
SMALLER_THAN = 8 * 1024

_DYNAMIC, _TLS, _STACK = 2, 7, 0x6474E551
_EXECUTABLE, _WRITABLE = 1, 2
_FORBIDDEN = {
    1: "NEEDED: programs of another libc can't load that library",
    15: "RPATH",
    22: "TEXTREL: the loader would have to write to its code",
    29: "RUNPATH",
    0x6FFFFFFC: "VERDEF: a version node",
    0x6FFFFFFE: "VERNEED: a version node",
}
_HASH, _STRINGS, _SYMBOLS, _FLAGS, _GNU_HASH = 4, 5, 6, 30, 0x6FFFFEF5
_REQUIRED = {_HASH: "HASH: old loaders know only that", _GNU_HASH: "GNU_HASH"}
_BIND_NOW = 8
_LOCAL, _STRONG, _FUNCTION = 0, 1, 2


class _Segment(NamedTuple):
    kind: int
    flags: int
    offset: int
    address: int
    file_size: int


class _Symbol(NamedTuple):
    name: str
    binding: int
    kind: int
    defined: bool


class _Elf:
    """As much of the format as the checks need."""

    def __init__(self, data: bytes) -> None:
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("not a 64-bit little-endian ELF object")
        self._data = data
        # The linker writes them last.
        if self._at("<Q", 40)[0] + self._at("<H", 58)[0] * self._at("<H", 60)[0] > len(data):
            raise ValueError("truncated: its section headers are not there")
        self.machine = self._at("<H", 18)[0]
        self.segments = list(self._segments())
        self.dynamic = list(self._dynamic())

    def _at(self, form: str, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(form, self._data, offset)

    def _segments(self) -> Iterator[_Segment]:
        table = self._at("<Q", 32)[0]
        size, count = self._at("<HH", 54)
        for number in range(count):
            kind, flags, offset, address, _, length = self._at("<IIQQQQ", table + number * size)
            yield _Segment(kind, flags, offset, address, length)

    def _dynamic(self) -> Iterator[tuple[int, int]]:
        for segment in self.segments:
            if segment.kind == _DYNAMIC:
                whole = self._data[segment.offset : segment.offset + segment.file_size]
                yield from struct.iter_unpack("<QQ", whole)

    def value(self, tag: int) -> int | None:
        """Of the first dynamic entry of its kind."""
        return dict(reversed(self.dynamic)).get(tag)

    def symbols(self) -> Iterator[_Symbol]:
        """All that the loader sees. Their number stands in the old hash table alone."""
        tables = [self.value(tag) for tag in (_HASH, _SYMBOLS, _STRINGS)]
        counts, symbols, strings = (self._offset(table or 0) for table in tables)
        for number in range(1, self._at("<I", counts + 4)[0]):
            name, info, _, section = self._at("<IBBH", symbols + 24 * number)
            end = self._data.index(b"\0", strings + name)
            text = self._data[strings + name : end].decode("ascii", "replace")
            yield _Symbol(text, info >> 4, info & 15, section != 0)

    def _offset(self, address: int) -> int:
        for segment in self.segments:
            if segment.kind == 1 and 0 <= address - segment.address < segment.file_size:
                return address - segment.address + segment.offset
        raise ValueError(f"nothing at address {address:#x}")


def complaints(data: bytes) -> list[str]:
    """Why these bytes must not be preloaded; [] if they may be. Never raises: bytes that are not
    an object are one complaint."""
    try:
        elf = _Elf(data)
        return [*_of_segments(elf), *_of_dynamic(elf), *_of_symbols(elf), *_of_size(elf, data)]
    except (ValueError, struct.error) as error:
        return [f"unreadable: {error}"]


def _of_segments(elf: _Elf) -> Iterator[str]:
    kinds = {segment.kind: segment.flags for segment in elf.segments}
    if _TLS in kinds:
        yield "TLS: it would cost each thread of each program"
    if kinds.get(_STACK, _EXECUTABLE) & _EXECUTABLE:
        yield "an executable stack, for the whole process"
    if any(s.flags & _WRITABLE and s.flags & _EXECUTABLE for s in elf.segments):
        yield "a segment that is writable and executable"


def _of_dynamic(elf: _Elf) -> Iterator[str]:
    yield from (_FORBIDDEN[tag] for tag, _ in elf.dynamic if tag in _FORBIDDEN)
    yield from (f"without {what}" for tag, what in _REQUIRED.items() if elf.value(tag) is None)
    if not (elf.value(_FLAGS) or 0) & _BIND_NOW:
        yield "without BIND_NOW: bound later, under the loader's lock, perhaps in a signal handler"


def _of_symbols(elf: _Elf) -> Iterator[str]:
    if elf.value(_HASH) is None:
        return
    symbols = [symbol for symbol in elf.symbols() if symbol.binding != _LOCAL]
    exports = {symbol.name for symbol in symbols if symbol.defined}
    yield from (f"{name} is exported" for name in sorted(exports - EXPORTS))
    yield from (f"{name} is not exported" for name in sorted(EXPORTS - exports))
    for symbol in symbols:
        if symbol.defined and symbol.name in EXPORTS and symbol.kind != _FUNCTION:
            yield f"{symbol.name} is not a plain function"
        if not symbol.defined and symbol.binding == _STRONG:
            yield f"{symbol.name} is undefined and not weak"
        elif not symbol.defined and symbol.name not in MAY_ASK_FOR:
            yield f"{symbol.name} is referenced, and not one of the symbols that may be missing"


def _of_size(elf: _Elf, data: bytes) -> Iterator[str]:
    if elf.machine not in MACHINES:
        yield f"made for an unknown machine, {elf.machine}"
    if len(data) >= SMALLER_THAN:
        yield f"too large: {len(data)} bytes, and fewer than {SMALLER_THAN} are allowed"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m preload.gate OBJECT")
    found = complaints(Path(sys.argv[1]).read_bytes())
    sys.exit("\n".join(f"{sys.argv[1]}: {each}" for each in found) if found else 0)
