"""Normalise and load: one core's work on bodies beside lxml's, and rows beside a plain COPY of the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from lxml import etree
from psycopg import sql
from pydantic import SecretStr

from bench.speed.figures import Figure, side_by_side
from bench.speed.source import Source
from finews.flows.load import Reading, load_payloads, readings
from finews.flows.normalise import VERSION, normalise, post_path
from finews.flows.text_hash import text_hash
from finews.schema.articles import COLUMNS, Loading, load_articles, row_of
from finews.schema.database import Database
from finews.schema.frontier import add_links, claim
from finews.schema.ledger import start_run
from finews.schema.payloads import store_payloads
from finews.schema.records import Article, Outcome, Payload
from finews.schema.settings import Settings
from finews.schema.staging import copy
from finews.spiders.decoding import json_object

BATCH: Final = 200
"""Articles a transaction, as the pipeline has it."""


def normalising(source: Source, *, number: int, rounds: int) -> list[Figure]:
    """Articles a second and core, beside lxml parsing and serialising the HTML of the same articles."""
    payloads = payloads_of(source, number)
    bodies = [html_of(each).encode() for each in payloads]

    def lxml() -> float:
        parser = etree.HTMLParser(encoding="utf-8")
        began = time.process_time()
        for each in bodies:
            etree.tostring(etree.fromstring(each, parser), encoding="utf-8", method="html")
        return len(bodies) / (time.process_time() - began)

    mine, beside, ratios = side_by_side(lambda: normalised(payloads), lxml, rounds=rounds)
    return [
        Figure(
            stage="normalise",
            what="payload to article, one core",
            unit="articles/s",
            ours=mine,
            limit="lxml parses and serialises the body",
            beside=beside,
            ratios=ratios,
            target=0.35,
        )
    ]


def loading(source: Source, settings: Settings, *, number: int, rounds: int) -> list[Figure]:
    """Rows a second into `articles`, new and known, and the whole transaction around them."""
    work = _Loads(payloads_of(source, number), settings)
    figures = []
    for stage, ours, target in (
        ("load, all new", work.new, 0.5),
        ("load, all known", work.known, 2.0),
        ("load, all new, with links, events and rechecks", work.whole, None),
    ):
        mine, beside, ratios = side_by_side(ours, work.copied, rounds=rounds)
        figures.append(
            Figure(
                stage=stage,
                what="rows in batches of 200, each committed",
                unit="rows/s",
                ours=mine,
                limit="one COPY of the same rows, with a primary key",
                beside=beside,
                ratios=ratios,
                target=target,
            )
        )
    return figures


def normalised(payloads: Sequence[Payload]) -> float:
    """Articles a second and core that come of payloads."""
    began = time.process_time()
    for each in payloads:
        if not isinstance(normalise(each), Article):
            raise TypeError(f"{each.info_code} is no article")
    return len(payloads) / (time.process_time() - began)


def payloads_of(source: Source, number: int) -> list[Payload]:
    """The articles of the source as payloads that were fetched now; numbered, as if they were stored."""
    now = datetime.now(UTC)
    return [
        Payload(
            id=place,
            info_code=code,
            part="text",
            url=f"{source.base}/NewsData/GetNewsText.do?id={code}",
            status=200,
            content_type="application/json; charset=utf-8",
            fetched_at=now,
            body=body,
        )
        for place, (code, body) in enumerate(
            zip(source.codes[:number], source.bodies(number), strict=True), 1
        )
    ]


def html_of(payload: Payload) -> str:
    """The HTML in a payload."""
    answer = json_object(payload.body, payload.content_type)
    return str(answer.get("text") or answer["content"])


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """A database in which payloads are stored and their links are leased: ready to be loaded."""

    database: Database
    settings: Settings
    run: int
    payloads: Sequence[Payload]
    tokens: dict[str, int]
    readings: dict[str, Reading]

    def batches(self) -> Iterator[Sequence[Payload]]:
        for start in range(0, len(self.payloads), BATCH):
            yield self.payloads[start : start + BATCH]

    def loadings(self) -> Iterator[list[Loading]]:
        for batch in self.batches():
            yield [
                Loading(article=made, path=post_path(made), category="bench", text_hash=text_hash(made.body))
                for made in (self.readings[each.info_code].made for each in batch)
                if isinstance(made, Article)
            ]


class _Loads:
    """The ways to write the same rows, each into a database that has none of them."""

    def __init__(self, payloads: Sequence[Payload], settings: Settings) -> None:
        self._payloads, self._settings = payloads, settings
        self._databases = 0

    def new(self) -> float:
        """Rows a second of `load_articles` into an empty table."""
        with self._stored() as stored:
            batches = list(stored.loadings())
            return self._timed(stored, batches, expected=Outcome.NEW)

    def known(self) -> float:
        """The same a second time."""
        with self._stored() as stored:
            batches = list(stored.loadings())
            self._timed(stored, batches, expected=Outcome.NEW)
            return self._timed(stored, batches, expected=Outcome.UNCHANGED)

    def whole(self) -> float:
        """Articles a second of the whole transaction: rows, quarantine, links, events, rechecks."""
        with self._stored() as stored:
            began = time.perf_counter()
            for batch in stored.batches():
                results = load_payloads(
                    stored.database,
                    stored.settings,
                    stored.run,
                    batch,
                    stored.tokens,
                    earlier=stored.readings,
                )
                _all_are(Outcome.NEW, [each.outcome for each in results])
            return len(self._payloads) / (time.perf_counter() - began)

    def copied(self) -> float:
        """Rows a second of one binary COPY of the same rows into a table of the same columns with a key."""
        with self._stored() as stored, psycopg.connect(stored.database.address) as connection:
            rows = [row_of(each, VERSION) for batch in stored.loadings() for each in batch]
            columns = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in COLUMNS.items()
            )
            connection.execute(sql.SQL("create table copied ({}, primary key (info_code))").format(columns))
            connection.commit()
            began = time.perf_counter()
            copy(connection, "copied", COLUMNS, rows)
            connection.commit()
            return len(rows) / (time.perf_counter() - began)

    def _timed(self, stored: _Stored, batches: Sequence[list[Loading]], *, expected: Outcome) -> float:
        began = time.perf_counter()
        for batch in batches:
            with stored.database.transaction() as connection:
                outcomes = load_articles(connection, stored.run, batch, normaliser=VERSION)
            _all_are(expected, outcomes.values())
        return sum(map(len, batches)) / (time.perf_counter() - began)

    @contextmanager
    def _stored(self) -> Iterator[_Stored]:
        assert self._settings.database_url
        server = self._settings.database_url.get_secret_value()
        self._databases += 1
        name = f"rows_{self._databases}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        address = psycopg.conninfo.make_conninfo(server, dbname=name)
        settings = self._settings.model_copy(update={"database_url": SecretStr(address)})
        with Database(settings) as database:
            yield self._leased(database, settings)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    def _leased(self, database: Database, settings: Settings) -> _Stored:
        codes = [each.info_code for each in self._payloads]
        with database.transaction() as connection:
            run = start_run(connection, "bench", reason="rows")
            add_links(connection, codes)
            tokens = {each.info_code: each.token for each in claim(connection, run, codes)}
            ids = store_payloads(connection, run, self._payloads)
        payloads = [replace(each, id=ids[each.info_code]) for each in self._payloads]
        read = readings(payloads, sightings={}, identities={}, earlier={})
        return _Stored(
            database=database,
            settings=settings,
            run=run,
            payloads=payloads,
            tokens=tokens,
            readings={each.payload.info_code: each for each in read},
        )


def _all_are(expected: Outcome, found: Any) -> None:
    if strange := {each for each in found if each is not expected}:
        raise RuntimeError(f"every row was to be {expected}, some are {sorted(strange)}")
