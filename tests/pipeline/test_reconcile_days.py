"""Coverage by day: which day an article is of, what became of it, and which days are complete."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from finews.schema.coverage import DayCoverage, coverage, incomplete_days
from finews.schema.database import Database
from finews.schema.records import CHINA
from tests.pipeline.desk import Desk, article
from tests.pipeline.reconciling import compared

NINTH, TENTH, ELEVENTH = (date(2026, 3, day) for day in (9, 10, 11))
LATER = datetime(2026, 3, 20, 12, 0, tzinfo=CHINA)


def days(desk: Desk, first: date | None = None, last: date | None = None) -> dict[date, DayCoverage]:
    with Database(desk.settings()) as database, database.transaction() as connection:
        found = coverage(connection, first, last)
    assert [each.day for each in found] == sorted({each.day for each in found})
    return {each.day: each for each in found}


def gaps(
    desk: Desk, first: date | None = NINTH, last: date | None = ELEVENTH, *, now: datetime = LATER
) -> list[date]:
    with Database(desk.settings()) as database, database.transaction() as connection:
        return incomplete_days(connection, first, last, now=now)


def put_link(desk: Desk, code: str, state: str = "pending") -> None:
    desk.execute("insert into links (info_code, state) values (%s, %s)", [code, state])


def put_listing(desk: Desk, code: str, day: date, *, feed: str = "search") -> None:
    desk.execute(
        "insert into listings (info_code, feed, day, title, media, digest, url) values (%s, %s, %s, '', '', '', '')",
        [code, feed, day],
    )


def put_sighting(desk: Desk, code: str, moment: datetime | None) -> None:
    desk.execute("insert into runs (kind, host, pid, state) values ('poll', 'h', 1, 'ended')")
    desk.execute(
        """
        insert into sightings (info_code, feed, run_id, title, moment, media, digest, url)
        select %s, '37', max(id), '', %s, '', '', '' from runs
        """,
        [code, moment],
    )


def put_survey(desk: Desk, day: date, at: datetime, *, unread: str = "") -> None:
    desk.execute(
        """
        insert into surveys (day, at, listed, unread) values (%s, %s, 0, %s)
        on conflict (day) do update set at = excluded.at, unread = excluded.unread
        """,
        [day, at, unread],
    )


def test_both_sides_of_midnight_in_china(desk: Desk) -> None:
    articles = [
        article(1, moment="2026-03-09 23:59:59"),
        article(2, moment="2026-03-10 00:00:00"),
        article(3, moment="2026-03-10 23:59:59"),
        article(4, moment="2026-03-11 00:00:00"),
    ]
    desk.publish(*articles)
    desk.ingest(*articles)
    found = days(desk)
    assert {day: (each.known, each.rows, each.published) for day, each in found.items()} == {
        NINTH: (1, 1, 1),
        TENTH: (2, 2, 2),
        ELEVENTH: (1, 1, 1),
    }
    for day in found:
        assert days(desk, day, day) == {day: found[day]}
    assert list(days(desk, TENTH)) == [TENTH, ELEVENTH]
    assert list(days(desk, None, TENTH)) == [NINTH, TENTH]
    told = compared(desk).as_json()["days"]
    assert [(each["day"], each["rows"], each["posts"]) for each in told] == [
        ("2026-03-09", 1, 1),
        ("2026-03-10", 2, 2),
        ("2026-03-11", 1, 1),
    ]


def test_the_day_is_the_rows_else_the_lists_else_a_feeds_else_the_codes(desk: Desk) -> None:
    one = article(1, moment="2026-03-11 08:00:00")
    desk.publish(one)
    desk.ingest(one)
    put_listing(desk, one.info_code, NINTH)
    codes = [f"NW20260310000000010{number}" for number in range(4)]
    for code in codes:
        put_link(desk, code)
    put_listing(desk, codes[0], ELEVENTH)
    put_listing(desk, codes[0], NINTH, feed="37")
    put_sighting(desk, codes[0], datetime(2026, 3, 1, tzinfo=CHINA))
    put_listing(desk, codes[1], NINTH, feed="rolling")
    # Half past four in the afternoon of the tenth in London is the eleventh in China.
    put_sighting(desk, codes[2], datetime(2026, 3, 10, 16, 30, tzinfo=UTC))
    put_sighting(desk, codes[3], None)
    found = days(desk)
    assert {day: (each.listed, each.rows, each.waiting) for day, each in found.items()} == {
        NINTH: (1, 0, 1),
        TENTH: (1, 0, 1),
        ELEVENTH: (3, 1, 2),
    }
    for day in found:
        assert days(desk, day, day) == {day: found[day]}, "a range counts as the whole does"


def test_an_article_is_one_of_these(desk: Desk) -> None:
    good, bad = article(1, feeds=("37",)), article(2, feeds=("37",), extra={"text": ""})
    desk.publish(good, bad)
    desk.poll()
    for number, state in enumerate(
        ("pending", "failed", "blocked", "fetched", "gone", "forgotten", "done"), 10
    ):
        put_link(desk, f"NW20260310{number:010d}", state)
        put_listing(desk, f"NW20260310{number:010d}", TENTH)
    put_listing(desk, f"NW20260310{99:010d}", TENTH)
    assert days(desk) == {
        TENTH: DayCoverage(
            day=TENTH,
            listed=10,
            known=9,
            rows=1,
            published=1,
            # Never fetched, and done without a row.
            missing=2,
            waiting=4,
            quarantined=1,
            gone=1,
            forgotten=1,
        )
    }
    desk.execute("update quarantine set discarded_at = now()")
    desk.execute("update articles set published_revision = null")
    desk.execute("update links set state = 'failed' where info_code = %s", [good.info_code])
    found = days(desk)[TENTH]
    assert (found.quarantined, found.rows, found.published, found.waiting) == (1, 1, 0, 4)


def test_a_day_is_complete_when_its_list_was_read_after_it(desk: Desk) -> None:
    assert gaps(desk) == [NINTH, TENTH, ELEVENTH], "of a day without a record nobody knows"
    for day in (NINTH, TENTH, ELEVENTH):
        put_survey(desk, day, datetime(2026, 3, 12, 0, 0, tzinfo=CHINA))
    assert gaps(desk) == []
    put_survey(desk, TENTH, datetime(2026, 3, 10, 23, 59, 59, tzinfo=CHINA))
    assert gaps(desk) == [TENTH]
    put_survey(desk, TENTH, datetime(2026, 3, 11, 0, 0, tzinfo=CHINA))
    assert gaps(desk) == []
    put_survey(desk, TENTH, datetime(2026, 3, 12, 0, 0, tzinfo=CHINA), unread="not_listed")
    assert gaps(desk) == [TENTH]
    put_survey(desk, TENTH, datetime(2026, 3, 12, 0, 0, tzinfo=CHINA))
    put_listing(desk, "NW202603100000000001", TENTH)
    assert gaps(desk) == [TENTH], "one is missing"
    put_link(desk, "NW202603100000000001")
    assert gaps(desk) == [TENTH], "one is waiting"
    for state in ("gone", "quarantined", "forgotten"):
        desk.execute("update links set state = %s", [state])
        assert gaps(desk) == [], state


def test_today_is_never_complete_and_tomorrow_is(desk: Desk) -> None:
    now = datetime(2026, 3, 10, 23, 59, 59, tzinfo=CHINA)
    put_survey(desk, NINTH, now)
    put_survey(desk, TENTH, now)
    assert gaps(desk, now=now) == [TENTH]
    assert gaps(desk, ELEVENTH, ELEVENTH, now=now) == []
    put_listing(desk, "NW202603110000000001", ELEVENTH)
    assert gaps(desk, now=now) == [TENTH, ELEVENTH]
    assert gaps(desk, ELEVENTH, ELEVENTH, now=now) == [ELEVENTH]


def test_without_borders_from_the_first_day_known(desk: Desk) -> None:
    assert gaps(desk, None, None) == [LATER.date()]
    put_survey(desk, date(2026, 3, 17), LATER)
    put_listing(desk, "NW202603190000000001", date(2026, 3, 19))
    assert gaps(desk, None, None) == [date(2026, 3, day) for day in (18, 19, 20)]
    assert gaps(desk, date(2026, 3, 16), None) == [date(2026, 3, day) for day in (16, 18, 19, 20)]
    assert gaps(desk, None, date(2026, 3, 18)) == [date(2026, 3, 18)]


def test_a_code_with_an_impossible_date_stops_nothing(desk: Desk) -> None:
    """No command lets one in; a hand can."""
    for day in ("20260230", "00000000", "20261399", "99991231", "99999999"):
        put_link(desk, f"NW{day}0000000001")
    assert sum(each.known for each in days(desk).values()) == 5
    assert date.max in days(desk, date(9999, 1, 1))
    assert gaps(desk, date.max, date.max) == [date.max]


def test_what_is_listed_and_not_here_is_off_and_what_waits_is_not(desk: Desk) -> None:
    put_link(desk, "NW202603100000000001", "failed")
    found = compared(desk)
    assert (found.clean, found.counts["waiting"], found.counts["incomplete_days"]) == (True, 1, 1)
    put_listing(desk, "NW202603100000000002", TENTH)
    found = compared(desk)
    assert (found.clean, found.counts["missing"]) == (False, 1)
    (day,) = found.as_json()["days"]
    assert day == {
        "day": "2026-03-10",
        "listed": 1,
        "known": 1,
        "rows": 0,
        "posts": 0,
        "missing": 1,
        "waiting": 1,
        "quarantined": 0,
        "gone": 0,
        "forgotten": 0,
        "surveyed": None,
        "unread": "",
        "complete": False,
    }
    assert compared(desk, NINTH, NINTH).clean


def test_a_person_sees_the_last_month_and_what_is_wanting_before(desk: Desk) -> None:
    today = datetime.now(CHINA).date()
    old, older, recent = today - timedelta(days=100), today - timedelta(days=200), today - timedelta(days=3)
    for number, day in enumerate((old, older, recent)):
        put_link(desk, f"NW{day:%Y%m%d}{number:010d}", "gone" if day == older else "pending")
    ran = desk.run("reconcile")
    assert ran.status == 0
    assert (str(old) in ran.out, str(older) in ran.out, str(recent) in ran.out) == (True, False, True)
    assert "1 earlier days were never read whole" in " ".join(ran.out.split())
    assert str(older) in desk.run("reconcile", "--to", str(older)).out
    assert len(desk.run("reconcile", "--json").json["days"]) == 3
