"""The overview: whether all is well, in one look, with real data; the same from the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from finews.ui.app import create_app
from tests.databases import Server
from tests.pipeline.desk import Desk
from tests.site.visits import Scheme, visiting
from tests.ui.busy import ARTICLES, busy_desk
from tests.ui.serving import served


@pytest.fixture(scope="module")
def busy(server: Server) -> Iterator[Desk]:
    """A desk after a day's work."""
    with busy_desk(server) as desk:
        yield desk


@pytest.fixture(scope="module")
def console(busy: Desk) -> Iterator[str]:
    """A console for it that takes three articles in quarantine for many."""
    with served(create_app(busy.settings(alerts_quarantine=3))) as base:
        yield base


@pytest.fixture
def reader(console: str) -> Iterator[httpx.Client]:
    """Somebody who reads English there."""
    with httpx.Client(base_url=console, headers={"Accept-Language": "en"}, timeout=30) as asking:
        yield asking


def words_of(html: str) -> str:
    """A page as it reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_what_is_amiss_comes_first_with_a_link_that_helps(reader: httpx.Client) -> None:
    html = reader.get("/").text
    words = words_of(html)
    assert "Days that are not complete" in words
    assert "One thing is amiss." in words
    assert "Many articles went into quarantine within an hour" in words
    assert 'href="/quarantine">The reasons, and what helps</a>' in html
    assert "All is well" not in words


def test_figures_and_charts_are_those_of_the_pipeline(busy: Desk, reader: httpx.Client) -> None:
    html = reader.get("/").text
    rows = busy.count("articles")
    assert rows >= ARTICLES - 10
    assert f"<dd>{rows}</dd>" in html
    assert "3 " in words_of(html).partition("body_empty")[2][:4]
    # Every article of the day is in the bars' table, and strange media names are text.
    table = html.partition('id="chart-media"')[2].partition("</figure>")[0]
    sums = re.findall(r'<td class="number">(\d+)</td></tr>', table)
    assert len(sums) == 24
    assert set(re.findall(r"(\d+) articles of the last 24 hours", table)) == {str(sum(map(int, sums)))}
    assert "<b>第一财经" not in html
    assert "&lt;b&gt;第一财经&lt;/b&gt;" in html
    assert "style=" not in html
    assert not re.search(r"<script(?! type=\"module\" src=\"/static/)|<style|\son\w+=", html)


def test_a_mirror_that_is_not_asked_is_told_with_its_reason(busy: Desk, reader: httpx.Client) -> None:
    base = busy.newsroom.bases[1]
    busy.execute(
        """
        insert into mirrors (base, opened, opened_at, probe_at, last_error, last_error_at)
        values (%s, 1, now(), now() + interval '1 hour', 'timeout', now())
        """,
        [base],
    )
    try:
        words = words_of(reader.get("/").text)
        assert "2 things are amiss." in words
        assert f"Mirror {base} is not asked any more" in words
        assert reader.get("/api/status").json()["mirrors"][1]["state"] == "open"
    finally:
        busy.execute("delete from mirrors")


def test_all_is_well(busy: Desk) -> None:
    with served(create_app(busy.settings(alerts_disk=0))) as base, httpx.Client(base_url=base) as asking:
        assert "All is well." in words_of(asking.get("/", headers={"Accept-Language": "en"}).text)
        assert "一切正常。" in asking.get("/", headers={"Accept-Language": "zh-CN"}).text
        assert asking.get("/api/status").json()["well"] is True


def test_the_api_tells_the_same(busy: Desk, reader: httpx.Client) -> None:
    status = reader.get("/api/status").json()
    assert status["well"] is False
    assert [each["kind"] for each in status["amiss"]] == ["quarantine rising"]
    assert status["articles"] == busy.count("articles")
    assert status["quarantine"] == {"body_empty": 3}
    assert (status["outcomes"]["new"], status["outcomes"]["quarantined"]) == (status["articles"], 3)
    assert [each["state"] for each in status["feeds"]] == ["well"] * 5
    assert (status["queue"]["due"], status["queue"]["more"]) == (0, False)
    # Yesterday is over, and nobody has read its whole list yet.
    assert sum(status["gaps"].values()) >= 1
    assert status["freshness_day"]["articles"] > status["freshness"]["articles"] > 0
    assert status["runs"][0]["kind"] == "poll"
    assert status["disks"][0]["free"] > 0


def test_before_the_first_poll(client: httpx.Client) -> None:
    words = words_of(client.get("/").text)
    assert "Nothing has been read yet." in words
    assert "Nothing to draw yet." in words
    assert [each["state"] for each in client.get("/api/status").json()["feeds"]] == ["never"] * 5


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "light"), (1280, "dark")])
def test_how_it_looks(browser: Browser, console: str, pictures: Path, width: int, scheme: Scheme) -> None:
    pages = (("/", "overview"), ("/runs", "runs"), ("/runs/1", "run"))
    for path, name in pages[: 1 if scheme == "dark" else None]:
        with visiting(browser, console, width=width, scheme=scheme) as visit:
            page = visit.open(path)
            dark = "-dark" if scheme == "dark" else ""
            page.screenshot(path=pictures / f"console-{name}-{width}{dark}.png", full_page=True)
            assert visit.overflow() <= 0
            for summary in page.locator("figure summary").all():
                summary.click()
            assert visit.overflow() <= 0
            assert not visit.findings()
            assert not visit.complaints
            assert not visit.strangers
