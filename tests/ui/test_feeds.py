"""The pages of feeds and mirrors, and their API: what they show, and what they do."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from finews.flows.pauses import pause_feed
from finews.schema.database import Database
from tests.pipeline.desk import Desk, article
from tests.site.visits import WIDTHS, Scheme, visiting


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Two feeds with news, one that fails, one that is paused; a first mirror in trouble, hours of a week."""
    desk.publish(*(article(number, feeds=("rolling", "37"), digest="【快讯】要闻") for number in range(1, 9)))
    desk.poll()
    desk.newsroom.fault("http_500", path="feeds", times=4)
    desk.poll("39", "38")
    with Database(desk.settings()) as database:
        pause_feed(database, "38", why="源站改版")
    desk.execute(
        """
        insert into feed_hours (feed, hour, readings, failures, unheard, listed, discovered, last_error)
        select '37', date_trunc('hour', now(), 'UTC') - n * interval '1 hour', 60, (mod(n, 7) = 0)::int * 3, 0,
               60 * (40 + mod(n, 5)), mod(n * 7, 30), case when mod(n, 7) = 0 then 'timeout' end
        from generate_series(1, 170) as n
        """
    )
    desk.execute(
        """
        insert into mirror_hours (base, hour, answers, seconds, refusals, troubles, opened, last_error)
        select %s, date_trunc('hour', now(), 'UTC') - n * interval '1 hour', 300 + mod(n * 13, 90), 40 + mod(n, 9),
               mod(n, 11), (mod(n, 5) = 0)::int * 12, (mod(n, 24) = 0)::int, case when mod(n, 5) = 0 then 'http_503' end
        from generate_series(1, 170) as n
        """,
        [desk.newsroom.bases[0]],
    )
    return desk


def ended(desk: Desk, run: int) -> None:
    """Returns once a run of the ledger has ended."""
    deadline = time.monotonic() + 60
    while desk.rows("select state from runs where id = %s", [run]) == [("running",)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_feeds_are_shown_paused_resumed_and_read(busy: Desk, client: httpx.Client) -> None:
    listed = client.get("/feeds").text
    for words in ("源站改版", "a server error (500)", "Read all feeds now", busy.newsroom.bases[2]):
        assert words in listed
    told = {each["name"]: each for each in client.get("/api/feeds").json()["items"]}
    assert {name: each["state"] for name, each in told.items()} == {
        "rolling": "well",
        "headlines": "well",
        "37": "well",
        "38": "paused",
        "39": "failed",
    }
    assert (told["37"]["listed"], told["38"]["next_poll"], told["39"]["failures"]) == (8, None, 1)

    one = client.get("/feeds/37").text
    assert "样本公司发布公告" in one
    assert "New articles, hour by hour" in one
    detail = client.get("/api/feeds/37", params={"days": 7}).json()
    assert len(detail["hours"]) == 7 * 24
    assert [line["state"] for line in detail["lines"]] == ["done"] * 8

    done = client.post("/feeds/37/pause", data={"why": "<b>checks</b>"})
    assert done.url.path == "/feeds/37"
    assert "feed 37 is paused" in done.text
    assert "&lt;b&gt;checks&lt;/b&gt;" in done.text
    refused = client.post("/feeds/37/poll")
    assert (refused.status_code, "Resume it first" in refused.text) == (400, True)
    assert client.post("/api/feeds/37/resume").json()["feed"]["paused"] is None
    busy.publish(article(20, feeds=("37",)))
    polled = client.post("/feeds/37/poll")
    run = int(polled.url.path.removeprefix("/runs/"))
    assert f"run {run} has begun" in polled.text
    ended(busy, run)
    assert busy.rows("select (counts ->> 'new')::int, detail -> 'feeds' from runs where id = %s", [run]) == [
        (1, ["37"])
    ]
    begun = client.post("/api/feeds/poll", json={"feeds": ["rolling", "38"]})
    assert (begun.status_code, begun.json()["outcome"]) == (202, f"run {begun.json()['run']} has begun")
    ended(busy, begun.json()["run"])
    assert client.post("/api/feeds/poll", json={"feeds": ["40"]}).status_code == 404
    for path in ("/feeds/40", "/api/feeds/40"):
        assert client.get(path).status_code == 404


def test_mirrors_are_shown_and_steered(busy: Desk, client: httpx.Client) -> None:
    first = busy.newsroom.bases[0]
    name = first.removeprefix("http://")
    shown = client.get(f"/mirrors/{name}").text
    assert first in shown
    assert "it also serves the feeds" in shown
    assert client.get("/mirrors").url.path == "/feeds"

    assert "mirror " + first + " is paused" in client.post(f"/mirrors/{name}/pause", data={"why": "x"}).text
    told = client.get("/api/mirrors").json()["items"]
    assert [(each["state"], each["serves_feeds"]) for each in told] == [
        ("paused", True),
        ("well", False),
        ("well", False),
    ]
    refused = client.post("/api/mirrors/1/probe")
    assert (refused.status_code, refused.json()["error"]) == (400, "Request")
    client.post(f"/mirrors/{name}/resume")

    assert client.post(f"/mirrors/{name}/rate", data={"rate": "0.01"}).status_code == 400
    assert client.post("/api/mirrors/1/rate", json={"rate": 51}).status_code == 400
    assert "at most 2.5 times a second" in client.post(f"/mirrors/{name}/rate", data={"rate": "2.5"}).text
    done = client.post("/api/mirrors/1/rate", json={"rate": None}).json()
    assert (done["mirror"]["rate"], done["mirror"]["rate_set_by"]) == (None, None)
    assert "without a limit" in done["outcome"]

    busy.execute(
        "insert into mirrors (base, opened, opened_at, probe_at) values (%s, 1, now(), now()) "
        "on conflict (base) do update set opened = 1, opened_at = now(), probe_at = now()",
        [first],
    )
    assert client.get("/api/mirrors/1").json()["mirror"]["state"] == "open"
    answered = client.post(f"/mirrors/{name}/probe").text
    assert "its circuit is closed" in answered
    assert client.post("/api/mirrors/1/close").json()["outcome"].endswith("was closed already")
    hours = client.get("/api/mirrors/1", params={"days": 7}).json()["hours"]
    assert len(hours) == 7 * 24
    assert client.get("/mirrors/nobody").status_code == 404


def test_a_forgotten_pause_is_told_on_the_overview(busy: Desk, client: httpx.Client) -> None:
    assert "Feed 38 is paused" not in client.get("/").text
    busy.execute("update feeds set paused_at = now() - interval '2 days' where name = '38'")
    assert "Feed 38 is paused" in client.get("/").text


def test_nothing_is_known_yet(client: httpx.Client) -> None:
    """A database as it is on the first day."""
    for path in ("/feeds", "/feeds/37", "/feeds/37?days=31", "/mirrors/1", "/mirrors/3?days=7", "/api"):
        assert client.get(path).status_code == 200, path
    assert client.get("/api/feeds/37").json()["hours"] == []
    assert client.get("/feeds/37", params={"days": 0}).status_code == 400


def test_the_api_is_told_on_a_page(client: httpx.Client) -> None:
    document = client.get("/api/openapi.json").json()
    shown = client.get("/api").text
    for path in document["paths"]:
        assert path in shown
    for model in document["components"]["schemas"]:
        assert f'id="model-{model}"' in shown
    assert "<script src" not in shown
    assert "HTTPValidationError" not in shown


@pytest.mark.browser
def test_how_the_pages_look(busy: Desk, address: str, browser: Browser, pictures: Path) -> None:
    """In both widths and schemes: nothing wider than the window, nothing that axe finds, nobody else is asked."""
    paths = {
        "feeds": "/feeds",
        "feed": "/feeds/37?days=7",
        "mirror": "/mirrors/1",
        "api": "/api#model-Mirror",
    }
    for name, path in paths.items():
        for width in WIDTHS:
            schemes: list[Scheme] = ["light", "dark"] if (name, width) == ("feed", 1280) else ["light"]
            for scheme in schemes:
                with visiting(browser, address, width=width, scheme=scheme) as visit:
                    page = visit.open(path)
                    assert "没有" not in page.title()
                    dark = "-dark" if scheme == "dark" else ""
                    page.screenshot(path=pictures / f"console-{name}-{width}{dark}.png", full_page=True)
                    assert visit.overflow() == 0, (name, width)
                    if (name, width) != ("api", 390):  # the same elements as on a desk, and very many
                        assert visit.findings() == [], (name, width)
                    assert (visit.complaints, visit.strangers) == ([], [])


@pytest.mark.browser
def test_a_feed_is_paused_by_mouse(busy: Desk, address: str, browser: Browser) -> None:
    """It asks once, says what was done, and a page that is open elsewhere hears of it."""
    with visiting(browser, address) as watching, visiting(browser, address) as visit:
        watching.open("/feeds")
        page = visit.open("/feeds/rolling")
        page.locator("summary", has_text="暂停").click()
        page.get_by_label("原因").fill("检修")
        page.get_by_role("button", name="暂停").click()
        assert "feed rolling is paused" in page.locator(".did").inner_text()
        watching.until("document.querySelector('#feeds').innerText.includes('检修')")
        assert visit.complaints == watching.complaints == []
