"""Rows of articles with texts of the test's own, put straight into the database as the loader puts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from finews.flows.text_hash import text_hash
from finews.schema.articles import Loading, load_articles
from finews.schema.frontier import add_links
from finews.schema.ledger import start_run
from finews.schema.payloads import store_payloads
from finews.schema.records import Article, Payload, Security


@dataclass(frozen=True, kw_only=True)
class Text:
    """What a test says of an article; without `media` it is rolling news."""

    info_code: str
    title: str
    body: str
    moment: datetime
    media: str = ""
    securities: Sequence[tuple[str, str]] = ()


def put(connection: Connection[Any], texts: Sequence[Text]) -> None:
    """Loads articles, new or edited ones, in one run."""
    run = start_run(connection, "ingest", reason="test")
    codes = [each.info_code for each in texts]
    add_links(connection, codes)
    connection.execute("update links set state = 'done' where info_code = any(%s)", [codes])
    numbers = store_payloads(connection, run, [_payload(each) for each in texts])
    load_articles(
        connection,
        run,
        [
            Loading(
                article=_article(each, numbers[each.info_code]),
                path=f"_posts/{each.info_code}.md",
                category="x",
                text_hash=text_hash(each.body),
            )
            for each in texts
        ],
        normaliser=1,
    )


def _payload(text: Text) -> Payload:
    return Payload(
        info_code=text.info_code,
        part="text",
        url="http://127.0.0.1/x",
        status=200,
        content_type="application/json",
        fetched_at=text.moment,
        body=text.body.encode(),
    )


def _article(text: Text, payload: int) -> Article:
    return Article(
        info_code=text.info_code,
        rolling=not text.media,
        title=text.title,
        moment=text.moment,
        media=text.media,
        digest="",
        link="",
        body=text.body,
        payload_id=payload,
        securities=tuple(Security(market="1", code=code, name=name) for code, name in text.securities),
    )
