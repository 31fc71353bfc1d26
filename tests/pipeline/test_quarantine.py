"""What is in quarantine is found by its article's media and day, which stay true; commands take the same sieve."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from finews.flows.quarantine_groups import groups_of, items_of
from finews.flows.sieve_options import options_of, sieve_of
from finews.schema.database import Database
from finews.schema.errors import RequestError
from finews.schema.sieve import Sieve
from tests.pipeline.desk import Desk, article

HARBOUR = "海港晚报"


def code(number: int) -> str:
    """The infoCode of an article of this module."""
    return article(number).info_code


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """1 has no text and no media, and stands in a market feed; 2 lacks its title, 3 its text, 4 its date."""
    nameless = {"medianame": "", "from": "", "text": ""}
    articles = [
        article(1, medianame=HARBOUR, extra=nameless, feeds=("37",), moment="2026-03-08 23:59:00"),
        article(2, extra={"title": ""}),
        article(3, extra={"text": ""}, medianame=HARBOUR, from_=HARBOUR),
        article(4, extra={"date": ""}),
    ]
    desk.publish(*articles)
    desk.ingest(*articles)
    assert desk.count("quarantine") == 4
    return desk


def known(desk: Desk, number: int) -> tuple[str, str, str]:
    """(title, media, day) of an item."""
    (row,) = desk.rows("select title, media, day::text from quarantine where info_code = %s", [code(number)])
    return row[0], row[1], row[2]


def test_media_and_day_follow_what_is_said_of_it(kept: Desk) -> None:
    assert known(kept, 1) == (article(1).title, "", "2026-03-10"), "its own code names the day"
    assert known(kept, 2) == ("", "样本财经报", "2026-03-10")
    assert known(kept, 3) == (article(3).title, HARBOUR, "2026-03-10")
    kept.poll("37")
    assert known(kept, 1) == (article(1).title, HARBOUR, "2026-03-08"), "a feed has said more"
    kept.run("backfill", "--from", "2026-03-07", "--to", "2026-03-10", "--plan", "--json")
    assert known(kept, 1)[1:] == (HARBOUR, "2026-03-08")
    with Database(kept.settings()) as database:
        assert {each.info_code for each in items_of(database, Sieve(media=HARBOUR))} == {code(1), code(3)}
        groups = {each.reason: each for each in groups_of(database, Sieve())}
    assert {name: each.count for name, each in groups.items()} == {
        "body_empty": 2,
        "title_missing": 1,
        "date_missing": 1,
    }
    empty = groups["body_empty"]
    assert (dict(empty.stages), dict(empty.normalisers)) == ({"fetch": 2}, {0: 2})
    assert (empty.last_day, empty.day_before, sum(empty.hours)) == (2, 0, 2)


def test_commands_take_the_same_sieve(kept: Desk) -> None:
    found = kept.run("quarantine", "list", "--normaliser", "0", "--media", "", "--json").json["items"]
    assert [(each["info_code"], each["media"], each["day"]) for each in found] == [
        (code(1), "", "2026-03-10")
    ]
    ran = kept.run(
        "quarantine", "discard", "--normaliser", "1", "--day", "2026-03-10", "--why", "x", "--json"
    )
    assert {each["info_code"] for each in ran.json["items"]} == {code(2), code(4)}
    # A feed lends what one of them lacks: what was given up is read again at once.
    kept.execute(
        "insert into sightings (info_code, feed, run_id, title, media, digest, url) "
        "values (%s, '38', 1, '借来的标题', '', '', '')",
        [code(2)],
    )
    ran = kept.run("quarantine", "replay", "--discarded", "--json")
    assert (ran.json["new"], ran.json["quarantined"], ran.json["skipped"]) == (1, 1, 0)
    with Database(kept.settings()) as database:
        waiting = {each.info_code for each in items_of(database, Sieve())}
    assert waiting == {code(1), code(3), code(4)}, "the other waits again"


def test_a_sieve_is_spelt_and_read_back() -> None:
    sieve = sieve_of(
        reason="body_empty",
        media="",
        day="2026-03-10",
        normaliser=0,
        until="2026-03-10T09:30:00.123456+08:00",
        discarded=True,
    )
    words = options_of(sieve)
    assert words[-1] == "--discarded"
    given = dict(zip(words[:-1:2], words[1:-1:2], strict=True))
    again = sieve_of(
        reason=given["--reason"],
        media=given["--media"],
        day=given["--day"],
        normaliser=int(given["--normaliser"]),
        until=given["--until"],
    )
    assert replace(again, discarded=True) == sieve
    assert options_of(Sieve()) == []
    for wrong in (
        partial(sieve_of, day="gestern"),
        partial(sieve_of, day="2026-02-30"),
        partial(sieve_of, until="2026-03-10T09:30:00"),
        partial(sieve_of, media="a\0"),
    ):
        with pytest.raises(RequestError):
            wrong()
