"""Each way in which an article can be stuck between stages: made by hand, found, repaired, and then left alone."""

from __future__ import annotations

import psycopg
import pytest

from finews.flows.pipeline import Pipeline
from finews.schema.frontier import claim
from tests.pipeline.desk import Desk, article
from tests.pipeline.reconciling import compared, fixed, fixed_for_good, what_is_stuck
from tests.pipeline.untouched import rows_as_they_lie

GOOD, KEPT_BACK = article(1, feeds=("37",)), article(2, feeds=("37",), medianame="", extra={"-medianame": 1})
A, B = GOOD.info_code, KEPT_BACK.info_code


@pytest.fixture
def full(desk: Desk) -> Desk:
    """A published article and one in quarantine."""
    desk.publish(GOOD, KEPT_BACK)
    desk.poll()
    assert dict(desk.rows("select info_code, state from links")) == {A: "done", B: "quarantined"}
    return desk


def test_nothing_is_stuck_in_a_sound_pipeline(full: Desk) -> None:
    assert what_is_stuck(full) == []
    assert fixed_for_good(full) == {}


@pytest.mark.parametrize(
    ("damage", "code", "stuck", "state"),
    [
        (f"update links set state = 'pending' where info_code = '{A}'", A, "pending_with_row", "done"),
        (f"delete from articles where info_code = '{A}'", A, "done_without_row", "done"),
        (f"update links set state = 'done' where info_code = '{B}'", B, "done_without_row", "quarantined"),
        (f"delete from quarantine where info_code = '{B}'", B, "quarantined_without_item", "quarantined"),
        (
            f"""
            insert into quarantine (info_code, stage, reason, payload_id, normaliser, day)
            select info_code, 'read', 'not_json', id, 1, '2026-03-10' from payloads where info_code = '{A}'
            """,
            A,
            "done_in_quarantine",
            "quarantined",
        ),
        (
            f"""
            with gone as (delete from articles where info_code = '{A}' returning payload_id)
            update links set state = 'fetched', changed_at = now() - interval '11 minutes' where info_code = '{A}'
            """,
            A,
            "unread",
            "done",
        ),
        (
            f"""
            update articles set published_revision = null, loaded_at = now() - interval '11 minutes'
            where info_code = '{A}'
            """,
            A,
            "unpublished",
            "done",
        ),
        (
            f"update links set state = 'failed', due_at = now() + interval '1 year' where info_code = '{A}'",
            A,
            "due_too_late",
            "failed",
        ),
    ],
)
def test_damage_is_found_and_repaired(full: Desk, damage: str, code: str, stuck: str, state: str) -> None:
    before = full.tree()
    full.newsroom.forget_requests()
    full.execute(damage)
    ((told, _, how),) = what_is_stuck(full)
    assert (told, how) == (code, stuck)
    assert fixed_for_good(full) != {}
    assert what_is_stuck(full) == []
    assert full.rows("select state from links where info_code = %s", [code]) == [(state,)]
    assert full.tree() == before
    (note,) = full.rows("select detail->'fixed' from runs where kind = 'reconcile' order by id limit 1")[0]
    assert note
    assert full.newsroom.requests == []


@pytest.mark.parametrize("state", ["done", "quarantined", "fetched"])
def test_what_nothing_is_kept_of_is_fetched_again(full: Desk, state: str) -> None:
    full.execute("delete from articles; delete from quarantine; delete from payloads")
    full.execute("update links set state = %s, reason = 'x'", [state])
    how = {
        "done": "done_without_row",
        "quarantined": "quarantined_without_item",
        "fetched": "fetched_without_payload",
    }
    assert what_is_stuck(full) == [(A, state, how[state]), (B, state, how[state])]
    done = fixed_for_good(full)
    # Its post belongs to no row any more; the next poll writes it anew.
    assert done == {"links_settled": 2, "posts_set_aside": 1}
    assert full.rows("select distinct state, reason, due_at <= now() from links") == [("pending", "", True)]
    full.poll()
    assert dict(full.rows("select info_code, state from links")) == {A: "done", B: "quarantined"}
    assert compared(full).clean


def test_a_repair_is_in_the_ledger(full: Desk) -> None:
    full.execute("delete from articles")
    ran = full.run("reconcile", "--fix", "--json")
    assert ran.status == 0, ran.err
    assert ran.json["before"]["stuck"] == 1
    assert ran.json["fixed"]["links_settled"] == ran.json["fixed"]["answers_read"] == 1
    told = full.rows(
        "select kind, state, counts->>'new', detail->'fixed' from runs where id = %s", [ran.json["run"]]
    )
    assert told == [("reconcile", "ended", "1", {"links_settled": 1, "answers_read": 1})]
    events = full.rows(
        "select stage, outcome, reason, detail from events where run_id = %s order by id", [ran.json["run"]]
    )
    assert events == [
        ("reconcile", None, "done_without_row", {"before": "done", "after": "fetched"}),
        ("load", "new", "", {}),
    ]
    assert [each["stage"] for each in full.run("trace", A, "--json").json["events"]][-2:] == [
        "reconcile",
        "load",
    ]


@pytest.mark.parametrize("run", ["(select max(id) from runs)", "null"])
def test_a_lease_of_nobody_is_freed(full: Desk, run: str) -> None:
    full.execute(
        f"update links set lease_token = 1, lease_until = now() + interval '1 year', lease_run = {run}"
    )
    assert {how for _, _, how in what_is_stuck(full)} == {"lease_of_the_dead"}
    assert set(fixed_for_good(full)) == {"leases_freed" if "max" in run else "links_settled"}
    assert full.rows("select distinct lease_token, lease_until, lease_run from links") == [(None, None, None)]
    assert what_is_stuck(full) == []


def test_what_a_living_run_has_is_left_alone(full: Desk) -> None:
    full.execute("delete from articles")
    with Pipeline(full.settings()) as pipeline, pipeline.run("poll", "a test's") as run:
        with pipeline.database.transaction() as connection:
            assert len(claim(connection, run.number, [A, B])) == 2
        assert what_is_stuck(full) == []
        assert fixed(full) == {"posts_set_aside": 1}
        assert full.rows("select count(*) from links where lease_run = %s", [run.number]) == [(2,)]
    assert {how for _, _, how in what_is_stuck(full)} == {"lease_of_the_dead"}


def test_what_another_has_locked_is_left_to_it(full: Desk) -> None:
    full.execute("delete from articles")
    with psycopg.connect(full.address) as other:
        other.execute("select from links where info_code = %s for update", [A])
        assert "links_settled" not in fixed(full)
    assert fixed(full)["links_settled"] == 1


def test_a_tombstone_beside_a_row_is_an_operators_choice(full: Desk) -> None:
    full.execute("update links set state = 'forgotten' where info_code = %s", [A])
    before, rows = full.tree(), rows_as_they_lie(full)
    assert what_is_stuck(full) == [(A, "forgotten", "forgotten_with_row")]
    assert full.run("reconcile", "--fix").status == 1
    assert (full.tree(), rows_as_they_lie(full)) == (before, rows)
    assert full.run("forget", A, "--why", "a test").status == 0
    assert what_is_stuck(full) == []


def test_what_no_poll_takes_is_overdue(full: Desk) -> None:
    late = "NW202603100000000009"
    full.execute("insert into links (info_code, due_at) values (%s, now() - interval '2 hours')", [late])
    full.execute("update runs set started_at = now() - interval '3 hours'")
    assert what_is_stuck(full) == [], "no poll has begun since"
    full.execute("update runs set started_at = now(), state = 'broken' where kind = 'poll'")
    assert what_is_stuck(full) == [], "that poll did not come to its end"
    full.execute("""update runs set state = 'ended', detail = '{"note": "every mirror failed at once"}'""")
    assert what_is_stuck(full) == [], "that poll says why"
    full.execute("update runs set detail = '{}'")
    assert what_is_stuck(full) == [(late, "pending", "overdue")]
    assert fixed_for_good(full) == {}
    assert what_is_stuck(full) == [(late, "pending", "overdue")]
    full.execute("update links set due_at = now() - interval '30 minutes' where info_code = %s", [late])
    assert what_is_stuck(full) == []


def test_what_an_ended_backfill_had_is_everybodys(full: Desk) -> None:
    late = "NW202603100000000009"
    full.execute(
        "insert into backfills (wish, force, state, asked_by, changed_by) values ('{}', false, 'running', 'x', 'x')"
    )
    full.execute("insert into links (info_code, backfill_id) select %s, id from backfills", [late])
    assert what_is_stuck(full) == []
    full.execute("update backfills set state = 'ended'")
    assert what_is_stuck(full) == [(late, "pending", "of_an_ended_backfill")]
    assert fixed_for_good(full) == {"links_settled": 1}
    assert full.rows("select state, backfill_id from links where info_code = %s", [late]) == [
        ("pending", None)
    ]


def test_days_bound_what_is_stuck(full: Desk) -> None:
    full.execute("delete from articles")
    ran = full.run("reconcile", "--from", "2026-03-11", "--json")
    assert (ran.status, ran.json["stuck"]) == (0, [])
    assert full.run("reconcile", "--from", "2026-03-10", "--to", "2026-03-10", "--json").json[
        "stuck_by_kind"
    ] == {"done_without_row": 1}
    assert full.run("reconcile", "--to", "2026-03-09", "--fix").status == 0
    assert what_is_stuck(full) == [(A, "done", "done_without_row")]
