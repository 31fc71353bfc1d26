"""How payloads are packed: zlib by itself, or zlib with a dictionary of what payloads of their kind have in common."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

ZLIB: Final = "zlib"
WITH_DICTIONARY: Final = "zdict"
DROPPED: Final = "dropped"
"""The bytes were let go of: the row is there, its body is empty."""

_WINDOW: Final = 32 * 1024
"""Bytes that zlib can look back, and so of a dictionary that is of use."""


def pack(body: bytes, dictionary: bytes = b"") -> bytes:
    """`body` packed; without a dictionary at the speed of a crawl, with one as small as it gets."""
    if not dictionary:
        return zlib.compress(body)
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zdict=dictionary)
    return packer.compress(body) + packer.flush()


def unpack(packed: bytes, dictionary: bytes = b"") -> bytes:
    """The reverse of `pack`, with the same dictionary; zlib.error where it is another."""
    if not dictionary:
        return zlib.decompress(packed)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS, zdict=dictionary)
    return unpacker.decompress(packed) + unpacker.flush()


def dictionary_of(bodies: Sequence[bytes]) -> bytes:
    """A dictionary from samples: as much of each as has room, the last one whole, for what is near costs least."""
    share = _WINDOW // max(1, min(len(bodies), 8))
    return (b"".join(body[:share] for body in bodies[:-1]) + b"".join(bodies[-1:]))[-_WINDOW:]
