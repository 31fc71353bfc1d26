"""Packed bodies, strictly."""

from __future__ import annotations

import gzip
import zlib

import pytest

from finews.spiders.trouble import BadCompression, TooLarge
from finews.spiders.unpacking import unpacked

BODY = "市场消息。".encode() * 1000
GZIP = gzip.compress(BODY, mtime=0)
RAW = zlib.compressobj(wbits=-15)
BARE = RAW.compress(BODY) + RAW.flush()


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (GZIP, b"gzip"),
        (GZIP, b"x-gzip"),
        (gzip.compress(BODY[:7]) + gzip.compress(BODY[7:]), b"gzip"),
        (GZIP + b"\0" * 16, b"gzip"),
        (zlib.compress(BODY), b"deflate"),
        (BARE, b"deflate"),
    ],
    ids=["gzip", "x-gzip", "members", "padding", "zlib", "bare"],
)
def test_whole_streams(packed: bytes, encoding: bytes) -> None:
    """gzip in one or more members, deflate in both its forms."""
    assert unpacked(packed, encoding, len(BODY)) == BODY


@pytest.mark.parametrize(
    "packed",
    [
        GZIP[:-1],
        GZIP[:-8],
        GZIP[: len(GZIP) // 2],
        GZIP[:5],
        GZIP[:-8] + b"\x00\x00\x00\x00" + GZIP[-4:],
        GZIP[:12] + bytes(byte ^ 0x5A for byte in GZIP[12:]),
        GZIP + b"garbage",
        BODY,
    ],
    ids=["byte", "trailer", "half", "header", "checksum", "garbled", "tail", "plain"],
)
def test_broken_streams(packed: bytes) -> None:
    """Cut anywhere, garbled, with a wrong checksum, or no gzip at all: never taken for good."""
    with pytest.raises(BadCompression):
        unpacked(packed, b"gzip", 10**6)


@pytest.mark.parametrize(
    "packed", [zlib.compress(BODY)[:-1], BARE[:-5], b"\xff" * 30], ids=["zlib", "bare", "garbled"]
)
def test_broken_deflate(packed: bytes) -> None:
    """The same for deflate."""
    with pytest.raises(BadCompression):
        unpacked(packed, b"deflate", 10**6)


@pytest.mark.parametrize("limit", [0, 1, len(BODY) - 1])
def test_size_limit(limit: int) -> None:
    """A small body that unpacks to a large one, in one member or two."""
    with pytest.raises(TooLarge):
        unpacked(GZIP, b"gzip", limit)
    with pytest.raises(TooLarge):
        unpacked(gzip.compress(BODY[:7]) + gzip.compress(BODY[7:]), b"gzip", limit)
