"""A backfill through forms and the API: asked for, planned, started, told; what cannot be meant is told in words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from finews.ui.app import create_app
from tests.databases import Server
from tests.pipeline.archive import days_of_news, of_days
from tests.pipeline.desk import Desk
from tests.ui.desks import shared_desk
from tests.ui.serving import served
from tests.ui.visitor import Visitor

SECOND = "2026-03-03"


@pytest.fixture(scope="module")
def archive(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A source with three days of articles, of which the first is here; one of the second day has no text."""
    with shared_desk(server, tmp_path_factory.mktemp("desk")) as desk:
        articles = days_of_news(3, 4)
        desk.publish(*articles)
        desk.ingest(*articles[:4])
        desk.newsroom.publish(days_of_news(3, 4, body="")[5])
        yield desk


@pytest.fixture(scope="module")
def client(archive: Desk) -> Iterator[httpx.Client]:
    """Somebody who asks the console of that desk."""
    with served(create_app(archive.settings())) as base, Visitor(base) as client:
        yield client


def until(look: Callable[[], Any]) -> Any:
    """What it says once it says something true."""
    end = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.05)
    return found


def told(client: httpx.Client, number: int) -> dict[str, Any]:
    """A backfill as the API says it."""
    found: dict[str, Any] = client.get(f"/api/backfills/{number}").json()
    return found


def planned(client: httpx.Client, number: int) -> dict[str, Any]:
    """The same, once its plan stands."""
    return dict(until(lambda: (found := told(client, number))["plan"] and found))


def test_from_the_form_to_the_end(client: httpx.Client, archive: Desk) -> None:
    asked = client.post("/backfills", data={"from": SECOND, "to": SECOND})
    number = int(asked.url.path.rpartition("/")[2])
    assert f"backfill {number} is being planned" in asked.text
    plan = planned(client, number)
    assert plan["state"] == "planned"
    assert [(each["day"], each["listed"], each["missing"]) for each in plan["plan"]["days"]] == [
        (SECOND, 4, 4)
    ]
    assert (plan["plan"]["requests"], plan["left"], plan["done"]) == (4, 4, 0)
    assert archive.newsroom.count("text") == 4, "no article is fetched for a plan"
    shown = client.get(f"/backfills/{number}").text
    for each in (
        "4 articles are asked for.",
        "4 articles to fetch",
        "no rate is set",
        f"/backfills/{number}/start",
    ):
        assert each in shown

    started = client.post(f"/backfills/{number}/start")
    assert re.search(r"run \d+ is at it", started.text)
    ended = until(lambda: (found := told(client, number))["state"] == "ended" and not found["runs"] and found)
    assert {key: each for key, each in ended["outcomes"].items() if each} == {"new": 3, "quarantined": 1}
    assert (ended["done"], ended["left"], ended["runs"], ended["seconds_left"]) == (4, 0, [], None)

    shown = client.get(f"/backfills/{number}").text
    assert f"/backfills/{number}/start" not in shown
    assert f"/backfills/{number}/cancel" not in shown
    (held,) = client.get(f"/api/backfills/{number}/articles?outcome=quarantined").json()["items"]
    assert held["reason"] == "body_empty"
    assert held["info_code"] in client.get(f"/backfills/{number}/articles?outcome=quarantined").text
    assert "None." in client.get(f"/backfills/{number}/articles").text
    (chunk,) = client.get(f"/api/backfills/{number}/chunks").json()["items"]
    assert (chunk["number"], chunk["state"]) == (1, "done")
    assert "finished" in client.get(f"/backfills/{number}/chunks").text
    day = client.get(f"/api/coverage/{SECOND}").json()
    assert (day["state"], day["rows"], day["quarantined"]) == ("held", 3, 1)

    for doing in ("start", "pause", "cancel", "plan"):
        refused = client.post(f"/backfills/{number}/{doing}")
        assert (refused.status_code, "ended" in refused.text) == (400, True), doing
        answer = client.post(f"/api/backfills/{number}/{doing}")
        assert (answer.status_code, answer.json()["error"]) == (400, "Request")


@pytest.mark.parametrize(
    ("typed", "words", "field"),
    [
        ({"from": "2026-02-30"}, "&#39;2026-02-30&#39; is not in the calendar", "from"),
        ({"from": "2026-03-02", "to": "soon"}, "&#39;soon&#39; is no time", "to"),
        ({"from": "2026-03-05", "to": "2026-03-02"}, "before it begins", "to"),
        ({"from": "2999-01-01"}, "lies in the future", "from"),
        ({}, "no range is named", "from"),
        ({"media": "样本财经报"}, "no range is named", "from"),
        ({"links": "http://example.org/x\nNW202603020000000001"}, "line 1: ", "links"),
        ({"links": "# nothing"}, "names no article", "from"),
        (
            {"links": "NW202603020000000001", "from": "2026-03-02"},
            "a list and a range are both named",
            "from",
        ),
        ({"from": "2026-03-02", "feed": "40"}, "feed 40", "feed"),
        ({"gaps": "1", "feed": "37"}, "--gaps and --feed are both named", "from"),
    ],
)
def test_what_cannot_be_meant_is_told_and_what_was_typed_is_kept(
    client: httpx.Client, archive: Desk, typed: dict[str, str], words: str, field: str
) -> None:
    before = archive.count("backfills")
    answer = client.post("/backfills", data=typed)
    assert answer.status_code == 400
    assert (
        words
        in re.findall(r'<p class="failure" id="wrong" role="alert">(.*?)</p>', answer.text, re.DOTALL)[0]
    )
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true" aria-describedby="wrong"', answer.text)
    for name in set(typed) & {"from", "to", "media"}:
        assert re.search(rf'name="{name}" value="{typed[name]}"', answer.text), name
    if "links" in typed:
        assert f">{typed['links']}</textarea>" in answer.text
    assert archive.count("backfills") == before
    said = client.post("/api/backfills", json={**typed, "links": typed.get("links", "").split("\n")})
    assert said.status_code in (400, 404)


def test_the_form_is_filled_in_by_its_address_and_tells_what_is_known(client: httpx.Client) -> None:
    text = client.get("/backfills/new?from=2026-03-04&to=2026-03-04&media=%22%3E%3Cb%3E&gaps=1").text
    assert 'name="from" value="2026-03-04"' in text
    assert 'value="&#34;&gt;&lt;b&gt;"' in text
    assert 'id="gaps" name="gaps" value="1" checked' in text
    assert "Take the whole gap, 2026-03-02 to" in text or "Take the whole gap, 2026-03-04 to" in text
    assert '<option value="样本财经报">' in text
    assert client.get("/backfills/new?from=0001-01-01&to=9999-12-31").status_code == 200


def test_a_list_of_links_asks_for_these_and_nothing_else(client: httpx.Client, archive: Desk) -> None:
    wanted = sorted(of_days(days_of_news(3, 4), "2026-03-04"))[:2]
    answer = client.post("/api/backfills", json={"links": [*wanted, "", "# later"]})
    assert answer.status_code == 202
    number = answer.json()["number"]
    assert (answer.json()["wish"]["links"], planned(client, number)["plan"]["requests"]) == (2, 2)
    page = client.get(f"/api/backfills/{number}/articles?limit=1").json()
    rest = client.get(f"/api/backfills/{number}/articles", params={"limit": 1, "after": page["next"]}).json()
    assert [each["info_code"] for each in page["items"] + rest["items"]] == wanted
    cancelled = client.post(f"/api/backfills/{number}/cancel").json()
    assert (cancelled["state"], cancelled["left"]) == ("cancelled", 2)
    assert "cancelled" in client.get(f"/backfills/{number}").text
    assert archive.rows("select count(*) from links where info_code = any(%s)", [wanted]) == [(0,)]


def test_history_is_paged_and_names_who_and_when(client: httpx.Client, archive: Desk) -> None:
    archive.execute(
        """
        insert into backfills (wish, force, state, asked_by, changed_by, ended_at)
        select '{"words": "7d", "from": null, "to": "2026-03-05", "gaps": true, "media": "", "feed": "", "force": false,
                 "list": null}', false, 'ended', 'anna', 'boris', now() from generate_series(1, 25)
        """
    )
    number = archive.count("backfills")
    text = client.get("/backfills").text
    assert ("anna" in text, "boris" in text, "the beginning – 2026-03-05 · gaps only" in text) == (True,) * 3
    seen = list(map(int, re.findall(r'class="number"><a href="/backfills/(\d+)"', text)))
    following = re.search(r'href="(/backfills\?after=[^"]+)" rel="next"', text)
    assert following
    seen += map(int, re.findall(r'class="number"><a href="/backfills/(\d+)"', client.get(following[1]).text))
    assert (len(seen), seen) == (number, sorted(seen, reverse=True))
    items = client.get("/api/backfills?limit=500").json()["items"]
    assert [each["number"] for each in items] == seen


def test_what_is_not_there_is_told(client: httpx.Client) -> None:
    for address in ("/backfills/99", "/backfills/99/articles", "/backfills/99/chunks"):
        assert client.get(address).status_code == 404
        assert client.get(f"/api{address}").json()["error"] == "UnknownName"
    assert client.get(f"/backfills/{2**63}").status_code == 400
    assert client.get("/backfills/1/articles?outcome=lost").status_code == 404
    assert client.get("/api/backfills?after=x").status_code == 400
    for doing in ("start", "pause", "cancel", "plan"):
        assert client.post(f"/backfills/99/{doing}").status_code == 404
