"""Runs: the ledger by filter and page, one run with its articles and lines, from pages and from the API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from finews.ui.app import create_app
from tests.databases import Server
from tests.pipeline.desk import Desk
from tests.ui.busy import busy_desk
from tests.ui.serving import served

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def busy(server: Server) -> Iterator[Desk]:
    """A desk after a poll (run 1), and 130 runs of other kinds that came to what their numbers say."""
    with busy_desk(server) as desk:
        desk.execute(
            """
            insert into runs (kind, reason, host, pid, started_at, ended_at, state, counts, detail)
            select (array['poll', 'retry', 'recheck'])[1 + n %% 3], case when n = 77 then %s else 'schedule' end,
                   'vm', n, now(), case when n = 130 then null else now() end,
                   case when n = 130 then 'running' when n %% 40 = 0 then 'broken' else 'ended' end,
                   case when n %% 25 = 0 then '{"failed": 2, "new": 1}' else '{"new": 1, "failed": 0}' end::jsonb,
                   case when n = 40 then '{"broken": "its process died"}' else '{}' end::jsonb
            from generate_series(1, 130) n
            """,
            [HOSTILE],
        )
        yield desk


@pytest.fixture(scope="module")
def reader(busy: Desk) -> Iterator[httpx.Client]:
    """Somebody who reads English at its console."""
    with (
        served(create_app(busy.settings())) as base,
        httpx.Client(base_url=base, headers={"Accept-Language": "en"}, timeout=30) as asking,
    ):
        yield asking


def listed(reader: httpx.Client, **given: Any) -> list[dict[str, Any]]:
    """All runs that the API lists, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = (
            reader.get("/api/runs", params={**given, "after": after, "limit": 7}).raise_for_status().json()
        )
        assert len(answer["items"]) <= 7
        found += answer["items"]
        if answer["next"] is None:
            return found
        after = answer["next"]


def test_the_ledger_page_by_page(busy: Desk, reader: httpx.Client) -> None:
    everything = [number for (number,) in busy.rows("select id from runs order by id desc")]
    assert [each["run"] for each in listed(reader)] == everything
    # The pages list the same, by links alone.
    seen: list[int] = []
    following: str | None = "/runs"
    while following:
        html = reader.get(following.replace("&amp;", "&")).text
        seen += [int(each) for each in re.findall(r'<td class="number"><a href="/runs/(\d+)"', html)]
        found = re.search(r'href="([^"]+)" rel="next"', html)
        following = found[1] if found else None
    assert seen == everything


_TROUBLE = "(state = 'broken' or (counts->>'failed')::int > 0 or (counts->>'quarantined')::int > 0)"


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"kind": "retry"}, "kind = 'retry'"),
        ({"state": "broken"}, "state = 'broken'"),
        ({"state": "running"}, "state = 'running'"),
        ({"state": "ended", "kind": "poll"}, "state = 'ended' and kind = 'poll'"),
        ({"reason": HOSTILE}, "reason like '<img%'"),
        ({"trouble": "true"}, _TROUBLE),
        (
            {"trouble": "true", "kind": "poll", "reason": "schedule"},
            f"kind = 'poll' and id > 1 and {_TROUBLE}",
        ),
        ({"kind": "no such"}, "false"),
        ({"reason": "\0"}, "false"),
    ],
)
def test_filters(busy: Desk, reader: httpx.Client, given: dict[str, str], where: str) -> None:
    with psycopg.connect(busy.address) as connection:
        expected = [
            number for (number,) in connection.execute(f"select id from runs where {where} order by id desc")
        ]
    assert [each["run"] for each in listed(reader, **given)] == expected
    assert (where == "false") == (not expected)
    page = reader.get("/runs", params=given)
    assert page.status_code == 200
    assert HOSTILE not in page.text
    assert ("No run is like that." in page.text) == (not expected)


def test_a_run_with_its_articles_and_lines(busy: Desk, reader: httpx.Client) -> None:
    html = reader.get("/runs/1").text
    assert "reading feeds" in html
    shown = reader.get("/api/runs/1").json()
    assert (shown["kind"], shown["state"], shown["reason"], shown["prefect"]) == (
        "poll",
        "ended",
        "by hand",
        None,
    )
    assert shown["detail"]["requests"] > 0
    for outcome in ("", "quarantined", "new"):
        found, after = [], ""
        while True:
            answer = reader.get(
                "/api/runs/1/articles", params={"outcome": outcome, "after": after, "limit": 9}
            ).json()
            found += answer["items"]
            if answer["next"] is None:
                break
            after = answer["next"]
        expected = busy.rows(
            "select info_code, outcome from events where run_id = 1 and outcome is not null "
            "and (%s = '' or outcome = %s) order by outcome, id",
            [outcome, outcome],
        )
        assert [(each["info_code"], each["outcome"]) for each in found] == expected
        assert len(found) == sum(shown["counts"][each] for each in shown["counts"] if outcome in ("", each))
    lines = reader.get("/api/runs/1/lines", params={"limit": 1}).json()
    assert (lines["items"][0]["number"], lines["items"][0]["line"]) == (1, "reading feeds")
    more = reader.get("/api/runs/1/lines", params={"after": lines["next"]}).json()
    assert more["items"][0]["number"] == 2


def test_of_an_article_that_ended_twice_the_last_end_counts(busy: Desk, reader: httpx.Client) -> None:
    run, code = busy.rows(
        "select run_id, info_code from events where run_id = 1 and outcome = 'new' limit 1"
    )[0]
    busy.execute(
        "insert into events (info_code, run_id, stage, outcome, reason) values (%s, 3, 'fetch', 'failed', 'timeout'),"
        " (%s, 3, 'load', 'updated', '')",
        [code, code],
    )
    items = reader.get("/api/runs/3/articles").json()["items"]
    assert [(each["info_code"], each["outcome"]) for each in items] == [(code, "updated")]
    assert run == 1


def test_what_the_ledger_keeps_is_told_in_words(busy: Desk, reader: httpx.Client) -> None:
    busy.execute(
        "update runs set detail = %s, started_at = '2026-03-10 09:30:05+08' where id = 2",
        [
            json.dumps(
                {
                    "scheduled_for": "2026-03-10T01:30:00+00:00",
                    "backfill": 7,
                    "slot": {"run": 1, "host": "vm", "pid": 4, "since": "x"},
                    "published": {"written": 3, "built": True},
                    "50% of %s": HOSTILE,
                    "seconds_left": "soon",
                }
            )
        ],
    )
    html = reader.get("/runs/2").text
    assert "(begun 5.0 s later)" in html
    assert 'href="/backfills/7">7</a>' in html
    assert 'href="/runs/1">1 (vm, 4)</a>' in html
    assert "built: yes, written: 3" in html
    assert HOSTILE not in html
    broken = busy.rows("select id from runs where pid = 40 and id > 1")[0][0]
    assert "It did not come to its end: its process died" in reader.get(f"/runs/{broken}").text


def test_what_is_not_there_or_not_meant(reader: httpx.Client) -> None:
    assert reader.get("/runs/999999").status_code == 404
    assert reader.get("/api/runs/999999").json()["error"] == "UnknownName"
    assert reader.get("/api/runs/999999/lines").status_code == 404
    assert reader.get("/api/runs", params={"after": "nonsense"}).status_code == 400
    assert reader.get("/api/runs/1/articles", params={"after": "W10"}).status_code == 400
    assert reader.get("/runs/1", params={"line": -1}).status_code == 400
    assert reader.get("/api/runs/1/articles", params={"outcome": "no such"}).json()["items"] == []
    assert reader.get("/api/runs", params={"limit": 0}).status_code == 400
