"""Two polls at once: one works, the other says who does, and a dead holder's slot frees itself."""

from __future__ import annotations

import signal
import time

from tests.pipeline.desk import Desk, article


def test_the_second_poll_says_who_holds_the_slot(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.newsroom.fault("stall", path="text", seconds=1.0)
    first = desk.start("poll", "--json")
    while not desk.newsroom.count("text"):
        assert first.poll() is None
        time.sleep(0.02)
    second = desk.run("poll", "--json")
    assert second.status == 0, second.err
    assert second.json["slot"]["pid"] == first.pid
    assert second.json["note"].startswith("skipped: run 1 polls already")
    assert second.json["new"] == 0
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert '"new": 1' in out
    assert desk.newsroom.count("feeds") == 5
    assert desk.rows("select state from runs order by id") == [("ended",), ("skipped",)]


def test_a_killed_holder_frees_its_slot(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",)))
    desk.newsroom.fault("stall", path="text", seconds=30)
    first = desk.start("poll", FINEWS_TIMEOUT="60")
    while not desk.newsroom.count("text"):
        assert first.poll() is None
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    desk.newsroom.clear_faults()
    deadline = time.monotonic() + 30
    while (ran := desk.run("poll", "--json")).json.get("slot") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert ran.json["new"] == 1
    assert desk.rows("select state from runs order by id limit 1") == [("broken",)]
