"""A quarantine of every kind, as the real pipeline fills it: what tests of its pages look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from finews.newsroom import SourceArticle
from tests.pipeline.desk import Desk, article

BUGGED = range(101, 126)
"""Articles at which the parser itself fails, as long as `parser_bug` holds: more than are replayed at once."""
LACKS_TITLE = 1
HARBOUR = "海港晚报"


def code(number: int) -> str:
    """The infoCode of an article of this stock."""
    return article(number).info_code


@contextmanager
def parser_bug() -> Iterator[None]:
    """For the block, the parser fails at whatever it reads."""
    with mock.patch("finews.flows.load.normalise", side_effect=ZeroDivisionError):
        yield


def fill(desk: Desk) -> None:
    """25 articles behind a bug of the parser, and one or two for every other reason."""
    bugged = [article(number) for number in BUGGED]
    others = _others()
    desk.publish(*bugged, *others)
    with parser_bug():
        desk.ingest(*bugged)
    for fault, number in (("gbk", 7), ("truncated_json", 8), ("html", 12)):
        desk.newsroom.fault(fault, info_code=code(number))
    desk.newsroom.fault("wrong_article", info_code=code(9), other=code(101))
    report = desk.ingest(*others)
    assert report.counts["quarantined"] == len(others), report.counts


def _others() -> list[SourceArticle]:
    return [
        article(LACKS_TITLE, extra={"title": ""}, feeds=("37",), title="港口吞吐量创新高"),
        article(2, extra={"title": None}, medianame=HARBOUR, from_=HARBOUR),
        article(3, extra={"date": "昨天下午"}),
        article(4, extra={"medianame": "", "from": ""}, medianame="", from_=""),
        article(5, extra={"text": ""}),
        article(6, body="<p>\u3000\u3000</p><p>&nbsp;</p>"),
        article(7),
        article(8),
        article(9),
        article(10, extra={"text": ""}),
        article(11, extra={"title": ["x"]}, body="<p><script>alert(1)</script>&#8238;倒写 \u202e反 </p>" * 3),
        article(12),
        article(14, extra={"date": ""}, medianame=HARBOUR, from_=HARBOUR),
        article(13, extra={"title": ""}, body="<p>" + "长文一段。" * 6000 + "</p>"),
    ]
