"""A crawl process keeps engine and connections from one job to the next, and new rules are heeded at once."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import psutil
import pytest

from finews.newsroom import Newsroom
from finews.spiders.crawl import Crawl

from .crawling import fetched, plain, settings, told
from .test_processes import until


def ports(crawl: Crawl) -> set[int]:
    """Our ends of the connections that the first process has open."""
    kinds = psutil.Process(crawl.pids[0]).net_connections("tcp")
    return {each.laddr.port for each in kinds if each.status == psutil.CONN_ESTABLISHED}


def test_connections_are_kept(room: Newsroom, crawl: Crawl) -> None:
    """A poll a minute or a backfill's next chunk begins with the connections of the one before."""
    codes = [each.info_code for each in plain(room)[:10]]
    crawl.configure(settings(room.bases[0], concurrency=2))
    fetched(crawl, codes)
    crawl.feeds(["37"])
    before = ports(crawl)
    assert before
    for _ in range(3):
        fetched(crawl, codes)
        crawl.feeds(["37"])
    assert ports(crawl) == before


def test_new_rules_are_heeded_at_once(room: Newsroom, crawl: Crawl) -> None:
    """What was opened under the old ones closes, with its connections."""
    code = plain(room)[0].info_code
    for agent in ("first/1 (+desk@example.org)", "second/1 (+desk@example.org)"):
        crawl.configure(settings(room.bases[0], user_agent=agent, concurrency=1))
        room.forget_requests()
        for _ in range(2):
            assert told(fetched(crawl, [code])[code]) == (None, "")
            crawl.feeds(["38"])
        headers = [{name.lower(): value for name, value in each.headers.items()} for each in room.requests]
        assert {each["user-agent"] for each in headers} == {agent}
    until(lambda: len(ports(crawl)) == 2)  # one for articles, one for feeds


class _Brief(http.server.BaseHTTPRequestHandler):
    """Promises to keep the connection, and closes it when it was idle for a tenth of a second."""

    protocol_version = "HTTP/1.1"
    timeout = 0.1

    def do_GET(self) -> None:
        body = b"{}"
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def brief() -> Iterator[str]:
    """The address of a server that is quick to close connections."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Brief) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_connection_that_the_source_has_closed_is_not_used(brief: str, crawl: Crawl) -> None:
    """Between two jobs a server may let go of it; the next job opens another, and nothing fails."""
    crawl.configure(settings(brief, retries=0))
    code = "NW202112222221210789"
    assert told(fetched(crawl, [code])[code]) == ("quarantined", "body_empty")
    until(lambda: not ports(crawl))
    assert told(fetched(crawl, [code])[code]) == ("quarantined", "body_empty")
