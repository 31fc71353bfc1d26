"""The calendar tells each day in words, and one day what it lacks; the API says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import httpx
import pytest

from finews.flows.coverage_calendar import (
    GAPS,
    DayState,
    days_between,
    gap_around,
    gaps,
    state_of_day,
    year_of,
)
from finews.schema.coverage import DayCoverage, incomplete_days
from finews.schema.database import Database
from finews.schema.records import CHINA, midnight
from finews.ui.app import create_app
from tests.databases import Server
from tests.pipeline.archive import at
from tests.pipeline.desk import Desk
from tests.pipeline.test_reconcile_days import put_link, put_listing, put_survey
from tests.ui.desks import shared_desk
from tests.ui.serving import served
from tests.ui.visitor import Visitor

FIRST = date(2026, 3, 2)
DAYS = {
    FIRST + timedelta(days=number): state
    for number, state in enumerate(
        (DayState.COMPLETE, DayState.MISSING, DayState.WAITING, DayState.UNREAD, DayState.HELD)
    )
}
TODAY = datetime.now(CHINA).date()
MISSING = 60


@pytest.fixture(scope="module")
def archive(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Five days, one in each state: of the second MISSING articles are missing."""
    with shared_desk(server, tmp_path_factory.mktemp("desk")) as desk:
        real = [
            at(1, f"{FIRST} 09:30:00"),
            at(5, "2026-03-06 10:00:00"),
            at(6, "2026-03-06 11:00:00", body=""),
        ]
        desk.publish(*real)
        desk.ingest(*real)
        for number in range(MISSING):
            put_listing(desk, f"NW20260303{number:010d}", FIRST + timedelta(days=1))
        put_link(desk, f"NW20260304{7:010d}")
        for day, state in DAYS.items():
            if state is not DayState.UNREAD:
                put_survey(desk, day, midnight(day + timedelta(days=1)))
        yield desk


@pytest.fixture(scope="module")
def client(archive: Desk) -> Iterator[httpx.Client]:
    """Somebody who asks the console of that desk."""
    with served(create_app(archive.settings())) as base, Visitor(base) as client:
        yield client


def cell(text: str, day: date) -> str:
    """What the calendar's page has of a day."""
    (found,) = re.findall(rf'<a class="plain day [^>]*(?:/{day}"|from={day}&)[^>]*>.*?</a>', text, re.DOTALL)
    return str(found)


def test_the_calendar_tells_each_day_by_sign_and_word(client: httpx.Client) -> None:
    text = client.get("/coverage").text
    words = {
        DayState.COMPLETE: ("✓", "complete", "1 here"),
        DayState.MISSING: ("!60", "missing", "60 listed · 0 here · 60 missing"),
        DayState.WAITING: ("…1", "on its way", "1 on their way"),
        DayState.UNREAD: ("?", "not surveyed", "0 listed"),
        DayState.HELD: ("◐1", "in quarantine", "1 here · 1 in quarantine"),
    }
    for day, state in DAYS.items():
        found = cell(text, day)
        for each in (f"day-{state}", *words[state]):
            assert each in found, (day, each)
        assert (f"/backfills/new?from={day}" in found) == (state in GAPS)
    assert "day-today" in cell(text, TODAY)
    assert "day-before" in cell(text, FIRST - timedelta(days=1))
    # The newest month comes first, none to come.
    months = re.findall(r"<caption>(\d{4}-\d\d)</caption>", text)
    assert months == [f"{TODAY.year}-{month:02d}" for month in range(TODAY.month, 0, -1)]


def test_years_have_addresses_of_their_own(client: httpx.Client) -> None:
    assert "/coverage?year=2025" not in client.get("/coverage?year=2026").text
    before = client.get("/coverage?year=2025").text
    assert "/coverage?year=2026" in before
    assert before.count("<caption>") == 12
    assert client.get(f"/coverage?year={TODAY.year + 1}").status_code == 404
    for wrong in ("0", "10000", "x", "99999999999999999999"):
        assert client.get(f"/coverage?year={wrong}").status_code == 400
    for edge in ("1", "1582"):
        assert client.get(f"/coverage?year={edge}").status_code == 200


def test_a_day_with_its_numbers_its_articles_and_the_links_that_help(client: httpx.Client) -> None:
    second = FIRST + timedelta(days=1)
    text = client.get(f"/coverage/{second}").text
    assert text.count("never asked for") == 50
    assert f"/backfills/new?from={second}&amp;to={FIRST + timedelta(days=3)}" in text, "the whole gap"
    following = re.search(rf'href="(/coverage/{second}\?show=missing&amp;after=[^"]+)"', text)
    assert following
    rest = client.get(following[1].replace("&amp;", "&")).text
    assert rest.count("never asked for") == MISSING - 50
    held = client.get(f"/coverage/{FIRST + timedelta(days=4)}").text
    assert "body_empty" in held
    assert "/quarantine/NW202603060000000006" in held
    assert "样本财经报" in held
    assert "Nothing is known of this day" in client.get("/coverage/2001-01-01").text
    for edge in ("0001-01-01", "9999-12-31"):
        assert client.get(f"/coverage/{edge}").status_code == 200
    for address, status in {
        "/coverage/2026-02-30": 400,
        f"/coverage/{second}?show=nothing": 404,
        f"/coverage/{second}?after=x": 400,
    }.items():
        assert client.get(address).status_code == status


def test_the_api_says_the_same(client: httpx.Client) -> None:
    asked: dict[str, str | int] = {
        "from": str(FIRST - timedelta(days=1)),
        "to": str(FIRST + timedelta(days=4)),
        "limit": 4,
    }
    first = client.get("/api/coverage", params=asked).json()
    rest = client.get("/api/coverage", params={**asked, "after": first["next"]}).json()
    assert (len(first["items"]), rest["next"]) == (4, None)
    found = {each["day"]: each for each in first["items"] + rest["items"]}
    assert {day: each["state"] for day, each in found.items()} == {
        str(FIRST - timedelta(days=1)): "before",
        **{str(day): state.value for day, state in DAYS.items()},
    }
    assert [each["complete"] for each in found.values()] == [False, True, False, False, False, True]
    second = client.get(f"/api/coverage/{FIRST + timedelta(days=1)}").json()
    assert (second["missing"], second["media"][0]["missing"]) == (MISSING, MISSING)
    codes: list[str] = []
    after: str | None = ""
    while after is not None:
        page = client.get(
            f"/api/coverage/{FIRST + timedelta(days=1)}/articles",
            params={"standing": "missing", "limit": 25, "after": after},
        ).json()
        codes += [each["info_code"] for each in page["items"]]
        after = page["next"]
    assert codes == [f"NW20260303{number:010d}" for number in range(MISSING)]
    for wrong in (
        "from=2026-03-04&to=2026-03-03",
        "from=0001-01-01&to=9999-12-31",
        "from=x&to=2026-03-03",
        "",
    ):
        assert client.get(f"/api/coverage?{wrong}").status_code == 400


def test_the_overview_says_how_many_days_are_not_complete(client: httpx.Client, archive: Desk) -> None:
    with Database(archive.settings()) as database:
        found = gaps(database)
    told = re.search(r"Days that are not complete</a></dt>\s*<dd>([\d,]+)</dd>", client.get("/").text)
    assert told
    assert int(told[1].replace(",", "")) == found.days > 3


def test_gaps_are_the_days_that_reconcile_calls_incomplete(archive: Desk) -> None:
    now = datetime(2026, 3, 9, 12, tzinfo=CHINA)
    with Database(archive.settings()) as database:
        with database.transaction() as connection:
            wanted = [
                day
                for day in incomplete_days(connection, None, date(2026, 3, 9), now=now)
                if day < now.date()
            ]
        found = gaps(database, now=now)
        assert (found.days, found.first, found.last) == (len(wanted), wanted[0], wanted[-1])
        assert found.states == {DayState.MISSING: 1, DayState.WAITING: 1, DayState.UNREAD: 3}
        days, uncounted = days_between(database, FIRST, date(2026, 3, 8), now=now)
        assert ([each.day for each in days if each.is_gap], uncounted) == (wanted, 0)
        assert gap_around(database, date(2026, 3, 4), now=now) == (date(2026, 3, 3), date(2026, 3, 5))
        shown = year_of(database, 2026, now=now)
        assert (shown.earlier, shown.later, len(shown.months)) == (None, None, 3)
        nothing = gaps(database, now=midnight(FIRST))
        assert (nothing.days, nothing.first) == (0, None)


@pytest.mark.parametrize("waiting", [0, 1])
@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("unread", ["", "http_500"])
@pytest.mark.parametrize("surveyed", [None, 0, 23, 24])
def test_a_day_is_complete_where_reconcile_says_so(
    waiting: int, missing: int, unread: str, surveyed: int | None
) -> None:
    read = None if surveyed is None else midnight(FIRST) + timedelta(hours=surveyed)
    for held in (0, 1):
        day = DayCoverage(
            day=FIRST, waiting=waiting, missing=missing, unread=unread, surveyed_at=read, quarantined=held
        )
        now = midnight(FIRST + timedelta(days=2))
        state = state_of_day(day, now, FIRST)
        assert (state not in GAPS) == day.is_complete(now)
        assert state_of_day(day, midnight(FIRST), FIRST) is DayState.TODAY
        assert state_of_day(day, midnight(FIRST - timedelta(days=1)), FIRST) is DayState.COMING
