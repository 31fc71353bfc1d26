"""Large bodies, a slow caller: the processes wait, and memory stays bounded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep

import psutil
import pytest

from finews.spiders.crawl import Crawl

from .crawling import settings

MIB = 2**20
TEXT = "中文" * (7 * MIB // 6)
LINKS = 60


class _Large(BaseHTTPRequestHandler):
    """Answers every article with 7 MiB of text."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """One large article, or no robots.txt."""
        found = "GetNewsText" in self.path
        body = f'{{"text": "{TEXT}"}}'.encode() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
        """Says nothing."""


@pytest.fixture
def mirror() -> Iterator[str]:
    """Base address of the server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Large) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_memory_is_bounded(mirror: str) -> None:
    """Sixty times seven MiB through a process of less than 400, to a caller that takes its time."""
    left = [f"NW20211221{number:010d}" for number in range(LINKS)]
    count, highest = 0, 0
    over = threading.Event()

    def supply(most: int) -> list[str]:
        given, left[:most] = left[:most], []
        return given

    def watch(pid: int) -> None:
        nonlocal highest
        process = psutil.Process(pid)
        while not over.wait(0.01):
            highest = max(highest, process.memory_info().rss)

    with Crawl(settings(mirror, timeout=60)) as crawl:
        watcher = threading.Thread(target=watch, args=crawl.pids)
        watcher.start()
        for part in crawl.articles(supply):
            assert {fetch.outcome for fetch in part} == {None}
            assert sum(len(fetch.payload.body) for fetch in part if fetch.payload) < 32 * MIB
            count += len(part)
            sleep(0.1)
        over.set()
        watcher.join()
    assert count == LINKS
    assert highest < 400 * MIB
