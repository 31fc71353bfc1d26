"""`retention`: what is old and settled takes less room; what anybody still needs stays as it is."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews.flows import retention as module
from finews.flows.forget import forget, remember
from finews.flows.output import print_trace
from finews.flows.pipeline import Pipeline
from finews.flows.replay import replay
from finews.flows.replay_diff import compare
from finews.flows.report import Report
from finews.flows.retention import Kept, Terms, look_ahead, retain
from finews.flows.standing import status, trace
from finews.schema.errors import BusyError, SettingError
from finews.schema.packing import dictionary_of, pack, unpack
from finews.schema.payloads import read_payloads
from finews.schema.replayable import Selection
from finews.schema.retention import drop_payloads
from tests.pipeline.desk import Desk, article, outcomes
from tests.pipeline.stock import stock


def aged(desk: Desk, days: int = 100) -> None:
    """All that is there happened so many days earlier."""
    for table, column in (
        ("links", "changed_at"),
        ("payloads", "last_seen_at"),
        ("payloads", "fetched_at"),
        ("events", "at"),
    ):
        desk.execute(f"update {table} set {column} = {column} - make_interval(days => %s)", [days])


def bodies(desk: Desk) -> dict[int, bytes]:
    """The bytes of every payload that can be read, by its number."""
    with Pipeline(desk.settings()) as pipeline, pipeline.database.transaction() as connection:
        numbers = [number for (number,) in connection.execute("select id from payloads").fetchall()]
        return {each.id: each.body for each in read_payloads(connection, numbers) if each.id}


def retention(desk: Desk, *, dry_run: bool = False, **settings: Any) -> Kept:
    """`finews retention`, for which 30 days are old."""
    given = desk.settings(**{"keep_payloads": 30, "keep_events": 30, **settings})
    with Pipeline(given) as pipeline:
        return look_ahead(pipeline, Terms.of(given)) if dry_run else retain(pipeline, Terms.of(given))[1]


def traced(desk: Desk, code: str) -> Any:
    """The object of `finews trace`."""
    with Pipeline(desk.settings()) as pipeline:
        return trace(pipeline.database, desk.settings(), code)


def replayed(desk: Desk, *codes: str) -> Report:
    """`finews replay` of these articles, or of all."""
    with Pipeline(desk.settings()) as pipeline:
        return replay(pipeline, Selection(codes=codes or None))


def codecs(desk: Desk) -> dict[str, int]:
    """How many payloads are packed how."""
    return dict(desk.rows("select codec, count(*)::int from payloads group by 1"))


@given(st.lists(st.binary(max_size=60_000), max_size=12), st.binary(max_size=5000))
def test_what_is_packed_comes_out_as_it_went_in(samples: list[bytes], body: bytes) -> None:
    dictionary = dictionary_of(samples)
    assert len(dictionary) <= 32 * 1024
    assert unpack(pack(body, dictionary), dictionary) == body
    assert unpack(pack(body)) == body


def test_old_payloads_are_packed_and_read_as_before(desk: Desk) -> None:
    stock(desk, 60)
    before, tree = bodies(desk), desk.tree()
    aged(desk)
    # Another article, of today.
    desk.publish(article(1))
    desk.ingest(article(1))
    size = "select sum(octet_length(body))::int from payloads"
    told = retention(desk, dry_run=True, old_payloads="pack")
    assert (told.packed, told.dry_run) == (60, True)
    assert codecs(desk) == {"zlib": 61}
    took = desk.rows(size)[0][0]
    found = retention(desk, old_payloads="pack")
    assert found.packed == 60
    assert took - desk.rows(size)[0][0] == found.bytes > took // 3
    assert found.bytes // 2 < told.bytes < found.bytes * 2
    assert codecs(desk) == {"zlib": 1, "zdict": 60}
    assert bodies(desk).items() >= before.items()
    assert replayed(desk).counts["unchanged"] == 61
    assert {name: text for name, text in desk.tree().items() if name in tree} == tree
    assert retention(desk, old_payloads="pack").packed == 0


def test_without_settings_everything_is_kept(desk: Desk) -> None:
    stock(desk, 40)
    aged(desk)
    ran = desk.run("retention", FINEWS_KEEP_PAYLOADS="30")
    assert ran.status == 0
    assert "FINEWS_OLD_PAYLOADS" in ran.out
    assert codecs(desk) == {"zlib": 40}
    words = ("retention", "--dry-run", "--json")
    told = desk.run(*words, FINEWS_KEEP_PAYLOADS="30", FINEWS_OLD_PAYLOADS="drop").json
    assert (told["run"], told["dropped"], told["dry_run"]) == (None, 40, True)
    with pytest.raises(SettingError, match="OLD_PAYLOADS"):
        desk.settings(old_payloads="burn")


def test_a_few_payloads_are_left_as_they_are(desk: Desk) -> None:
    stock(desk, 12)
    aged(desk)
    assert retention(desk, dry_run=True, old_payloads="pack").packed == 0
    assert retention(desk, old_payloads="pack").packed == 0
    assert codecs(desk) == {"zlib": 12}


def test_dropped_payloads_leave_rows_posts_and_traces(desk: Desk) -> None:
    desk.publish(article(1), article(2))
    desk.ingest(article(1), article(2))
    desk.newsroom.edit(article(1).info_code, title="改过")
    desk.ingest(article(1))
    tree = desk.tree()
    aged(desk)
    assert retention(desk, dry_run=True, old_payloads="drop").dropped == 3
    found = retention(desk, old_payloads="drop")
    assert (found.dropped, codecs(desk)) == (3, {"dropped": 3})
    assert desk.rows("select state, detail->'retention'->'dropped' from runs where kind = 'retention'") == [
        ("ended", 3)
    ]
    assert outcomes(replayed(desk, article(1).info_code)) == {article(1).info_code: ("skipped", "no_payload")}
    assert outcomes(replayed(desk)) == {}
    with Pipeline(desk.settings()) as pipeline:
        assert compare(pipeline, Selection(codes=(article(1).info_code,)), most=1)["skipped"] == 1
    assert traced(desk, article(1).info_code)["earlier_titles"] == [article(1).title]
    # What another normaliser made and nobody can make again is not told as work.
    desk.execute("update articles set normaliser = 0")
    with Pipeline(desk.settings()) as pipeline:
        assert status(pipeline.database, desk.settings())["behind"] == 0
    assert desk.tree() == tree


def test_a_dropped_payload_that_is_fetched_again_has_its_bytes_again(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    aged(desk)
    retention(desk, old_payloads="drop")
    assert bodies(desk) == {}
    assert outcomes(desk.ingest(article(1)))[article(1).info_code] == ("unchanged", "")
    assert len(bodies(desk)) == 1
    assert replayed(desk, article(1).info_code).counts["unchanged"] == 1


def test_what_is_not_settled_is_never_dropped(desk: Desk) -> None:
    names = {
        "quarantined": article(1, extra={"title": None}),
        "behind": article(2),
        "unpublished": article(3),
        "unread": article(4),
        "leased": article(5),
        "young": article(6),
        "settled": article(7),
    }
    desk.publish(*names.values())
    desk.ingest(*names.values())
    aged(desk)
    desk.execute("update articles set normaliser = 0 where info_code = %s", [article(2).info_code])
    desk.execute("update articles set published_revision = null where info_code = %s", [article(3).info_code])
    desk.execute("update links set state = 'fetched' where info_code = %s", [article(4).info_code])
    desk.execute("update links set lease_token = 1 where info_code = %s", [article(5).info_code])
    desk.execute("update payloads set last_seen_at = now() where info_code = %s", [article(6).info_code])
    assert retention(desk, old_payloads="drop").dropped == 1
    assert desk.rows("select info_code from payloads where codec = 'dropped'") == [(article(7).info_code,)]


def test_old_events_become_one_that_tells_the_story(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.publish(article(1), article(2))
    desk.ingest(article(1), article(2))
    desk.newsroom.edit(article(1).info_code, title="改过")
    desk.ingest(article(1))
    code = article(1).info_code
    aged(desk)
    desk.newsroom.edit(code, title="又改过")
    desk.ingest(article(1))
    desk.execute("update links set changed_at = now() - interval '100 days'")
    before = traced(desk, code)["events"]
    old = [each for each in before if each["at"] < before[-1]["at"][:10]]
    ahead = retention(desk, dry_run=True).events
    found = retention(desk)
    assert found.events == ahead > 0
    first, *rest = traced(desk, code)["events"]
    assert rest == before[len(old) :]
    assert (first["stage"], first["outcome"], first["at"]) == ("rolled_up", "updated", old[0]["at"])
    assert first["events"] == sum(first["counts"].values()) == len(old)
    print_trace(traced(desk, code))
    assert f"{len(old)} until " in capsys.readouterr().out
    assert retention(desk).events == 0
    # More of it, later: the counts are added.
    aged(desk)
    assert retention(desk).events == len(rest)
    (only,) = traced(desk, code)["events"]
    assert only["events"] == sum(only["counts"].values()) == len(before)


def test_what_an_operator_did_keeps_its_event(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    code = article(1).info_code
    with Pipeline(desk.settings()) as pipeline:
        forget(pipeline, [code], why="a mistake")
        remember(pipeline, [code], why="")
    desk.ingest(article(1))
    aged(desk)
    assert retention(desk).events > 0
    whys = [each.get("why") for each in traced(desk, code)["events"]]
    assert "a mistake" in whys


def test_an_interrupted_retention_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stock(desk, 60)
    aged(desk)
    settings = desk.settings(keep_payloads=30, keep_events=30, old_payloads="drop")
    dropped = drop_payloads
    calls = []

    def dying(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return dropped(*arguments)

    monkeypatch.setattr(module, "_PAGE", 10)
    monkeypatch.setattr(module, "drop_payloads", dying)
    with Pipeline(settings) as pipeline:
        with pytest.raises(KeyboardInterrupt):
            retain(pipeline, Terms.of(settings))
        assert codecs(desk) == {"zlib": 40, "dropped": 20}
        assert retain(pipeline, Terms.of(settings))[1].dropped == 40
        with pipeline.database.slot("retention") as ours:
            assert ours
            with Pipeline(settings) as other, pytest.raises(BusyError):
                retain(other, Terms.of(settings))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "stages"),
    [
        (
            "pack",
            (
                ("after_roll_up", 1),
                ("after_roll_up", 2),
                ("after_merged", 2),
                ("after_dictionaries", 1),
                ("after_pack", 1),
                ("after_changed", 1),
                ("after_pack", 2),
                ("before_note", 1),
            ),
        ),
        ("drop", (("after_merged", 3), ("after_drop", 1), ("after_changed", 1), ("after_drop", 2))),
    ],
)
def test_a_retention_that_is_killed_goes_on(
    desk: Desk, what: str, stages: tuple[tuple[str, int], ...]
) -> None:
    """SIGKILL within its transactions and between them, each run carrying on for the one before."""
    stock(desk, 80)
    desk.execute(
        "insert into events (run_id, info_code, at, stage, outcome) "
        "select run_id, info_code, at + interval '1 s', 'load', 'unchanged' from events"
    )
    aged(desk)
    before, tree, events = bodies(desk), desk.tree(), desk.count("events")
    terms = {"FINEWS_KEEP_PAYLOADS": "30", "FINEWS_KEEP_EVENTS": "30", "FINEWS_OLD_PAYLOADS": what}
    done: list[int] = []
    for stage, passings in stages:
        killed = subprocess.run(
            [sys.executable, "-m", "tests.pipeline.killed_run", stage, str(passings), "retention"],
            env=desk.environment(**terms),
            cwd=desk.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, (stage, killed.stderr)
        assert bodies(desk).items() <= before.items()
        assert sum(told_events(desk)) == events, stage
        done.append(desk.count("events") + codecs(desk).get("zlib", 0))
    # What was committed before a kill stays done.
    assert done == sorted(done, reverse=True)
    assert len(set(done)) > 3
    assert desk.run("retention", **terms).status == 0
    assert codecs(desk) == {{"pack": "zdict", "drop": "dropped"}[what]: 80}
    assert bodies(desk) == (before if what == "pack" else {})
    assert told_events(desk) == [events // 80] * 80
    assert desk.rows("select count(*) from payload_dictionaries") == [(int(what == "pack"),)]
    # Whoever crawls next tells the dead.
    desk.poll("37")
    assert desk.rows(
        "select state, count(*)::int from runs where kind = 'retention' group by 1 order by 1"
    ) == [
        ("broken", len(stages)),
        ("ended", 1),
    ]
    assert desk.tree() == tree
    if what == "pack":
        assert replayed(desk).counts["unchanged"] == 80


def told_events(desk: Desk) -> list[int]:
    """How many events each row of the ledger stands for."""
    rows = desk.rows(
        "select coalesce((detail ->> 'events')::int, 1) from events where at < now() - interval '90 d'"
    )
    return [number for (number,) in rows]
