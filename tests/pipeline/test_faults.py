"""Each fault of the newsroom, one at a time: outcome, reason and ledger; then recovery once it is gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.desk import Desk, article, outcomes

FAULTS: dict[str, tuple[str, str]] = {
    "drop": ("failed", "connection"),
    "stall": ("failed", "timeout"),
    "drip": ("failed", "timeout"),
    "short_body": ("failed", "connection"),
    "bad_gzip": ("failed", "bad_gzip"),
    "http_403": ("blocked", "http_403"),
    "http_404": ("gone", "http_404"),
    "http_410": ("gone", "http_410"),
    "http_429": ("blocked", "http_429"),
    "http_429_date": ("blocked", "http_429"),
    "http_500": ("failed", "http_500"),
    "http_502": ("failed", "http_502"),
    "http_503": ("failed", "http_503"),
    "login_page": ("blocked", "login_page"),
    "captcha": ("blocked", "captcha"),
    "wrong_article": ("quarantined", "wrong_article"),
    "gbk": ("quarantined", "bad_encoding"),
    "huge": ("quarantined", "too_large"),
    "endless": ("quarantined", "too_large"),
    "redirect_loop": ("failed", "redirect_loop"),
    "redirect_away": ("blocked", "redirect_away"),
    "html": ("quarantined", "not_json"),
    "truncated_json": ("quarantined", "not_json"),
    "empty": ("quarantined", "body_empty"),
    "not_object": ("quarantined", "not_json"),
}
LONG_WAIT: dict[str, dict[str, Any]] = {
    "http_429": {"retry_after": 3600},
    "http_429_date": {"retry_after": 3600},
}
"""Faults that name a wait are given one that no run sits out."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_outcome_and_is_got_over(desk: Desk, fault: str) -> None:
    outcome, reason = FAULTS[fault]
    desk.publish(article(1), article(2))
    code = article(1).info_code
    for path in ("text", "page"):
        desk.newsroom.fault(fault, path=path, info_code=code, **LONG_WAIT.get(fault, {}))
    report = desk.ingest(article(1), article(2))
    assert outcomes(report) == {code: (outcome, reason), article(2).info_code: ("new", "")}
    assert desk.newsroom.strays == []
    assert desk.rows("select outcome, reason, run_id from events where info_code = %s", [code]) == [
        (outcome, reason, report.run)
    ]
    assert desk.rows("select state, reason from links where info_code = %s", [code]) == [(outcome, reason)]
    if outcome == "quarantined":
        assert desk.rows("select reason from quarantine") == [(reason,)]
        assert desk.rows("select count(*) from payloads where info_code = %s", [code]) == [(1,)]
    waits = desk.rows("select due_at - changed_at from links where info_code = %s", [code])[0][
        0
    ].total_seconds()
    asks_again = outcome in ("failed", "blocked", "gone")
    assert (waits >= 3590) if fault in LONG_WAIT else (waits >= 40) == asks_again

    desk.newsroom.clear_faults()
    assert outcomes(desk.ingest(code)) == {code: ("new", "")}
    assert desk.count("quarantine") == 0
    assert len(desk.tree()) == 2


def test_a_short_retry_after_is_waited_for(desk: Desk) -> None:
    desk.publish(article(1))
    desk.newsroom.fault("http_429", path="text", retry_after=1, times=3)
    assert outcomes(desk.ingest(article(1)))[article(1).info_code] == ("new", "")


def test_a_fault_that_passes_is_retried_within_the_run(desk: Desk) -> None:
    desk.publish(article(1))
    desk.newsroom.fault("http_500", path="text", times=3)
    assert outcomes(desk.ingest(article(1)))[article(1).info_code] == ("new", "")
    (detail,) = desk.rows("select detail from events where stage = 'fetch'")[0]
    assert [each["reason"] for each in detail["asked"]] == ["http_500"] * 3 + ["ok"]


def test_a_failed_link_waits_for_its_time_in_a_poll(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.newsroom.fault("http_500", path="text")
    desk.newsroom.fault("http_500", path="page")
    assert desk.poll().counts["failed"] == 1
    desk.newsroom.clear_faults()
    assert desk.poll().counts["skipped"] == 1
    desk.rows("update links set due_at = now() returning 1")
    assert desk.poll().counts["new"] == 1


def test_every_mirror_out_of_reach_is_failed(desk: Desk) -> None:
    report = desk.ingest(article(1), sources=("http://127.0.0.1:9",))
    assert outcomes(report)[article(1).info_code] == ("failed", "connection")


def test_robots_txt_is_obeyed(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.rows(
        "insert into robots (origin, status, body, fetched_at) "
        "select unnest(%s::text[]), 200, E'User-agent: *\\nDisallow: /NewsData/\\nDisallow: /html_News/\\n"
        "Disallow: /a/\\n', now() returning 1",
        [list(desk.newsroom.bases)],
    )
    assert outcomes(desk.poll())[article(1).info_code] == ("blocked", "robots")
    assert desk.newsroom.count("text") == 0
