"""JSON, one value a line, at a cost that pid 1 can afford.

The `json` package costs 7.7 ms and 1.3 MB because of what surrounds its C accelerator
(`re`, the pure-Python fall-backs). `_json` is that accelerator alone. A Python that lacks
it uses the package.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    def encode(value: Any) -> str:
        """Compact JSON in ASCII; what JSON can't express becomes a string."""

    def decode(text: str) -> Any:
        """The value. Raises ValueError for what is not JSON."""

else:
    try:
        from _json import encode_basestring_ascii, make_encoder, make_scanner
    except ImportError:
        from json import dumps, loads

        def encode(value):
            return dumps(value, default=str, separators=(",", ":"))

        def decode(text):
            return loads(text)
    else:
        # markers, default, encoder, indent, separators, sort_keys, skipkeys, allow_nan
        _encoder = make_encoder(
            None, str, encode_basestring_ascii, None, ":", ",", False, False, True
        )

        class _Plain:
            """What the scanner asks for, as in `json.JSONDecoder`."""

            strict = True
            object_hook = object_pairs_hook = None
            parse_float, parse_int = float, int
            parse_constant = staticmethod(float)
            memo = {}

        _scan = make_scanner(_Plain)

        def encode(value):
            return "".join(_encoder(value, 0))

        def decode(text):
            text = text.strip(" \t\n\r")
            try:
                value, end = _scan(text, 0)
            except (StopIteration, RecursionError, SystemError):
                # SystemError: the scanner takes its exception from the `json` package
                # and finds that nobody has imported it.
                end = -1
            if end != len(text):
                raise ValueError("not JSON")
            return value
