"""What commands do by hand is kept with who and what came of it, and once where the console started them."""

from __future__ import annotations

from finews.flows.audit import entered
from finews.schema.actions import Actor, Door
from finews.schema.database import Database
from tests.pipeline.desk import Desk, article


def test_what_is_done_by_hand_leaves_a_line(desk: Desk) -> None:
    desk.publish(article(1), article(2, title=""))
    one, two = article(1).info_code, article(2).info_code
    given = {"FINEWS_OPERATOR": ""}
    assert desk.run("ingest", one, two, **given).status == 1
    # The console started this, and has its own line.
    assert desk.run("forget", one, "--why", "asked to", FINEWS_OPERATOR="ann").status == 0
    assert desk.run("quarantine", "discard", two, "--why", "a test", **given).status == 0
    assert desk.run("quarantine", "discard", one, "--why", "a test", **given).status == 2
    lines = desk.rows("select door, action, subject, state, outcome from actions order by id")
    assert lines[0] == ("command", "fetch", "2 articles", "done", "1 new, 1 quarantined")
    assert lines[1] == ("command", "discard", two, "done", "1 discarded")
    assert lines[2][:4] == ("command", "discard", one, "refused")
    assert len(lines) == 3
    assert desk.rows("select detail ->> 'who' from events where stage = 'forgotten'") == [("ann",)]


def test_a_line_whose_end_the_database_does_not_hear_stays_begun(desk: Desk) -> None:
    actor = Actor(who="ann", role="operator", address="", door=Door.PAGE)
    with Database(desk.settings()) as database, entered(database, actor, "try", "x", {}):
        desk.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and datname = current_database()"
        )
    assert desk.rows("select who, state, outcome from actions") == [("ann", "begun", "")]
