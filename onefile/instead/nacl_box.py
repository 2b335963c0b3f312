"""NaCl's box, by libsodium within the file. Stands in for initd/secrets/nacl_box.py."""

from __future__ import annotations

from _sodium_box import open_box as open_box
from _sodium_box import public_key_of as public_key_of


class NoNacl(Exception):
    """Never raised here."""
