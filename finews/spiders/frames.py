"""Messages between parent and crawl process: frames of JSON and, where there is one, the bytes of a body."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict
from struct import Struct
from typing import Any, Final

import orjson

_LENGTHS: Final = Struct("!II")
"""What a frame begins with: bytes of JSON, bytes of the body."""
_AT_ONCE: Final = 256 * 1024
"""Bytes that are read at a time: a socket holds no more."""


def framed(header: Mapping[str, Any], body: bytes = b"") -> tuple[bytes, ...]:
    """A message as the pieces to send one after the other; dataclasses and aware times may stand in its JSON.

    JSON carries any text, lone surrogates too. The body, which may be large, is not copied.
    """
    try:
        told = orjson.dumps(header)
    except TypeError:
        # Half a character is no UTF-8; in ASCII it is an escape like any other.
        told = json.dumps(header, default=_plain).encode("ascii")
    head = _LENGTHS.pack(len(told), len(body)) + told
    return (head, body) if body else (head,)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else asdict(value)


class Frames:
    """What comes in at one end of a pipe, message by message."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._come = bytearray()

    @property
    def ready(self) -> bool:
        """Whether a whole message is here, so that there is nothing to wait for."""
        come = self._come
        return len(come) >= _LENGTHS.size and len(come) >= _LENGTHS.size + sum(_LENGTHS.unpack_from(come))

    def next(self) -> tuple[dict[str, Any], bytes]:
        """The next message, waited for; raises EOFError or OSError when the other side is gone."""
        while not self.ready:
            some = self._end.recv(_AT_ONCE)
            if not some:
                raise EOFError
            self._come += some
        come = self._come
        told, body = _LENGTHS.unpack_from(come)
        begins, ends = _LENGTHS.size + told, _LENGTHS.size + told + body
        header = _header(come[_LENGTHS.size : begins])
        rest = bytes(come[begins:ends])
        del come[:ends]
        return header, rest


def _header(told: bytes | bytearray) -> dict[str, Any]:
    try:
        header: dict[str, Any] = orjson.loads(told)
    except orjson.JSONDecodeError:
        header = json.loads(told)
    return header
