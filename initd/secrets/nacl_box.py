"""NaCl's box, by PyNaCl. The one file has another module of this name, without it."""

from __future__ import annotations

from typing import Any


class NoNacl(Exception):
    """PyNaCl is not installed."""


def public_key_of(private_key: bytes) -> bytes:
    """The public key, of 32 bytes, that belongs to the private one. Raises NoNacl."""
    return bytes(_nacl().PrivateKey(private_key).public_key)


def open_box(sealed: bytes, nonce: bytes, sender: bytes, private_key: bytes) -> bytes | None:
    """What the sender, whose public key this is, has put into the box; None if it does not open."""
    public = _nacl()
    box = public.Box(public.PrivateKey(private_key), public.PublicKey(sender))
    try:
        return bytes(box.decrypt(sealed, nonce))
    except Exception:  # CryptoError for another key, ValueError for a box that is too short
        return None


def _nacl() -> Any:
    try:
        from nacl import public
    except ImportError:
        raise NoNacl("PyNaCl is not installed: pip install 'initd-runtime[secrets]'") from None
    return public
