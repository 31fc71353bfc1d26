"""Faults of the connection, each over a real one."""

from __future__ import annotations

import gzip
import http.client
import zlib

import pytest

from finews.newsroom import Newsroom, sample

from .asking import ask, begin, feed_address, search_address, text_address

CODE = sample("long_article").info_code


@pytest.mark.parametrize("place", ["text", "rolling", "38", "search"])
def test_a_dropped_connection_has_no_answer(quiet: Newsroom, place: str) -> None:
    base = quiet.address("drop")
    address = {"text": text_address(base, CODE), "search": search_address(base)}.get(place)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(address or feed_address(base, place))


def test_a_stalled_request_stays_open_until_the_client_leaves(room: Newsroom) -> None:
    connection = begin(text_address(room.address("stall"), CODE), timeout=0.3)
    with pytest.raises(TimeoutError):
        connection.getresponse()
    ask(f"{room.bases[1]}/robots.txt")
    assert room.requests[-1].open_requests == 2
    assert room.requests[-1].open_on_mirror == 1
    connection.close()
    # The room notices on its own loop; every look is a request of its own.
    while room.requests[-1].open_requests != 1:
        ask(f"{room.bases[1]}/robots.txt")


def test_a_stall_can_end(room: Newsroom) -> None:
    room.fault("stall", path="text", seconds=0.05)
    assert ask(text_address(room.bases[0], CODE)).json["id"] == CODE


def test_a_dripping_body_comes_byte_by_byte(room: Newsroom) -> None:
    room.fault("drip", interval=0.001)
    connection = begin(text_address(room.bases[0], CODE))
    answer = connection.getresponse()
    first = [answer.read1() for _ in range(4)]
    assert b"".join(first).startswith(b"{")
    assert sum(map(len, first)) < int(answer.headers["Content-Length"])
    connection.close()


def test_a_short_body_ends_early(quiet: Newsroom) -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(text_address(quiet.address("short_body"), CODE))
    assert caught.value.partial.startswith(b'{"id":')
    assert caught.value.expected


def test_bad_gzip_does_not_unpack(quiet: Newsroom) -> None:
    reply = ask(text_address(quiet.address("bad_gzip"), CODE), Accept_Encoding="gzip")
    assert reply.headers["Content-Encoding"] == "gzip"
    with pytest.raises((zlib.error, EOFError, gzip.BadGzipFile)):
        gzip.decompress(reply.body)


def test_a_huge_body_is_as_long_as_it_says(quiet: Newsroom) -> None:
    reply = ask(text_address(quiet.address("huge"), CODE))
    assert int(reply.headers["Content-Length"]) == len(reply.body) == 20 * 1024 * 1024


def test_a_huge_body_can_come_in_a_small_parcel(room: Newsroom) -> None:
    room.fault("huge", size=3_000_000, gzip=True)
    reply = ask(text_address(room.bases[0], CODE), Accept_Encoding="gzip")
    assert len(reply.body) < 10_000
    assert len(gzip.decompress(reply.body)) == 3_000_000


def test_an_endless_body_goes_on(quiet: Newsroom) -> None:
    connection = begin(text_address(quiet.address("endless"), CODE))
    answer = connection.getresponse()
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert len(answer.read(8_000_000)) == 8_000_000
    connection.close()
    assert ask(f"{quiet.bases[0]}/robots.txt").status == 200


def test_an_empty_answer_is_complete(quiet: Newsroom) -> None:
    reply = ask(text_address(quiet.address("empty"), CODE))
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["Content-Length"] == "0"


def test_a_room_closes_with_stalled_and_endless_connections() -> None:
    with Newsroom(mirrors=2) as room:
        held = [
            begin(text_address(room.address(kind, mirror=mirror), CODE))
            for kind in ("stall", "drip", "endless")
            for mirror in (0, 1)
        ]
        while room.count("text") < len(held):
            pass
    for connection in held:
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        ask(f"{room.bases[0]}/robots.txt")
