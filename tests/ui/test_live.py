"""Live updates: one stream of what has changed, over real HTTP and in a real browser."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect

from finews.schema.database import Database
from finews.schema.watermarks import TOPICS, watermarks
from finews.ui.app import create_app
from finews.ui.streams import Listener, Streams
from tests.pipeline.desk import Desk, article
from tests.site.visits import visiting
from tests.ui.serving import served


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    """The application of a console."""
    return create_app(desk.settings())


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """Where it is served."""
    with served(app) as base:
        yield base


@contextmanager
def heard(client: httpx.Client, topics: str = "") -> Iterator[Iterator[str]]:
    """The lines of a stream that has begun."""
    with client.stream("GET", "/events", params={"topics": topics}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        yield lines


def changed(lines: Iterator[str]) -> set[str]:
    """The topics of the next change."""
    return set(next(line for line in lines if line.startswith("data: ")).removeprefix("data: ").split())


def until(condition: object, seconds: float = 10) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_each_topic_has_a_mark_that_moves_with_it(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.poll()
    payload, run = desk.rows("select id, run_id from payloads")[0]
    moves = {
        "insert into runs (kind, host, pid) values ('retry', 'vm', 1)": {"runs"},
        "update runs set detail = '{\"left\": 3}' where state = 'running'": {"runs"},
        "update runs set state = 'ended', ended_at = now() where state = 'running'": {"runs"},
        f"insert into events (info_code, run_id, stage) select info_code, {run}, 'x' from links": {"events"},
        f"""insert into quarantine (info_code, stage, reason, payload_id, normaliser)
            select info_code, 'x', 'x', {payload}, 1 from links""": {"quarantine"},
        "update feeds set failures = 1 where name = '37'": {"feeds"},
        "insert into mirrors (base) values ('http://127.0.0.1:1')": {"mirrors"},
        "insert into backfills (wish, force, asked_by, changed_by) values ('{}', false, 'x', 'x')": {
            "backfills"
        },
        "insert into backfill_chunks (backfill_id, number) select id, 1 from backfills": {"backfills"},
        "update backfill_chunks set requests = 1": {"backfills"},
        "update backfills set state = 'running'": {"backfills"},
    }
    with Database(desk.settings()) as database:

        def marks() -> dict[str, str]:
            with database.transaction() as connection:
                return watermarks(connection)

        before = marks()
        assert tuple(before) == TOPICS
        for statement, topics in moves.items():
            desk.execute(statement)
            after = marks()
            moved = {topic for topic in TOPICS if before[topic] != after[topic]}
            # A running backfill hears of every event; counters of quarantine may come later.
            assert topics <= moved <= topics | {"quarantine", "backfills"} & {"quarantine"} | topics, (
                statement
            )
            before = after
        desk.execute("delete from quarantine")
        until(lambda: marks()["quarantine"] != before["quarantine"], 15)


def test_a_page_hears_of_its_own_topics(desk: Desk, client: httpx.Client) -> None:
    with heard(client, "runs feeds") as runs, heard(client, "mirrors") as mirrors:
        desk.publish(article(1, feeds=("37",)))
        desk.poll()
        found: set[str] = set()
        while not found >= {"runs", "feeds"}:
            found |= changed(runs)
        assert found == {"runs", "feeds"}
        desk.execute("insert into mirrors (base, opened) values ('http://127.0.0.1:1', 1)")
        assert changed(mirrors) == {"mirrors"}
    unknown = client.get("/events", params={"topics": "runs gossip"})
    assert (unknown.status_code, "topic gossip" in unknown.text) == (404, True)


def test_one_watcher_for_all_and_none_for_nobody(app: FastAPI, client: httpx.Client) -> None:
    streams: Streams = app.state.streams
    assert streams.looks == 0
    with ExitStack() as stack:
        began = time.monotonic()
        for _ in range(5):
            stack.enter_context(heard(client))
        until(lambda: streams.looks >= 3)
        assert streams.looks <= 2 + (time.monotonic() - began)
    until(lambda: streams._watch is not None and streams._watch.done())
    looks = streams.looks
    time.sleep(1.2)
    assert streams.looks == looks


def test_so_many_streams_and_no_more(app: FastAPI, client: httpx.Client) -> None:
    streams: Streams = app.state.streams
    streams._most = 2
    with heard(client), heard(client):
        refused = client.get("/events")
        assert (refused.status_code, "listen for changes already" in refused.text) == (503, True)
    until(lambda: not streams._listeners)
    with heard(client):
        pass


def test_streams_end_with_the_console(app: FastAPI) -> None:
    with ExitStack() as stack:
        base = stack.enter_context(served(app))
        client = stack.enter_context(httpx.Client(base_url=base, timeout=30))
        lines = stack.enter_context(heard(client))
        ended: list[float] = []

        def read_to_the_end() -> None:
            list(lines)
            ended.append(time.monotonic())

        reading = threading.Thread(target=read_to_the_end)
        reading.start()
        app.state.console.stopping.set()
        reading.join(10)
        # In order, by a last chunk: a connection that is torn raises in the reader.
        assert ended


def test_a_client_that_does_not_read_holds_nothing_up(
    app: FastAPI, address: str, client: httpx.Client
) -> None:
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as deaf:
        deaf.sendall(f"GET /events HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        streams: Streams = app.state.streams
        until(lambda: streams._listeners)
        (listener,) = streams._listeners
        for _ in range(50_000):
            listener.tell(TOPICS)
        assert len(listener._changed) <= len(TOPICS)
        with heard(client, "runs"):
            assert client.get("/api/status").status_code == 200
    until(lambda: not streams._listeners)


def test_what_happens_meanwhile_is_told_once() -> None:
    async def listen() -> None:
        listener = Listener(["runs", "events"])
        for _ in range(1000):
            listener.tell(["runs", "feeds"])
            listener.tell(["events"])
        assert await listener.changed(5) == ["events", "runs"]
        assert await listener.changed(0.01) == []

    asyncio.run(listen())


@pytest.mark.browser
def test_the_overview_keeps_itself_true(desk: Desk, app: FastAPI, browser: Browser) -> None:
    with served(app) as base, visiting(browser, base) as visit:
        page = visit.open("/")
        visit.until("document.querySelector('main').dataset.heard === 'yes'")
        page.locator("#chart-freshness summary").click()
        page.locator("#feeds-name a").focus()
        desk.publish(article(1, feeds=("37",)))
        desk.poll()
        visit.until("document.querySelector('#runs tbody tr') !== null")
        visit.until("document.querySelector('#health .verdict').textContent.includes('一切正常')")
        # What was open stays open, and who was on a link stays there.
        assert page.evaluate("document.querySelector('#chart-freshness details').open")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "/feeds"
        assert page.locator("#live-state").is_hidden()
        assert not visit.complaints
        # A part in which somebody is about to do something waits until they are done.
        page.evaluate("document.querySelector('#runs').insertAdjacentHTML('beforeend', '<input id=typing>')")
        page.locator("#typing").focus()
        with page.expect_response(f"{base}/", timeout=30_000):
            desk.execute(
                "insert into runs (kind, host, pid, reason) values ('retry', 'vm', 1, 'while typing')"
            )
        with page.expect_response(f"{base}/", timeout=30_000):
            assert page.locator("#typing").count() == 1
        page.evaluate("document.activeElement.blur()")
        expect(page.locator("#runs")).to_contain_text("while typing", timeout=30_000)
        assert page.locator("#typing").count() == 0


@pytest.mark.browser
def test_a_lost_connection_is_told_and_comes_back(desk: Desk, browser: Browser) -> None:
    port = socket.socket()
    port.bind(("127.0.0.1", 0))
    number = port.getsockname()[1]
    port.close()
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        base = first.enter_context(served(create_app(desk.settings()), port=number))
        visit = stack.enter_context(visiting(browser, base))
        page = visit.open("/runs")
        visit.until("document.querySelector('main').dataset.heard === 'yes'")
        first.close()
        visit.until("!document.querySelector('#live-state').hidden")
        assert "连接已断开" in page.locator("#live-state").inner_text()
        desk.execute("insert into runs (kind, host, pid, reason) values ('retry', 'vm', 1, 'unheard')")
        stack.enter_context(served(create_app(desk.settings()), port=number))
        visit.until("document.querySelector('#ledger').textContent.includes('unheard')")
        visit.until("document.querySelector('#live-state').hidden")
