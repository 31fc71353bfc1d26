"""A stock of articles put into a desk's database and site without a request: what a replay works from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from finews.flows.leases import Leases
from finews.flows.load import load_payloads
from finews.flows.pipeline import Pipeline
from finews.flows.publish import publish_results
from finews.newsroom import SourceArticle, generate
from finews.newsroom.shapes import article_text
from finews.schema.frontier import add_links, claim
from finews.schema.payloads import newest_payloads, read_payloads, store_payloads
from finews.schema.records import CHINA, Listing, Payload
from finews.schema.sightings import record_sightings
from tests.pipeline.desk import Desk

FETCHED = datetime(2026, 3, 10, 12, 0, tzinfo=CHINA)
_BATCH = 500


def stock(desk: Desk, number: int, *, seed: int = 3) -> None:
    """`number` generated articles as rows and posts; the same arguments give the same."""
    source = stocked_articles(number, seed=seed)
    with Pipeline(desk.settings()) as pipeline, pipeline.run("stock", "a test's") as run:
        while articles := list(islice(source, _BATCH)):
            leases = Leases(pipeline)
            codes = [each.info_code for each in articles]
            with pipeline.database.transaction() as connection:
                add_links(connection, codes)
                record_sightings(
                    connection, run.number, [line for each in articles for line in listings_of(each)]
                )
                store_payloads(connection, run.number, [payload_of(each) for each in articles])
                leases.take(claim(connection, run.number, codes))
                ids = [each.id for each in newest_payloads(connection, codes)]
                payloads = list(read_payloads(connection, ids))
            results = load_payloads(pipeline.database, pipeline.settings, run.number, payloads, leases.tokens)
            assert len(results) == len(articles)
            publish_results(pipeline.database, pipeline.settings, results)


def stocked_articles(number: int, *, seed: int = 3) -> Iterator[SourceArticle]:
    """The articles of a stock: those that a feed lists as rolling news or that name their media."""
    return islice((each for each in generate(seed=seed) if each.medianame or "rolling" in each.feeds), number)


def payload_of(article: SourceArticle) -> Payload:
    """What a mirror answers for an article."""
    return Payload(
        info_code=article.info_code,
        part="text",
        url=f"http://mirror.example/NewsData/GetNewsText.do?id={article.info_code}",
        status=200,
        content_type="application/json; charset=utf-8",
        fetched_at=FETCHED,
        body=json.dumps(article_text(article), ensure_ascii=False).encode(),
    )


def listings_of(article: SourceArticle) -> list[Listing]:
    """What the feeds say of it."""
    return [
        Listing(
            info_code=article.info_code,
            feed=feed,
            position=0,
            title=article.title,
            media=article.medianame,
            digest=article.digest if feed == "rolling" else "",
            url=article.url_w if feed == "rolling" else "",
        )
        for feed in article.feeds
    ]
