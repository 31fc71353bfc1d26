"""Search: it finds exactly what holds the words, newest first, page after page, and reads no whole table for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from random import Random

import pytest

from finews.flows.articles import list_articles
from finews.flows.search_index import bring_up_to_date, index_batch, kept_up_to_date, left_to_index
from finews.flows.search_text import folded, searched_text, words_of
from finews.schema import search
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.records import CHINA
from finews.schema.search import Place, Wanted, find
from finews.schema.search_texts import count_queued, queue_all
from tests.pipeline.desk import Desk, article
from tests.pipeline.search_stock import Text, put
from tests.pipeline.service import wait_until

FIRST = datetime(2026, 3, 9, 22, 0, tzinfo=CHINA)
LETTERS = [
    *"茅台酒茅台酒上海上证券",
    *"Aaａ1１ 　,，。",
    "<b>",
    "</b>",
    "<p>",
    "</p>",
    "é",
    "é",
    "𠮷",
    "😀",
    "&amp;",
    "\u200b",
]


def texts(number: int, chance: Random) -> Iterator[Text]:
    """Articles of few letters, so that all mixtures of them come up; some at the same moment."""
    for place in range(number):
        yield Text(
            info_code=f"NW20260310{place:010d}",
            title="".join(chance.choices(LETTERS[:12], k=chance.randrange(1, 6))),
            body="".join(chance.choices(LETTERS, k=chance.randrange(30))),
            moment=FIRST + timedelta(minutes=40 * chance.randrange(number // 2)),
            media=chance.choice(("", "样本日报", "样本晚报")),
            securities=chance.choice(
                ((), (("600519", "贵州茅台"),), (("600519", "贵州茅台"), ("1", "样本")))
            ),
        )


def plainly(known: Sequence[Text], wanted: Wanted) -> list[Place]:
    """What a look at every article finds, newest first."""

    def has(text: Text) -> bool:
        found = searched_text(text.title, text.body)
        day = text.moment.astimezone(CHINA).date()
        return (
            all(word in found for word in wanted.words)
            and wanted.media in (None, text.media)
            and (not wanted.security or any(wanted.security in each for each in text.securities))
            and (wanted.first or date.min) <= day <= (wanted.last or date.max)
        )

    return sorted(((each.moment, each.info_code) for each in known if has(each)), reverse=True)


def wishes(number: int, chance: Random) -> Iterator[Wanted]:
    """Words that stand somewhere, or nearly, with and without filters."""
    for _ in range(number):
        drawn = [
            "".join(chance.choices(LETTERS[:16], k=chance.randrange(1, 4)))
            for _ in range(chance.choice((0, 1, 1, 2)))
        ]
        first, last = sorted(date(2026, 3, 9) + timedelta(days=chance.randrange(9)) for _ in range(2))
        yield Wanted(
            words=words_of(" ".join(drawn)),
            media=chance.choice((None, None, "", "样本日报")),
            security=chance.choice((None, None, "600519", "样本", "贵州茅")),
            first=chance.choice((None, first)),
            last=chance.choice((None, last)),
        )


@pytest.mark.parametrize("stretches", [(1_000, 20_000), (7, 40)])
def test_it_finds_what_a_look_at_every_text_finds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, stretches: tuple[int, int]
) -> None:
    monkeypatch.setattr(search, "_STRETCHES", stretches)
    chance = Random(11)
    known = list(texts(200, chance))
    with Database(desk.settings()) as database:
        with database.transaction() as connection:
            put(connection, known)
        assert bring_up_to_date(database) == len(known)
        hits = 0
        for wanted in wishes(70, chance):
            expected = plainly(known, wanted)
            hits += len(expected)
            with database.transaction() as connection:
                assert find(connection, wanted, 1000) == expected, wanted
            with database.transaction() as connection:
                assert find(connection, wanted, 1000, older=False) == expected[::-1], wanted
            if expected:
                place = chance.choice(expected)
                at, most = expected.index(place), chance.randrange(1, 9)
                with database.transaction() as connection:
                    assert find(connection, wanted, most, after=place) == expected[at + 1 :][:most]
                with database.transaction() as connection:
                    newer = find(connection, wanted, most, after=place, older=False)
                    assert newer == expected[:at][::-1][:most], wanted
        assert hits > 500


def test_no_search_reads_the_whole_table(desk: Desk) -> None:
    chance = Random(12)
    with Database(desk.settings()) as database:
        with database.transaction() as connection:
            put(connection, list(texts(1500, chance)))
        bring_up_to_date(database)
        before = _whole_reads(database)
        for wanted in wishes(30, chance):
            if not wanted.by_time_alone:
                with database.transaction() as connection:
                    find(connection, wanted, 51)
        assert _whole_reads(database) == before


def _whole_reads(database: Database) -> int:
    with database.transaction() as connection:
        connection.execute("select pg_stat_force_next_flush()")
    with database.transaction() as connection:
        row = connection.execute(
            "select seq_scan from pg_stat_user_tables where relname = 'search_texts'"
        ).fetchone()
        assert row is not None
        return int(row[0])


def test_the_index_follows_the_articles(desk: Desk) -> None:
    def found(word: str) -> list[str]:
        return [each.brief.info_code for each in list_articles(database, Wanted(words=(word,))).items]

    first, second = article(1, title="甲公司公告"), article(2, title="乙公司公告")
    desk.publish(first, second)
    desk.ingest(first, second)
    with Database(desk.settings()) as database:
        assert found("甲公") == [first.info_code]
        assert set(found("公告")) == {first.info_code, second.info_code}
        desk.newsroom.publish(article(1, title="丙公司公告", body="<p>样本</p>"))
        desk.ingest(first)
        assert (found("甲公"), found("丙公")) == ([], [first.info_code])
        assert [each.brief.info_code for each in list_articles(database, Wanted(edited=True)).items] == [
            first.info_code
        ]
        # What changes nothing costs nothing.
        desk.ingest(first, second)
        with database.transaction() as connection:
            assert count_queued(connection) == 0
        assert desk.run("forget", first.info_code, "--why", "test").status == 0
        assert (found("丙公"), desk.count("search_texts")) == ([], 1)


def test_many_may_index_at_once_and_one_keeps_it(desk: Desk) -> None:
    known = list(texts(400, Random(13)))
    with Database(desk.settings()) as database, ThreadPoolExecutor(4) as threads:
        with database.transaction() as connection:
            put(connection, known)
            queue_all(connection)
        taken = list(threads.map(lambda _: index_batch(database, 50), range(20)))
        assert sum(taken) == 800
        assert desk.count("search_texts") == 400
        with database.transaction() as connection:
            queue_all(connection)
        assert left_to_index(database) == 400, "so many nobody waits for"
        with kept_up_to_date(database), kept_up_to_date(database):
            wait_until(lambda: desk.count("search_queue") == 0)
        assert desk.count("search_texts") == 400


def test_words_are_read_as_they_are_meant() -> None:
    assert words_of("  茅台　 五粮液 茅台 ") == ("茅台", "五粮液")
    assert words_of('ＧＤＰ "new  York" “上证 指数”') == ("gdp", "new york", "上证 指数")
    assert folded("Ｓｔｒａßｅ\u200b ℃") == "strasse °c"
    for wrong in ("长" * 201, " ".join(str(number) for number in range(30))):
        with pytest.raises(RequestError, match="too many to look for"):
            words_of(wrong)
