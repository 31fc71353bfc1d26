"""The same use cases as flow runs: names, tasks, artifacts, and errors in one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from finews.flows.local_prefect import LocalPrefect, local_prefect
from finews.flows.prefect_logs import PrefectLine, page_in_prefect, prefect_lines
from finews.ui.app import create_app
from tests.pipeline.archive import days_of_news
from tests.pipeline.desk import Desk, article
from tests.ui.serving import served

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPrefect]:
    """A Prefect server of the tests' own."""
    with local_prefect(tmp_path_factory.mktemp("prefect")) as server:
        server.wait()
        yield server


def asked(server: LocalPrefect, what: str) -> list[dict[str, Any]]:
    """All of `flow_runs`, `task_runs` or `artifacts` that the server has."""
    answer = httpx.post(f"{server.address}/{what}/filter", json={}, timeout=30)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found


def test_commands_run_as_flow_runs_there(
    desk: Desk, prefect: LocalPrefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish(article(1), article(2), article(3, feeds=("37",)))
    ran = desk.run("ingest", article(1).info_code, article(2).digits, "--json", **prefect.environment())
    assert ran.status == 0, ran.err
    assert ran.json["new"] == 2
    console = {"FINEWS_UI_ADDRESS": "https://desk.example/"}
    ran = desk.run("poll", "--json", **prefect.environment(), **console)
    assert ran.status == 0, ran.err
    assert ran.json["new"] == 1
    ran = desk.run("recheck", "--json", **prefect.environment())
    assert ran.status == 0, ran.err
    runs = {each["name"]: each for each in asked(prefect, "flow_runs")}
    assert {"ingest: 2 links", "poll: all", "recheck"} <= set(runs)
    assert {each["state"]["type"] for each in runs.values()} == {"COMPLETED"}
    tasks = {each["name"] for each in asked(prefect, "task_runs")}
    assert any(name.startswith("links 1 to 2") for name in tasks)
    assert any(name.startswith("read feeds") for name in tasks)
    tables = {each["key"]: each for each in asked(prefect, "artifacts")}
    assert {"ingest-result", "poll-result"} <= set(tables)
    link = desk.settings().share_link(article(3).info_code)
    assert (link in tables["poll-result"]["data"], "console" in tables["ingest-result"]["data"]) == (
        True,
        False,
    )
    assert f"https://desk.example/articles/{article(3).info_code}" in tables["poll-result"]["data"]
    assert "[Run 2](https://desk.example/runs/2)" in tables["poll-result"]["description"]
    noted = desk.rows("select flow_run from runs order by id")
    assert [each for (each,) in noted] == [
        runs["ingest: 2 links"]["id"],
        runs["poll: all"]["id"],
        runs["recheck"]["id"],
    ]
    # The console finds a run's page and its log there.
    monkeypatch.setenv("PREFECT_API_URL", prefect.address)
    there = noted[0][0]
    assert page_in_prefect(there) == f"{prefect.address.removesuffix('/api')}/runs/flow-run/{there}"
    lines = eventually(lambda: prefect_lines(there, skip=0, limit=100))
    assert any("Finished" in each.line for each in lines)
    assert prefect_lines(there, skip=1, limit=1) == lines[1:2]
    with served(create_app(desk.settings())) as base:
        html = unescape(httpx.get(f"{base}/runs/1").text)
    assert f"/runs/flow-run/{there}" in html
    assert lines[0].line.splitlines()[0] in html


def eventually(look: Callable[[], list[PrefectLine]]) -> list[PrefectLine]:
    """What is there once the server has taken in the run's last words."""
    end = time.monotonic() + 30
    while not any("Finished" in each.line for each in look()):
        assert time.monotonic() < end
        time.sleep(0.2)
    return look()


def test_a_log_that_cannot_be_had_is_told_in_words(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    there = "5f0f1dbe-3a47-4a38-8ad0-fb6a5b6d3a3e"
    assert page_in_prefect(there) is None
    assert prefect_lines(there, skip=0, limit=10) == []
    monkeypatch.setenv("PREFECT_API_URL", "http://me:open-sesame@127.0.0.1:9/api")
    desk.execute("insert into runs (kind, host, pid, flow_run) values ('poll', 'vm', 1, %s)", [there])
    with served(create_app(desk.settings())) as base:
        html = httpx.get(f"{base}/runs/1", headers={"Accept-Language": "en"}).text
    assert "The Prefect server cannot be reached: http://127.0.0.1:9/api" in html
    assert f'href="http://127.0.0.1:9/runs/flow-run/{there}"' in html
    assert "open-sesame" not in html


def test_trouble_is_an_exit_status_and_not_a_failed_flow(desk: Desk, prefect: LocalPrefect) -> None:
    ran = desk.run(
        "backfill", "--file", "-", "--json", stdin="NW202603101111111111\n", **prefect.environment()
    )
    assert ran.status == 1
    assert ran.json["gone"] == 1


@pytest.mark.slow
def test_an_error_in_a_flow_is_one_line(desk: Desk, prefect: LocalPrefect) -> None:
    desk.publish(article(1))
    (desk.folder / "occupied").touch()
    ran = desk.run(
        "ingest",
        article(1).info_code,
        FINEWS_SITE_DIR=str(desk.folder / "occupied" / "site"),
        **prefect.environment(),
    )
    assert ran.status == 3
    assert "site folder cannot be written" in ran.err
    assert "Traceback" not in ran.err


def test_a_server_that_is_not_there_is_told(desk: Desk) -> None:
    ran = desk.run("poll", PREFECT_API_URL="http://127.0.0.1:9/api")
    assert ran.status == 3
    assert "Prefect server cannot be reached" in ran.err
    assert "Traceback" not in ran.err
    assert desk.newsroom.count() == 0


def test_a_backfill_of_a_range_tells_its_progress_there(desk: Desk, prefect: LocalPrefect) -> None:
    desk.publish(*days_of_news(2, 6))
    ran = desk.run(
        "backfill", "--from", "2026-03-02", "--to", "2026-03-03", "--json", **prefect.environment()
    )
    assert (ran.status, ran.json["new"]) == (0, 12), ran.err
    names = {each["name"] for each in asked(prefect, "task_runs")}
    assert {name.rpartition("-")[0] for name in names} >= {"read the list", "chunk 1", "chunk 2"}
    told = [each for each in asked(prefect, "artifacts") if each["type"] == "progress"]
    assert any(each["data"] == 100.0 and "12 of 12" in each["description"] for each in told)
