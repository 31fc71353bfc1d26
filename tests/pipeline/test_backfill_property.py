"""Whatever days, whatever chunks, whatever arrives meanwhile: what is fetched is what was wanted, each once."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.backfill import run_backfill
from finews.flows.backfill_wish import tiled, tiled_days, wish_of
from finews.flows.pipeline import Pipeline
from finews.newsroom import Newsroom, SourceArticle
from finews.schema.backfills import open_backfill
from finews.schema.infocode import day_of
from finews.schema.records import CHINA
from tests.databases import Server
from tests.pipeline.archive import FIRST, at, codes_of, day_of_news, texts_asked
from tests.pipeline.desk import Desk
from tests.pipeline.observed import Observer

DAYS = [FIRST + timedelta(days=place) for place in range(6)]
PLACES = st.integers(0, len(DAYS) - 1)


class Bench:
    """A newsroom and a pipeline that stay open over the examples; `arrivals` come one after each page of the search."""

    def __init__(self, desk: Desk, pipeline: Pipeline, seen: Observer) -> None:
        self.desk, self.pipeline, self.seen = desk, pipeline, seen
        self.arrivals: list[SourceArticle] = []

    def clear(self) -> None:
        """Nothing was ever published or fetched."""
        self.arrivals.clear()
        room = self.desk.newsroom
        for each in room.articles:
            room.withdraw(each.info_code)
        room.forget_requests()
        tables = self.seen.rows("select tablename from pg_tables where schemaname = 'public'")
        names = ", ".join(name for (name,) in tables if name != "alembic_version")
        self.seen.connection.execute(f"truncate {names} restart identity cascade".encode())
        shutil.rmtree(self.desk.site, ignore_errors=True)


@pytest.fixture(scope="module")
def bench(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder: Path = tmp_path_factory.mktemp("backfill")
    made: list[Bench] = []

    def arrive(room: Newsroom) -> None:
        if made and made[0].arrivals:
            room.publish(made[0].arrivals.pop())

    with server.database() as address, Newsroom(articles=(), searched=arrive) as room:
        desk = Desk(newsroom=room, address=address, folder=folder)
        with (
            Pipeline(desk.settings(), crawling=1, background=1) as pipeline,
            psycopg.connect(address, autocommit=True) as connection,
        ):
            made.append(Bench(desk, pipeline, Observer(connection)))
            yield made[0]


def check(
    bench: Bench, *, sizes: list[int], wanted: set[int], chunk: int, new: int, late: list[int], present: int
) -> None:
    """Backfills the `wanted` days in chunks of so many days, while articles arrive."""
    bench.clear()
    articles = [
        each
        for place, day in enumerate(DAYS)
        for each in day_of_news(day, sizes[place], first=place * 100 + 1)
    ]
    bench.desk.publish(*articles)
    known = articles[:present]
    bench.desk.ingest(*known)
    bench.desk.newsroom.forget_requests()
    # News of the next day, and articles that come late with an older date, shift the pages while they are read.
    tomorrow = midnight(DAYS[-1] + timedelta(days=1))
    bench.arrivals = [at(5000 + number, tomorrow + timedelta(minutes=number)) for number in range(new)]
    bench.arrivals += [at(6000 + number, midnight(DAYS[place])) for number, place in enumerate(late)]
    days = {DAYS[place] for place in wanted}
    with bench.pipeline.database.transaction() as connection:
        wish = wish_of(since=str(DAYS[0])).as_json()
        number = open_backfill(connection, wish, tiled_days(sorted(days), days=chunk), by="test")
    report = run_backfill(bench.pipeline, number)

    assert not report.trouble, report
    asked = Counter(texts_asked(bench.desk))
    must = {each.info_code for each in articles if each.placed().date() in days} - set(codes_of(known))
    # What came while the list was read may be found, where it is of these days.
    came = set(codes_of(bench.desk.newsroom.articles)) - set(codes_of(articles))
    assert must <= set(asked) <= must | {code for code in came if day_of(code) in days}
    assert set(asked.values()) <= {1}
    rows = {code for (code,) in bench.seen.rows("select info_code from articles")}
    assert rows == {*asked, *codes_of(known)}


STORY = {
    "sizes": st.lists(st.integers(0, 60), min_size=len(DAYS), max_size=len(DAYS)),
    "wanted": st.sets(PLACES, min_size=1),
    "chunk": st.integers(1, len(DAYS)),
    "new": st.integers(0, 12),
    "late": st.lists(PLACES, max_size=4),
    "present": st.integers(0, 20),
}


@given(story=st.fixed_dictionaries(STORY))
@settings(max_examples=6)
def test_what_is_fetched_is_what_was_wanted(bench: Bench, story: dict[str, object]) -> None:
    check(bench, **story)  # type: ignore[arg-type]


@pytest.mark.slow
@given(story=st.fixed_dictionaries(STORY))
@settings(max_examples=150)
def test_what_is_fetched_is_what_was_wanted_in_many_stories(bench: Bench, story: dict[str, object]) -> None:
    check(bench, **story)  # type: ignore[arg-type]


@given(
    wanted=st.sets(st.dates(date(2026, 1, 1), date(2026, 3, 31)), min_size=1, max_size=40),
    size=st.integers(1, 40),
)
def test_chunks_cover_exactly_the_days(wanted: set[date], size: int) -> None:
    spans = tiled_days(sorted(wanted), days=size)
    covered = Counter[date]()
    for since, until in spans:
        assert since is not None
        assert until is not None
        day, end = since.astimezone(CHINA).date(), until.astimezone(CHINA).date()
        assert timedelta() < end - day <= timedelta(days=size)
        while day < end:
            covered[day] += 1
            day += timedelta(days=1)
    assert covered == Counter(wanted)
    assert spans == sorted(spans, key=lambda span: str(span[0]), reverse=True)


@given(first=st.dates(date(2026, 1, 1), date(2026, 3, 1)), length=st.integers(0, 90), size=st.integers(1, 40))
def test_a_range_is_tiled_without_a_gap(first: date, length: int, size: int) -> None:
    last = first + timedelta(days=length)
    for begin in (first, None):
        spans = tiled(begin, last, days=size)
        assert spans[0][1] == midnight(last + timedelta(days=1)).replace(tzinfo=CHINA)
        assert all(later[0] == earlier[1] for later, earlier in pairwise(spans))
        assert spans[-1][0] == (midnight(first).replace(tzinfo=CHINA) if begin else None)


def midnight(day: date) -> datetime:
    """The beginning of a day, as the source writes it."""
    return datetime.combine(day, datetime.min.time())
