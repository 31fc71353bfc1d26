"""Commands in the background: their run is in the ledger in somebody's name, and what ends at once says why."""

from __future__ import annotations

import time

import pytest

from finews.flows.background import begin
from finews.schema.database import Database
from finews.schema.errors import BackgroundError
from tests.pipeline.desk import Desk, article


def test_a_command_in_the_background(desk: Desk) -> None:
    desk.publish(article(1))
    settings = desk.settings()
    with Database(settings) as database:
        begun = begin(database, settings, ["ingest", article(1).info_code], who="张三")
        assert begun.run is not None
        assert begun.run == desk.rows("select max(id) from runs where kind = 'ingest'")[0][0]
        with pytest.raises(BackgroundError, match=r"finews ingest: Some lines are not links"):
            begin(database, settings, ["ingest", "no-link"], who="张三")
        forgetting = begin(database, settings, ["forget", article(2).info_code, "--why", "x"], who="张三").run
    while desk.rows("select state from runs where id = %s", [forgetting]) == [("running",)]:
        time.sleep(0.02)
        assert desk.newsroom.requests, "the source of these settings was asked"
    assert ("张三",) in desk.rows("select detail ->> 'who' from events where stage = 'forgotten'")
