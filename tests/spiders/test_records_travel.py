"""Records that go through the pipe come out as they went in."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from finews.schema.feed_records import Validators
from finews.schema.records import CHINA, Attempt, Fetch, Listing, Outcome, Payload, RobotsFile
from finews.spiders.crawl import FeedAnswer
from finews.spiders.crawl_settings import CrawlSettings
from finews.spiders.exchange import feed_from_json, feed_to_json, fetch_from_json, fetch_to_json
from finews.spiders.frames import Frames, framed
from finews.spiders.mirror_circuit import CircuitRules
from finews.spiders.search_messages import (
    SearchEnd,
    end_from_json,
    end_to_json,
    listings_from_bytes,
    listings_to_bytes,
)
from finews.spiders.search_range import Range

NOW = datetime(2021, 12, 22, 7, 37, 43, 123456, tzinfo=UTC)
BODY = b"line\n\x00\xff"


def through_the_pipe(header: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
    """What the other side reads."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"".join(framed(header, body)))
        return Frames(theirs).next()


@pytest.mark.parametrize("body", [b"", BODY])
def test_fetch(body: bytes) -> None:
    """With payload, attempts and wait, and bodies of any bytes."""
    fetch = Fetch(
        info_code="NW202112222221210789",
        outcome=Outcome.QUARANTINED,
        reason="not_json",
        payload=Payload(
            info_code="NW202112222221210789",
            part="text",
            url="http://127.0.0.1/?id=NW202112222221210789",
            status=200,
            content_type="text/html; charset=\xff",
            fetched_at=NOW,
            body=body,
        ),
        attempts=(Attempt(mirror="http://127.0.0.1", part="text", reason="connection"),),
        retry_after=timedelta(seconds=1.5),
    )
    header, got = through_the_pipe(fetch_to_json(fetch), body)
    assert fetch_from_json(header, got) == fetch


def test_bare_fetch() -> None:
    """Without any of them."""
    fetch = Fetch(info_code="NW202112222221210789", outcome=Outcome.GONE, reason="http_404", payload=None)
    assert fetch_from_json(*through_the_pipe(fetch_to_json(fetch))) == fetch


def test_feed() -> None:
    """Titles of any characters, half a surrogate pair among them."""
    listing = Listing(
        info_code="NW202112222221210789", feed="37", position=3, title="标\n\ud800题", moment=NOW
    )
    plain = Listing(info_code="NW202112222221210789", feed="37", position=4)
    given = Validators(url="http://127.0.0.1:99/feed", etag='W/"标"', last_modified="")
    answer = FeedAnswer(name="37", listings=(listing, plain), validators=given, unchanged=True, outage=True)
    header, _ = through_the_pipe({"feed": feed_to_json(answer)})
    assert feed_from_json(header["feed"]) == answer


def test_settings() -> None:
    """All of them, with what is known of robots.txt; a slash at the end of a mirror goes."""
    settings = CrawlSettings(
        sources=("http://127.0.0.1:99/~http_500/", "http://127.0.0.1:99/~http_500"),
        user_agent="finews/0.1",
        rate=3.5,
        circuit=CircuitRules(troubles=2, pause=1.5),
        open_circuits={"http://127.0.0.1:99/~http_500": 12.5},
        rates={"http://127.0.0.1:99/~http_500": 0.5},
        paused=("http://127.0.0.1:99/~http_500",),
        robots={"http://127.0.0.1:99": RobotsFile(status=200, body="User-agent: *", fetched_at=NOW)},
    )
    assert settings.sources == ("http://127.0.0.1:99/~http_500",)
    assert CrawlSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_share_of_the_settings() -> None:
    """Rate and concurrency are for all processes together."""
    settings = CrawlSettings(sources=("http://127.0.0.1",), user_agent="x", rate=3, concurrency=16)
    assert (settings.share(2).rate, settings.share(2).concurrency) == (1.5, 8)
    assert settings.share(99).concurrency == 1
    assert settings.evolve(rate=None).share(2).rate is None
    assert settings.evolve(rates={"http://127.0.0.1": 5.0}).share(2).rate_of("http://127.0.0.1") == 2.5


def test_settings_need_a_mirror() -> None:
    """An empty list is a mistake of the caller."""
    with pytest.raises(ValueError, match="mirror"):
        CrawlSettings(sources=(), user_agent="x")


def test_search() -> None:
    """What is found, with titles of any characters, and how it ended, with open ranges."""
    found = [
        Listing(info_code="NW202112222221210789", feed="search", position=3, title="\ud83d", moment=NOW),
        Listing(info_code="NW202112222221210788", feed="search", position=4),
    ]
    end = SearchEnd(
        requests=7, reason="gap", uncovered=(Range(since=NOW), Range(until=NOW.astimezone(CHINA))), total=None
    )
    header, body = through_the_pipe(end_to_json(end), listings_to_bytes(found))
    assert end_from_json({name: header[name] for name in end_to_json(end)}) == end
    assert listings_from_bytes(body) == found
