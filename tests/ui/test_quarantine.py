"""Quarantine in the console: looked at, replayed, discarded and taken back, by clicks and without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from finews.newsroom import Newsroom
from finews.ui.app import create_app
from tests.databases import Server
from tests.pipeline.desk import Desk, article
from tests.site.visits import Scheme, Visit, visiting
from tests.ui.door import closed, somebody
from tests.ui.quarantine_stock import BUGGED, HARBOUR, LACKS_TITLE, code, fill, parser_bug
from tests.ui.serving import served
from tests.ui.visitor import Visitor


@pytest.fixture(scope="module")
def kept(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose quarantine holds something of every kind; tests take from it what they change."""
    with ExitStack() as stack:
        newsroom = stack.enter_context(Newsroom(articles=()))
        address = stack.enter_context(server.database())
        desk = Desk(newsroom=newsroom, address=address, folder=tmp_path_factory.mktemp("desk"))
        fill(desk)
        yield desk


@pytest.fixture(scope="module")
def base(kept: Desk) -> Iterator[str]:
    """Where its console is served."""
    with served(create_app(kept.settings())) as base:
        yield base


@pytest.fixture
def asking(base: str) -> Iterator[Visitor]:
    """Somebody who reads English, without scripts; redirects are followed."""
    with Visitor(base, timeout=60) as visitor:
        yield visitor


def look_at(browser: Browser, base: str, pictures: Path, name: str, path: str, *, dark: bool = False) -> None:
    """Takes pictures of a page on a phone and at a desk, and holds it to what every page is held to."""
    looks: list[tuple[int, Scheme]] = [(390, "light"), (1280, "light")]
    if dark:
        looks.append((1280, "dark"))
    for width, scheme in looks:
        with visiting(browser, base, width=width, scheme=scheme) as visit:
            visit.open(path)
            suffix = "-dark" if scheme == "dark" else ""
            visit.page.screenshot(path=pictures / f"console-{name}-{width}{suffix}.png", full_page=True)
            assert visit.overflow() <= 0
            assert visit.findings() == []
            assert visit.complaints == []


@pytest.mark.browser
def test_pages_are_readable(browser: Browser, base: str, kept: Desk, pictures: Path) -> None:
    look_at(browser, base, pictures, "quarantine", "/quarantine?normaliser=0", dark=True)
    look_at(browser, base, pictures, "quarantine-item", f"/quarantine/{code(LACKS_TITLE)}")
    keep_back_by_a_bug(kept, 201)
    items = (ticket_of(base, code(201)), ticket_of(base, code(2)), f"{code(5)}.1.1.0")
    query = "&".join(f"item={each}" for each in items)
    look_at(browser, base, pictures, "quarantine-replay", f"/quarantine/replay?{query}")
    look_at(browser, base, pictures, "quarantine-discard", f"/quarantine/discard?{query}")


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Visit]:
    """An operator at a desk."""
    with visiting(browser, base) as visit:
        yield visit
        assert visit.complaints == []


def posts(desk: Desk) -> set[str]:
    """The infoCodes of all posts on disk."""
    return {path[-23:-3] for path in desk.tree()}


@pytest.mark.browser
def test_discarded_with_a_note_and_taken_back_by_a_replay(kept: Desk, visit: Visit) -> None:
    """An article lacks its title and is given up; then a feed lends it one, and a click makes it a post."""
    page, lacking = visit.open("/quarantine?reason=title_missing"), code(LACKS_TITLE)
    page.get_by_role("checkbox", name=lacking).check()
    page.get_by_role("button", name="弃置…").click()
    expect(page.get_by_role("main")).to_contain_text("涉及 1 篇文章")
    page.get_by_label("说明").fill("来源一直不给标题")
    page.get_by_role("button", name="弃置这 1 篇").click()
    expect(page.get_by_role("status").first).to_contain_text("弃置")
    expect(page.get_by_text("来源一直不给标题")).to_be_visible()

    kept.poll("37")
    assert lacking not in posts(kept), "what was given up is not read again by itself"
    page.goto(f"{visit.site}/quarantine?discarded=1")
    page.get_by_role("link", name="港口吞吐量创新高").click()
    expect(page.get_by_text("取自市场列表 37").first).to_be_visible()
    expect(page.get_by_text("现在可以发布了")).to_be_visible()
    page.get_by_role("link", name="重新解析…").click()
    expect(page.get_by_role("heading", name="新增 1")).to_be_visible()
    expect(page.get_by_text("样本公司今日发布第1号公告")).to_be_visible()
    assert lacking not in posts(kept), "a preview changes nothing"
    page.get_by_role("button", name="重新解析这 1 篇").click()
    expect(page.get_by_text("已解除隔离")).to_be_visible()
    assert lacking in posts(kept)
    assert kept.rows(
        "select outcome, kind from events e join runs r on r.id = run_id where info_code = %s order by e.id",
        [lacking],
    )[-1] == ("new", "replay")


@pytest.mark.browser
def test_many_at_once(kept: Desk, visit: Visit) -> None:
    """A bug of the parser is mended: all that it kept back are published by a run in the background."""
    number = kept.rows("select count(*) from quarantine where reason = 'internal_error'")[0][0]
    assert number >= len(BUGGED)
    page = visit.open("/quarantine")
    page.get_by_role("link", name="程序缺陷").click()
    replay = page.get_by_role("button", name="重新解析…")
    expect(replay).to_be_disabled()
    page.get_by_label(f"此原因的全部 {number} 篇").check()
    expect(page.get_by_text(f"已选 {number} 篇")).to_be_visible()
    replay.click()
    expect(page.get_by_role("heading", name=f"新增 {number}")).to_be_visible()
    page.get_by_role("button", name=f"重新解析这 {number} 篇").click()
    expect(page.locator("#run")).to_contain_text("重新解析（第")
    for _ in range(120):
        if page.locator("#run").get_by_text("已结束").is_visible():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator("#run")).to_contain_text(f"新增 {number}")
    assert {code(number) for number in BUGGED} <= posts(kept)
    assert kept.rows("select count(*) from quarantine where reason = 'internal_error'") == [(0,)]


@pytest.mark.browser
def test_a_range_is_ticked_by_shift(kept: Desk, visit: Visit) -> None:
    page = visit.open("/quarantine?reason=body_empty")
    boxes = page.get_by_role("checkbox", name="选择 NW")
    assert boxes.count() == 3
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.get_by_text("已选 3 篇")).to_be_visible()
    whole = page.get_by_role("checkbox", name="选择", exact=True)
    expect(whole).to_be_checked()
    whole.click()
    expect(page.get_by_role("button", name="弃置…")).to_be_disabled()
    whole.click()
    page.get_by_role("button", name="弃置…").click()
    page.get_by_label("说明").fill("已撤稿")
    page.get_by_role("button", name="弃置这 3 篇").click()
    page.goto(f"{visit.site}/quarantine?discarded=1&reason=body_empty")
    expect(page.get_by_text("已撤稿").first).to_be_visible()
    # Read again they are as empty as before: they wait once more, and are told as what they are.
    page.get_by_label("此原因的全部 3 篇").check()
    page.get_by_role("button", name="重新解析…").click()
    expect(page.get_by_role("heading", name="已隔离 3")).to_be_visible()
    page.get_by_role("button", name="重新解析这 3 篇").click()
    expect(page.locator("#run")).to_contain_text("已隔离 3")
    assert kept.rows(
        "select count(*) from quarantine where reason = 'body_empty' and discarded_at is null"
    ) == [(3,)]


def keep_back_by_a_bug(desk: Desk, number: int) -> None:
    """An article of its own that waits for a bug to be mended."""
    desk.publish(article(number, body=f"<p>第{number}条：央行公布金融统计数据。</p>"))
    with parser_bug():
        desk.ingest(code(number))


def ticket_of(base: str, info_code: str) -> str:
    """What the list carries for an article."""
    found = httpx.get(f"{base}/api/quarantine/{info_code}", timeout=60).json()
    return str(found["item"]["seen"])


def test_what_changed_since_it_was_seen_is_left_alone(kept: Desk, base: str, asking: Visitor) -> None:
    for number in (202, 203):
        keep_back_by_a_bug(kept, number)
    first, second = ticket_of(base, code(202)), ticket_of(base, code(203))
    # Meanwhile the one is published, and of the other the source says something else.
    kept.ingest(code(202))
    kept.publish(article(203, extra={"title": ""}))
    kept.ingest(code(203))
    told = asking.post("/quarantine/discard", data={"item": [first, second], "why": "hopeless"})
    assert (told.status_code, told.url.path) == (200, "/quarantine/discard"), "it is shown again"
    for words in ("2 of them are not as you saw them", "is out of quarantine", "was read again", "No title"):
        assert words in told.text, words
    assert "Nothing of what was chosen is left to discard" in told.text
    assert kept.rows("select count(*) from quarantine where discarded_why = 'hopeless'") == [(0,)]
    # One that is as it was goes through, the other is told.
    fresh = ticket_of(base, code(203))
    done = asking.post("/quarantine/discard", data={"item": [first, fresh], "why": "hopeless"})
    assert f"1 discarded; left alone: {code(202)} is out of quarantine" in done.text
    # What was discarded by somebody else is not read again for whoever saw it waiting.
    told = asking.post("/quarantine/replay", data={"item": [fresh]})
    assert "was discarded by" in told.text
    assert asking.post("/quarantine/discard", data={"item": [fresh], "why": " "}).status_code == 400


def test_more_than_were_shown_are_not_discarded(kept: Desk, asking: Visitor) -> None:
    seen = asking.get("/api/quarantine/reasons", params={"media": HARBOUR}).json()
    assert seen["count"] == 2
    every = {"media": HARBOUR, "until": "2100-01-01T00:00:00+00:00", "shown": 1}
    answer = asking.post("/api/quarantine/discard", json={"every": every, "why": "x"})
    assert (answer.status_code, answer.json()["error"]) == (409, "ChangedMeanwhile")
    assert "1 were shown, there are 2 now" in answer.json()["message"]
    early = every | {"shown": 9, "until": "2020-01-01T00:00:00+00:00"}
    answer = asking.post("/api/quarantine/discard", json={"every": early, "why": "x"})
    assert answer.status_code == 409
    assert kept.rows("select count(*) from quarantine where discarded_why = 'x'") == [(0,)]


def test_a_payload_is_shown_safely_and_given_whole(kept: Desk, asking: Visitor) -> None:
    shown = asking.get(f"/quarantine/{code(11)}").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "\u202e" not in shown
    assert "⟨U+202E⟩" in shown
    whole = asking.get(f"/quarantine/{code(11)}/payload")
    assert whole.headers["content-type"] == "text/plain"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-disposition"].startswith(f'attachment; filename="{code(11)}-')
    assert json.loads(whole.content)["title"] == ["x"]
    assert "Cut here" in asking.get(f"/quarantine/{code(13)}").text
    assert len(asking.get(f"/quarantine/{code(13)}").text) < 100_000
    assert len(asking.get(f"/quarantine/{code(13)}/payload").content) > 80_000
    gbk = asking.get(f"/quarantine/{code(7)}").text
    assert article(7).title not in gbk
    assert article(7).title in asking.get(f"/quarantine/{code(7)}?guessing=1").text
    assert "is not UTF-8<br>all of it could be read as GB18030" in gbk


def test_why_each_of_them_waits(asking: Visitor) -> None:
    for number, name, reason in (
        (2, "title", "title_missing"),
        (3, "moment", "date_missing"),
        (4, "media", "media_missing"),
        (6, "body", "body_empty"),
        (7, "decoding", "bad_encoding"),
        (8, "json", "not_json"),
        (9, "identity", "wrong_article"),
        (10, "body", "body_empty"),
        (12, "json", "not_json"),
    ):
        found = asking.get(f"/api/quarantine/{code(number)}").json()
        stops = next(each for each in found["steps"] if each["reason"])
        assert (stops["name"], stops["reason"], found["item"]["reason"]) == (name, reason, reason)
        assert not found["publishable"]
        assert found["asked"], "the ledger says what mirrors answered"
    lost = asking.get(f"/api/quarantine/{code(999)}")
    assert (lost.status_code, lost.json()["error"]) == (404, "UnknownName")
    assert asking.get("/quarantine/no-code").status_code == 400


def test_lists_are_filtered_and_paged_by_key(kept: Desk, asking: Visitor) -> None:
    def listed(**wanted: Any) -> list[str]:
        found: list[str] = []
        after = ""
        while True:
            page = asking.get("/api/quarantine", params={**wanted, "limit": 4, "after": after}).json()
            assert len(page["items"]) <= 4
            found += [each["info_code"] for each in page["items"]]
            if page["next"] is None:
                return found
            after = page["next"]

    waiting = listed()
    assert len(waiting) == len(set(waiting)) == asking.get("/api/quarantine/reasons").json()["count"]
    assert set(listed(media=HARBOUR)) == {code(2), code(14)}
    assert set(listed(reason="date_missing", media=HARBOUR)) == {code(14)}
    assert set(listed(day="2026-03-10")) == set(waiting)
    assert listed(day="2026-03-11") == []
    assert {code(8), code(9)} <= set(listed(normaliser=0)) <= set(waiting) - {code(2)}
    assert not set(listed(discarded=True)) & set(waiting)
    assert code(8) in listed(media="")
    page = asking.get("/quarantine", params={"media": HARBOUR, "reason": "title_missing"}).text
    assert code(2) in page
    assert code(14) not in page
    for wrong in ({"day": "x"}, {"after": "x"}, {"normaliser": "-1"}, {"after": "WyJhIl0"}):
        assert asking.get("/quarantine", params=wrong).status_code == 400, wrong
    for query in ("item=x", "item=NW1.1.1.1", f"item={code(1)}.1.99999999999999999999.0", "", "every=1"):
        assert asking.get(f"/quarantine/replay?{query}").status_code == 400, query


def test_the_api_previews_and_replays(kept: Desk, asking: Visitor) -> None:
    keep_back_by_a_bug(kept, 204)
    chosen = {"items": [code(204), code(2)]}
    found = asking.post("/api/quarantine/preview", json=chosen).json()
    assert (found["total"], found["read"], found["outcomes"]) == (2, 2, {"new": 1, "quarantined": 1})
    assert found["reasons"] == {"title_missing": 1}
    new = next(each for each in found["samples"] if each["outcome"] == "new")
    assert (new["title"], new["words"]) == (article(204).title, "第204条：央行公布金融统计数据。")
    assert code(204) not in posts(kept)
    done = asking.post("/api/quarantine/replay", json=chosen).json()
    assert (done["counts"]["new"], done["counts"]["quarantined"], done["in_background"]) == (1, 1, False)
    assert code(204) in posts(kept)
    assert asking.post("/api/quarantine/replay", json=chosen).status_code == 404, "it is out of quarantine"
    assert asking.post("/api/quarantine/replay", json={}).status_code == 400
    for why in ("\0", "\ud800", "", "x" * 1001):
        body = json.dumps({"items": [code(2)], "why": why})
        asked = asking.post("/api/quarantine/discard", content=body)
        assert (asked.status_code, asked.json()["error"]) == (400, "Request"), why
    seen = ticket_of(str(asking.base_url), code(2))
    assert asking.post("/quarantine/discard", data={"item": seen, "why": "a\0"}).status_code == 400


def test_whoever_may_only_look_has_no_buttons(kept: Desk) -> None:
    with (
        served(create_app(kept.settings(**closed()))) as base,
        somebody(base, "viewer", "only looking") as viewer,
    ):
        page = viewer.get("/quarantine").text
        assert code(2) in page
        assert "Replay…" not in page
        assert 'name="item"' not in page
        seen = viewer.get(f"/api/quarantine/{code(2)}").json()["item"]["seen"]
        assert "Replay it" not in viewer.get(f"/quarantine/replay?item={seen}").text
        assert viewer.post("/quarantine/discard", data={"item": seen, "why": "x"}).status_code == 403
        assert viewer.post("/api/quarantine/replay", json={"items": [code(2)]}).status_code == 403
    assert kept.rows("select count(*) from quarantine where discarded_by = 'viewer'") == [(0,)]
