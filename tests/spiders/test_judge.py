"""One answer, judged."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from finews.newsroom import pages
from finews.schema.records import ROLLING
from finews.spiders.addresses import PAGE, TEXT
from finews.spiders.feed_judge import judged_feed
from finews.spiders.heard import Heard, Say, unanswered
from finews.spiders.judge import Answer, judged

CODE = "NW202112222221210789"
AT = datetime(2021, 12, 22, 7, 37, 43, tzinfo=UTC)
RENDERED = (
    "<title>t</title><h1>登录 验证码</h1><form action=/login></form><div id='ContentBody'>请输入验证码</div>"
)


def answer(
    body: str | bytes = b"", status: int = 200, retry_after: str = "", too_large: bool = False
) -> Answer:
    """An answer in UTF-8, as a mirror would give it."""
    return Answer(
        url="http://127.0.0.1/",
        status=status,
        content_type="application/json; charset=utf-8",
        retry_after=retry_after,
        at=AT,
        body=body.encode() if isinstance(body, str) else body,
        too_large=too_large,
    )


def told(heard: Heard) -> tuple[Say, str, bool, bool, str | None]:
    """What decides: say, reason, passing, elsewhere, and the part of the payload."""
    return (
        heard.say,
        heard.reason,
        heard.passing,
        heard.elsewhere,
        heard.payload.part if heard.payload else None,
    )


STATUSES = [
    (404, (Say.ABSENT, "http_404", False, True, None)),
    (410, (Say.ABSENT, "http_410", False, True, None)),
    (401, (Say.BLOCKED, "http_401", False, False, None)),
    (403, (Say.BLOCKED, "http_403", False, False, None)),
    (429, (Say.BLOCKED, "http_429", True, False, None)),
    (400, (Say.FAILED, "http_400", False, False, None)),
    (304, (Say.FAILED, "http_304", False, False, None)),
    (500, (Say.FAILED, "http_500", True, False, None)),
    (502, (Say.FAILED, "http_502", True, False, None)),
    (503, (Say.FAILED, "http_503", True, False, None)),
]


@pytest.mark.parametrize(("status", "expected"), STATUSES)
@pytest.mark.parametrize("part", [TEXT, PAGE])
def test_statuses(part: str, status: int, expected: object) -> None:
    """The status decides, whatever the body is."""
    assert told(judged(CODE, part, answer('{"text": "正文"}', status))) == expected


GOOD = json.dumps({"id": CODE, "text": "正文"})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (GOOD, (Say.GOOD, "ok", False, False, "text")),
        (RENDERED, (Say.GOOD, "ok", False, False, "page")),
        (GOOD[:-9], (Say.UNFIT, "not_json", False, False, "text")),
        ("[]", (Say.UNFIT, "not_json", False, False, "text")),
        ("null", (Say.UNFIT, "not_json", False, False, "text")),
        ("", (Say.UNFIT, "body_empty", False, True, "text")),
        ("{}", (Say.UNFIT, "body_empty", False, True, "text")),
        (
            '{"id": "NW202112222221210780", "text": "正文"}',
            (Say.UNFIT, "wrong_article", False, False, "text"),
        ),
        (
            GOOD.encode().decode("unicode_escape").encode("gbk"),
            (Say.UNFIT, "bad_encoding", False, False, "text"),
        ),
        (pages.BUSY, (Say.UNFIT, "not_json", False, True, "text")),
        (pages.LOGIN, (Say.BLOCKED, "login_page", False, False, None)),
        (pages.CAPTCHA, (Say.BLOCKED, "captcha", False, False, None)),
        ('"请输入验证码"', (Say.BLOCKED, "captcha", False, False, None)),
        ('{"msg": "请输入验证码"}', (Say.UNFIT, "body_empty", False, True, "text")),
    ],
)
def test_article_texts(body: str | bytes, expected: object) -> None:
    """Status 200 is not success."""
    assert told(judged(CODE, TEXT, answer(body))) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (RENDERED, (Say.GOOD, "ok", False, False, "page")),
        (pages.SHARE_SHELL, (Say.ABSENT, "no_article", False, False, None)),
        ("", (Say.ABSENT, "no_article", False, False, None)),
        ("<div id=ContentBody></div>", (Say.ABSENT, "no_article", False, False, None)),
        (pages.LOGIN, (Say.BLOCKED, "login_page", False, False, None)),
        (b"\xff", (Say.UNFIT, "bad_encoding", False, False, "page")),
    ],
)
def test_pages(body: str | bytes, expected: object) -> None:
    """A shell says that the article is not here; a real page may speak of logins."""
    assert told(judged(CODE, PAGE, answer(body))) == expected


def test_too_large_keeps_an_empty_payload() -> None:
    """There is something to show in quarantine, but not the megabytes."""
    heard = judged(CODE, TEXT, answer(too_large=True))
    assert told(heard) == (Say.UNFIT, "too_large", False, False, "text")
    assert heard.payload
    assert heard.payload.body == b""


def test_a_wish_to_wait() -> None:
    """Retry-After counts with 429 and 503 only."""
    assert judged(CODE, TEXT, answer(status=429, retry_after="7")).wait == 7
    assert judged(CODE, TEXT, answer(status=503, retry_after="Wed, 22 Dec 2021 07:38:43 GMT")).wait == 60
    assert judged(CODE, TEXT, answer(status=500, retry_after="7")).wait is None
    assert judged(CODE, TEXT, answer(status=429, retry_after="soon")).wait is None


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("connection", (Say.FAILED, True, True, True)),
        ("timeout", (Say.FAILED, False, True, True)),
        ("bad_gzip", (Say.FAILED, False, False, True)),
        ("redirect_loop", (Say.FAILED, False, False, True)),
        ("redirect_away", (Say.BLOCKED, False, False, True)),
        ("robots", (Say.BLOCKED, False, False, False)),
    ],
)
def test_no_answer(reason: str, expected: object) -> None:
    """A timeout is not repeated; robots.txt was obeyed without a request."""
    heard = unanswered(reason)
    assert (heard.say, heard.passing, heard.ill, heard.sent) == expected


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("{}", 200, "no_records"),
        ("[", 200, "not_json"),
        ("", 200, "body_empty"),
        (pages.LOGIN, 200, "login_page"),
        (pages.CAPTCHA, 200, "captcha"),
        (pages.BUSY, 200, "not_json"),
        (b"\xff", 200, "bad_encoding"),
        ('{"records": []}', 500, "http_500"),
    ],
)
def test_feeds(body: str | bytes, status: int, reason: str) -> None:
    """A feed's error is a word too."""
    heard = judged_feed(ROLLING, answer(body, status))
    assert isinstance(heard, Heard)
    assert heard.reason == reason


def test_good_feed() -> None:
    """An empty one is good."""
    assert judged_feed(ROLLING, answer('{"records": []}')) == ()
