"""Nothing twice: again, in any order, with two processes at once, and through a kill."""

from __future__ import annotations

import random
import signal
import time

import pytest

from finews.newsroom import SourceArticle, generate
from tests.databases import Server
from tests.pipeline.desk import Desk


@pytest.fixture
def batch() -> list[SourceArticle]:
    """Sixty generated articles with a media name; rolling news has none, and takes a poll."""
    return [each for each in generate(100, seed=7) if each.medianame][:60]


def test_any_order_of_arrival_gives_the_same_tree(
    desk: Desk, server: Server, batch: list[SourceArticle]
) -> None:
    desk.publish(*batch)
    desk.ingest(*batch)
    first = desk.tree()
    assert len(first) == 60
    shuffled = random.Random(3).sample(batch, len(batch))
    with server.database() as address:
        other = Desk(newsroom=desk.newsroom, address=address, folder=desk.folder / "other")
        for start in range(0, 60, 17):
            other.ingest(*shuffled[start : start + 17])
        assert other.tree() == first
        other.ingest(*batch)
        assert other.tree() == first
        assert (other.count("articles"), other.count("revisions"), other.count("payloads")) == (60, 0, 60)


def test_two_processes_at_once_share_the_work(desk: Desk, server: Server, batch: list[SourceArticle]) -> None:
    desk.publish(*batch)
    links = desk.folder / "links.txt"
    links.write_text("\n".join(each.info_code for each in batch), encoding="utf-8")
    commands = [desk.start("ingest", "--file", str(links), "--json") for _ in range(2)]
    results = [(process, *process.communicate(timeout=120)) for process in commands]
    assert [process.returncode for process, _, _ in results] == [0, 0], results
    assert (desk.count("articles"), desk.count("payloads"), len(desk.tree())) == (60, 60, 60)
    assert desk.count("revisions") == 0
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(60,)]
    with server.database() as address:
        alone = Desk(newsroom=desk.newsroom, address=address, folder=desk.folder / "alone")
        alone.ingest(*batch)
        assert desk.tree() == alone.tree()


def test_a_killed_run_is_carried_on_by_the_next(desk: Desk, batch: list[SourceArticle]) -> None:
    desk.publish(*batch)
    links = desk.folder / "links.txt"
    links.write_text("\n".join(each.info_code for each in batch), encoding="utf-8")
    desk.newsroom.fault("stall", seconds=0.3, every=3)
    process = desk.start("ingest", "--file", str(links), FINEWS_CONCURRENCY="2")
    deadline = time.monotonic() + 60
    while desk.newsroom.count("text") < 20 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    desk.newsroom.clear_faults()
    ran = desk.run("ingest", "--file", str(links), "--json")
    assert ran.status == 0, ran.err
    assert (desk.count("articles"), desk.count("payloads")) == (60, 60)
    # What the kill left half-written is no post, and goes with the next `publish`.
    posts = [path for path in desk.tree() if "/.finews-" not in path]
    assert len(posts) == 60
    assert desk.run("publish", "--json").status == 0
    assert sorted(desk.tree()) == sorted(posts)
    assert desk.count("revisions") == 0
    assert desk.rows("select count(*) from links where state <> 'done' or lease_token is not null") == [(0,)]
    assert desk.rows("select count(*) from events where outcome = 'new'") == [(60,)]


def test_a_payload_that_nobody_came_to_read_is_read_by_the_next_run(
    desk: Desk, batch: list[SourceArticle]
) -> None:
    desk.publish(*batch[:3])
    desk.ingest(*batch[:3])
    before = desk.tree()
    # As a kill between the two transactions leaves it: the payload is there, the row is not.
    desk.rows("delete from articles returning 1")
    desk.rows(
        "update links set state = 'fetched', lease_token = 1, lease_until = now() - interval '1 s' returning 1"
    )
    for path in before:
        (desk.site / path).unlink()
    desk.newsroom.forget_requests()
    desk.poll()
    assert desk.tree() == before
    assert desk.newsroom.count("text") == 0
