"""The same text under several infoCodes: found whatever its markup, linked to the earliest, told and not off."""

from __future__ import annotations

from datetime import date

from tests.pipeline.desk import Desk, article
from tests.pipeline.reconciling import compared, fixed_for_good
from tests.pipeline.untouched import rows_as_they_lie

TEXT = "样本公司今日发布公告，称“生产经营一切正常”，一季度净利润增长2.5%。"
FIRST = article(7, moment="2026-03-10 09:00:00", body=f"<p>{TEXT}</p>")
MARKED_UP = article(
    1,
    moment="2026-03-11 09:00:00",
    body=f"<div><p>\u3000\u3000<b>{TEXT[:8]}</b>{TEXT[8:]}</p></div>",
)
FOLDED = article(
    2,
    moment="2026-03-11 10:00:00",
    body=f"<p>{TEXT.replace('，', ',').replace('。', '.')}</p>",
    medianame="样本日报",
)
OTHER = article(3, moment="2026-03-11 11:00:00", body=f"<p>{TEXT.replace('2.5', '25')}</p>")
SHORT = [article(number, body="<p>图片新闻</p>") for number in (4, 5)]
ALL = [FIRST, MARKED_UP, FOLDED, OTHER, *SHORT]


def test_they_are_linked_to_the_earliest(desk: Desk) -> None:
    desk.publish(*ALL)
    desk.ingest(*ALL)
    found = compared(desk)
    alike = [(MARKED_UP.info_code, FIRST.info_code), (FOLDED.info_code, FIRST.info_code)]
    assert (found.duplicates, found.duplicates_in_all, found.unhashed) == (alike, 2, 0)
    assert found.clean
    ran = desk.run("reconcile", "--json")
    assert (ran.status, ran.json["counts"]["duplicates"]) == (0, 2)
    assert ran.json["duplicates"] == [{"info_code": code, "of": first} for code, first in alike]
    eleventh = date(2026, 3, 11)
    assert compared(desk, eleventh, eleventh).duplicates == alike, "the first may lie before the range"
    assert compared(desk, date(2026, 3, 10), date(2026, 3, 10)).duplicates_in_all == 0

    told = desk.run("trace", FOLDED.info_code, "--json").json
    assert (told["duplicate_of"], told["duplicates"]) == (FIRST.info_code, [])
    told = desk.run("trace", FIRST.info_code, "--json").json
    assert (told["duplicate_of"], told["duplicates"]) == (None, [MARKED_UP.info_code, FOLDED.info_code])
    for each in (OTHER, SHORT[0]):
        told = desk.run("trace", each.info_code, "--json").json
        assert (told["duplicate_of"], told["duplicates"]) == (None, [])
    assert f"repeats the text of {FIRST.info_code}" in desk.run("trace", FOLDED.info_code).out
    assert f"repeated by {MARKED_UP.info_code}, {FOLDED.info_code}" in " ".join(
        desk.run("trace", FIRST.info_code).out.split()
    )


def test_an_earlier_one_that_comes_later_is_the_first(desk: Desk) -> None:
    desk.publish(*ALL)
    desk.ingest(MARKED_UP, FOLDED)
    assert compared(desk).duplicates == [(FOLDED.info_code, MARKED_UP.info_code)]
    desk.ingest(FIRST)
    assert compared(desk).duplicates == [
        (MARKED_UP.info_code, FIRST.info_code),
        (FOLDED.info_code, FIRST.info_code),
    ]


def test_an_edit_makes_it_another_text(desk: Desk) -> None:
    desk.publish(FIRST, FOLDED)
    desk.ingest(FIRST, FOLDED)
    assert compared(desk).duplicates_in_all == 1
    desk.newsroom.edit(FOLDED.info_code, body=OTHER.body)
    desk.ingest(FOLDED)
    assert compared(desk).duplicates_in_all == 0
    desk.newsroom.edit(FOLDED.info_code, body=FIRST.body)
    desk.ingest(FOLDED)
    assert compared(desk).duplicates_in_all == 1


def test_rows_of_before_are_hashed_by_a_fix(desk: Desk) -> None:
    desk.publish(*ALL)
    desk.ingest(*ALL)
    hashes = desk.rows("select info_code, text_hash from articles order by 1")
    desk.execute("update articles set text_hash = null")
    found = compared(desk)
    assert (found.clean, found.unhashed, found.duplicates_in_all) == (True, 6, 0)
    assert "6 rows may repeat others" in desk.run("reconcile").out
    assert fixed_for_good(desk) == {"texts_hashed": 6}
    assert desk.rows("select info_code, text_hash from articles order by 1") == hashes
    assert compared(desk).unhashed == 0


def test_rows_of_before_are_hashed_by_a_replay_and_by_a_fetch(desk: Desk) -> None:
    desk.publish(*ALL)
    desk.ingest(*ALL)
    hashes = desk.rows("select info_code, text_hash, content_hash, revision from articles order by 1")
    desk.execute("update articles set text_hash = null")
    desk.ingest(FIRST)
    assert desk.rows("select info_code from articles where text_hash is not null") == [(FIRST.info_code,)]
    ran = desk.run("replay", "--all", "--json")
    assert (ran.json["stamped"], ran.json["unchanged"]) == (5, 6)
    assert desk.rows("select info_code, text_hash, content_hash, revision from articles order by 1") == hashes
    before = rows_as_they_lie(desk)
    assert desk.run("replay", "--all", "--json").json["stamped"] == 0
    assert rows_as_they_lie(desk) == before
