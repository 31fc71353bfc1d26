"""An operator at the calendar: a gap found, filled by clicks and turned green; paused, resumed, cancelled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from finews.newsroom import SourceArticle
from finews.schema.records import midnight
from finews.ui.app import create_app
from tests.databases import Server
from tests.pipeline.archive import days_of_news
from tests.pipeline.desk import Desk
from tests.pipeline.test_reconcile_days import put_survey
from tests.site.visits import WIDTHS, Visit, visiting
from tests.ui.desks import shared_desk
from tests.ui.serving import served

pytestmark = pytest.mark.browser

GAP, NEXT = "2026-03-03", "2026-03-04"
CALENDAR = "/coverage?year=2026"
A_DAY = 80


@pytest.fixture(scope="module")
def archive(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Four days of articles at the source, of which the first and the last are here."""
    with shared_desk(server, tmp_path_factory.mktemp("desk")) as desk:
        articles = days_of_news(4, A_DAY)
        desk.publish(*articles)
        here: list[SourceArticle] = articles[:A_DAY] + articles[3 * A_DAY :]
        desk.ingest(*here)
        desk.given["concurrency"] = 4
        yield desk


@pytest.fixture(scope="module")
def base(archive: Desk) -> Iterator[str]:
    """Where that desk's console is."""
    with served(create_app(archive.settings())) as address:
        yield address


def slow(desk: Desk) -> None:
    """From now on a day of articles takes so long that somebody can interfere."""
    desk.newsroom.fault("stall", path="/NewsData/GetNewsText.do", seconds=1)


def of_day(visit: Visit, day: str) -> str:
    """What the calendar calls a day: its class."""
    visit.open(CALENDAR)
    found = visit.page.locator(f"a.day[href*='{day}']").get_attribute("class")
    assert found is not None
    return found


def shown(visit: Visit, selector: str, *, reload: bool = False) -> None:
    """Waits until the page that is open shows something: by itself, or since somebody without scripts looks again."""
    end = time.monotonic() + 60
    while not visit.page.locator(selector).count():
        assert time.monotonic() < end, f"no {selector}: {visit.page.inner_text('main')}"
        visit.page.wait_for_timeout(200)
        if reload:
            visit.page.reload()


def planned(visit: Visit, day: str, *, reload: bool = False) -> str:
    """From the calendar to the plan of a day's backfill; the address of its page."""
    visit.open(CALENDAR)
    visit.page.click(f"a.day[href*='from={day}']")
    assert visit.page.input_value("#from") == visit.page.input_value("#to") == day
    visit.page.click("form.sheet button")
    visit.page.wait_for_url("**/backfills/*")
    address = visit.page.url.removeprefix(visit.site).partition("?")[0]
    visit.open(address)
    shown(visit, "#plan table", reload=reload)
    return address


def do(visit: Visit, what: str) -> None:
    """Opens what asks, and says yes."""
    form = visit.page.locator(f"details.ask:has(form[action$='/{what}'])")
    form.locator("summary").click()
    form.locator("button").click()
    visit.page.wait_for_selector(".did")


def test_a_gap_is_found_filled_by_clicks_and_turned_green(browser: Browser, archive: Desk, base: str) -> None:
    """In the middle it is paused, and resumed."""
    with visiting(browser, base) as visit:
        assert "day-unread" in of_day(visit, GAP)
        address = planned(visit, GAP)
        assert visit.page.locator("#plan tbody td").nth(3).inner_text() == str(A_DAY)
        slow(archive)
        do(visit, "start")
        shown(visit, "#standing progress")
        shown(visit, f"a[href='{address}/articles?outcome=new']")
        do(visit, "pause")
        assert "is-paused" in visit.page.locator("#state .badge").get_attribute("class")  # type: ignore[operator]
        shown(visit, "form[action$='/start']")
        kept = archive.count("articles")
        assert 2 * A_DAY < kept < 3 * A_DAY
        assert "day-complete" not in of_day(visit, GAP)
        archive.newsroom.clear_faults()
        visit.open(address)
        do(visit, "start")
        shown(visit, "#state .is-ended")
        shown(visit, "#at-work tbody tr:first-child .is-ended")
        assert archive.count("articles") == 3 * A_DAY
        assert archive.rows("select count(*) from payloads") == [(3 * A_DAY,)], "nothing was fetched twice"
        assert "day-complete" in of_day(visit, GAP)
        tip = visit.page.locator(f"a.day[href*='{GAP}'] .tip")
        assert f"{A_DAY}" in tip.inner_text()
        assert visit.complaints == []
        assert visit.strangers == []


@pytest.mark.slow
def test_one_is_cancelled_and_what_it_fetched_is_kept(browser: Browser, archive: Desk, base: str) -> None:
    before = archive.count("articles")
    with visiting(browser, base, script=False) as visit:
        address = planned(visit, NEXT, reload=True)
        slow(archive)
        do(visit, "start")
        shown(visit, f"a[href='{address}/articles?outcome=new']", reload=True)
        do(visit, "cancel")
        shown(visit, "#state .is-cancelled", reload=True)
        shown(visit, "#at-work tbody tr:first-child .is-ended", reload=True)
        assert visit.page.locator("form[action$='/start']").count() == 0
        assert before < archive.count("articles") < before + A_DAY
        assert archive.rows("select count(*) from links where backfill_id is not null") == [(0,)]
        found = of_day(visit, NEXT)
        assert "day-missing" in found


def test_wrong_dates_are_told_beside_the_form(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.open("/backfills/new")
        visit.page.fill("#from", "2026-02-30")
        visit.page.fill("#to", "2026-03-05")
        visit.page.select_option("#feed", "37")
        visit.page.click("form.sheet button")
        told = visit.page.locator("#wrong")
        assert "2026-02-30" in told.inner_text()
        assert visit.page.get_attribute("#from", "aria-describedby") == "wrong"
        assert [visit.page.input_value(each) for each in ("#from", "#to", "#feed")] == [
            "2026-02-30",
            "2026-03-05",
            "37",
        ]
        assert visit.page.get_attribute("#to", "aria-invalid") is None


def test_the_calendar_by_keyboard(browser: Browser, base: str) -> None:
    """Days are reached by Tab in their order; the one with the focus tells its numbers; Enter opens it."""
    with visiting(browser, base) as visit:
        visit.open(CALENDAR)
        visit.page.focus("a.day[href*='2026-03-01']")
        visit.page.keyboard.press("Tab")
        assert (
            visit.page.evaluate("document.activeElement.href").partition("?")[2].startswith("from=2026-03-02")
        )
        box = visit.page.locator("a.day:focus .tip").bounding_box()
        assert box is not None
        assert box["width"] > 100
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**2026-03-02**")


SHOWN = {
    "coverage": CALENDAR,
    "coverage-day": f"/coverage/{NEXT}",
    "backfill-form": f"/backfills/new?from={NEXT}&to={NEXT}",
    "backfills": "/backfills",
    "backfill": "/backfills/1",
    "backfill-articles": "/backfills/1/articles?outcome=new",
    "backfill-chunks": "/backfills/1/chunks",
}


def test_pictures(browser: Browser, archive: Desk, base: str, pictures: Path) -> None:
    """Every page at two widths: nothing that axe finds serious, nothing wider than the window."""
    for day in (date(2026, 3, 2), date(2026, 3, 5)):
        put_survey(archive, day, midnight(day + timedelta(days=1)))
    for width in WIDTHS:
        with visiting(browser, base, width=width) as visit:
            for name, address in SHOWN.items():
                visit.open(address)
                assert visit.overflow() <= 0, name
                assert visit.findings() == [], name
                visit.page.screenshot(path=pictures / f"console-{name}-{width}.png", full_page=True)
    with visiting(browser, base, width=width, scheme="dark") as visit:
        visit.open(CALENDAR)
        assert visit.findings() == []
        visit.page.screenshot(path=pictures / f"console-coverage-{width}-dark.png", full_page=True)
