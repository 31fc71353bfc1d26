"""Messages go through the pipe whole, in order, and without anybody being kept waiting who need not wait."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews.spiders import outbox as outbox_module
from finews.spiders.frames import Frames, framed
from finews.spiders.outbox import Outbox

TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)
VALUES = st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=3)
MESSAGES = st.lists(st.tuples(st.dictionaries(TEXT, VALUES, max_size=4), st.binary(max_size=300)), max_size=6)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A pipe."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@given(messages=MESSAGES, cut=st.integers(1, 40))
def test_whatever_is_said_and_however_it_is_cut(
    messages: list[tuple[dict[str, Any], bytes]], cut: int
) -> None:
    """Half characters, numbers of any size and empty bodies too; what is not whole yet is waited for."""
    sent = b"".join(piece for header, body in messages for piece in framed(header, body))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frames = Frames(theirs)
        got = []
        for start in range(0, len(sent), cut):
            ours.sendall(sent[start : start + cut])
            frames._come += theirs.recv(cut)
            while frames.ready:
                got.append(frames.next())
        ours.close()
        assert got == messages
        with pytest.raises(EOFError):
            frames.next()


def test_a_message_that_is_cut_off_is_none(ends: tuple[socket.socket, socket.socket]) -> None:
    """A process that was killed in the middle of one has died, and has not said half of it."""
    ours, theirs = ends
    whole = b"".join(framed({"got": "fetch"}, b"body"))
    ours.sendall(whole + whole[:-1])
    ours.close()
    frames = Frames(theirs)
    assert frames.next() == ({"got": "fetch"}, b"body")
    with pytest.raises(EOFError):
        frames.next()


def test_a_full_pipe_keeps_nobody_waiting(ends: tuple[socket.socket, socket.socket]) -> None:
    """Messages beyond what the pipe takes wait in line; the loop goes on, and all come in order."""
    ours, theirs = ends
    bodies = [bytes([number]) * 100_000 for number in range(50)]

    async def sending() -> None:
        outbox = Outbox(ours)
        for number, body in enumerate(bodies):
            outbox.post({"number": number}, body)
        # Nobody has read yet: all of this was without waiting. Now somebody does.
        frames = Frames(theirs)
        for number, body in enumerate(bodies):
            assert await asyncio.to_thread(frames.next) == ({"number": number}, body)
        assert not outbox._pieces
        assert not asyncio.get_running_loop().remove_writer(ours), "nothing is left that waits for room"

    asyncio.run(sending())


def test_who_sends_too_much_waits(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits has a bound: its sender waits until the other side has read on."""
    ours, theirs = ends
    monkeypatch.setattr(outbox_module, "MOST", 1_000_000)
    most = 0

    async def sending() -> int:
        outbox = Outbox(ours)
        nonlocal most
        sender = asyncio.create_task(send_all(outbox))
        await asyncio.sleep(0.05)
        assert not sender.done()
        frames, got = Frames(theirs), 0
        for _ in range(50):
            most = max(most, outbox._size)
            _, body = await asyncio.to_thread(frames.next)
            got += len(body)
        await sender
        return got

    async def send_all(outbox: Outbox) -> None:
        for _ in range(50):
            await outbox.send({}, b"x" * 100_000)

    assert asyncio.run(sending()) == 5_000_000
    assert most <= 1_000_000 + 100_100


def test_what_waits_is_sent_at_the_end(ends: tuple[socket.socket, socket.socket]) -> None:
    """However the work ended: what was fetched is the parent's."""
    ours, theirs = ends
    got: list[int] = []

    def read() -> None:
        frames = Frames(theirs)
        got.extend(frames.next()[0]["number"] for _ in range(30))

    async def failing() -> None:
        outbox = Outbox(ours)
        try:
            for number in range(30):
                outbox.post({"number": number}, b"x" * 100_000)
            raise RuntimeError("the spider broke")
        finally:
            reader.start()
            outbox.close()

    reader = threading.Thread(target=read)
    with pytest.raises(RuntimeError):
        asyncio.run(failing())
    reader.join(10)
    assert got == list(range(30))


def test_nobody_is_there_any_more(ends: tuple[socket.socket, socket.socket]) -> None:
    """A parent that was killed is no error of the sender's: the inbox ends the process."""
    ours, theirs = ends
    theirs.close()

    async def sending() -> None:
        outbox = Outbox(ours)
        await outbox.send({"number": 1}, b"x" * outbox_module.MOST)
        await outbox.send({"number": 2})
        outbox.close()

    asyncio.run(asyncio.wait_for(sending(), 10))
