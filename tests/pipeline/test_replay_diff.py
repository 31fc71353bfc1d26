"""`replay --diff`: every field that would differ, with counts and samples; then the replay does just that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.desk import Desk, article
from tests.pipeline.untouched import files_as_they_lie, rows_as_they_lie

LONG = "<p>" + "甲乙丙丁" * 200 + "{}" + "戊己庚辛" * 200 + "</p>"


def code(number: int) -> str:
    """The infoCode of an article of this module."""
    return article(number).info_code


@pytest.fixture
def spoiled(desk: Desk) -> Desk:
    """Seven articles whose rows are not what their payloads say today, and one that is."""
    articles = [
        article(1),
        article(2, body=LONG.format("新")),
        article(3),
        article(4, extra={"title": ""}),
        article(5, extra={"title": ""}),
        article(6),
        article(7, feeds=("rolling",), digest="【头】新的摘要", url_w="http://finance.example/a/7.html"),
        article(8),
    ]
    desk.publish(*articles)
    desk.ingest(*articles[:6], articles[7])
    desk.poll("rolling")
    assert (desk.count("articles"), desk.count("quarantine")) == (6, 2)

    def spoil(number: int, what: str, *values: object) -> None:
        desk.execute(
            rf"update articles set {what}, content_hash = '\x00' where info_code = %s",
            [*values, code(number)],
        )

    spoil(1, "title = %s", "旧标题")
    spoil(2, "body = %s", LONG.format("旧"))
    spoil(3, "moment = '2026-03-09 01:00 +0800'")
    # The feed lends a title now; and a reason that is told otherwise today.
    desk.execute(
        "insert into sightings (info_code, feed, run_id, title, media, digest, url) "
        "values (%s, '37', 1, '后来的标题', '', '', '')",
        [code(4)],
    )
    desk.execute("update quarantine set reason = 'date_missing' where info_code = %s", [code(5)])
    # An article whose payload is no article today, but was one.
    desk.execute(
        "update payloads set body = (select body from payloads where info_code = %s) where info_code = %s",
        [code(5), code(6)],
    )
    desk.execute("update articles set digest = '旧的摘要' where info_code = %s", [code(7)])
    return desk


def test_field_by_field(spoiled: Desk) -> None:
    rows, files, runs = rows_as_they_lie(spoiled), files_as_they_lie(spoiled), spoiled.count("runs")
    ran = spoiled.run("replay", "--all", "--diff", "--json")
    found = ran.json
    assert ran.status == 0
    assert (rows_as_they_lie(spoiled), files_as_they_lie(spoiled)) == (rows, files)
    assert spoiled.count("runs") == runs
    counted = {name: found[name] for name in ("payloads", "new", "updated", "unchanged", "quarantined")}
    assert counted == {"payloads": 8, "new": 1, "updated": 3, "unchanged": 2, "quarantined": 2}
    differing: dict[str, list[tuple[str, str, str]]] = {
        name: [(each["info_code"], each["old"], each["new"]) for each in field["samples"]]
        for name, field in found["fields"].items()
    }
    assert differing["title"] == [(code(1), "旧标题", article(1).title)]
    assert differing["moment"] == [(code(3), "2026-03-09 01:00:00", "2026-03-10 09:30:00")]
    ((_, old, new),) = differing["body"]
    assert old.replace("旧", "新") == new
    assert (old[0], old[-1], len(old)) == ("…", "…", 122)
    assert differing["outcome"] == [
        (code(4), "quarantined", "published"),
        (code(6), "published", "quarantined"),
    ]
    assert [each[0] for each in differing["reason"]] == [code(4), code(5), code(6)]
    assert differing["reason"][1] == (code(5), "date_missing", "title_missing")
    assert found["fixed"]["digest"] == {
        "count": 1,
        "samples": [{"info_code": code(7), "old": "旧的摘要", "new": "新的摘要"}],
    }
    after = spoiled.run("replay", "--all", "--json").json
    assert {name: after[name] for name in counted if name != "payloads"} == {
        name: number for name, number in counted.items() if name != "payloads"
    }
    again = spoiled.run("replay", "--all", "--diff", "--json").json
    assert again["fields"] == {}
    assert spoiled.rows("select digest from articles where info_code = %s", [code(7)]) == [("旧的摘要",)]


def test_a_person_reads_it_line_by_line(spoiled: Desk) -> None:
    shown = spoiled.run("replay", "--all", "--diff", COLUMNS="200").out
    assert "8 payloads would end: 1 new, 3 updated, 2 unchanged, 2 quarantined" in shown
    assert f"title: 1 would differ\n  {code(1)}: 旧标题 → {article(1).title}\n" in shown
    assert "digest: 1 are said otherwise now, and stay as first published" in shown
    assert "nothing would change" in spoiled.run("replay", code(8), "--diff").out


@pytest.mark.parametrize("processes", ["1", "2"])
def test_samples_are_few_and_always_the_same(desk: Desk, processes: str) -> None:
    articles = [article(number) for number in range(1, 41)]
    desk.publish(*articles)
    desk.ingest(*articles)
    desk.execute(r"update articles set title = '旧', content_hash = '\x00'")
    found: Any = desk.run(
        "replay", "--all", "--diff", "--samples", "3", "--json", FINEWS_PROCESSES=processes
    ).json
    assert found["fields"]["title"]["count"] == 40
    assert [each["info_code"] for each in found["fields"]["title"]["samples"]] == [code(1), code(2), code(3)]
