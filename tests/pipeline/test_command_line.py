"""The command line's promises: help with an example, one JSON object, exit statuses, no traceback."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main
from typer.testing import CliRunner

from finews.flows.command_line import app
from finews.flows.orphans import Strays, clear_strays
from finews.flows.site_file import _HERE
from finews.schema.database import Database
from tests.pipeline.desk import Desk, article


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_an_example_and_json(words: tuple[str, ...]) -> None:
    command = COMMANDS[words]
    assert f"finews {' '.join(words)}" in (command.help or ""), "an example is missing"
    assert "--json" in {option for each in command.params for option in each.opts}
    assert all(getattr(each, "help", None) for each in command.params), "an option without help"
    shown = CliRunner().invoke(app, [*words, "--help"])
    assert shown.exit_code == 0
    assert "Example:" in shown.output


def test_each_command_prints_one_object(desk: Desk) -> None:
    desk.publish(
        article(1, feeds=("37",)), article(2, feeds=("38",), extra={"title": ""}, feed_extra={"title": ""})
    )
    code, bad = article(1).info_code, article(2).info_code
    expected: list[tuple[tuple[str, ...], int, set[str]]] = [
        (("poll",), 1, {"new", "quarantined", "feeds", "articles"}),
        (("ingest", code), 0, {"unchanged", "articles"}),
        (("backfill", "--file", "links.txt"), 0, {"skipped"}),
        (("status",), 0, {"articles", "posts", "quarantine", "links", "feeds"}),
        (("trace", code), 0, {"info_code", "post", "events"}),
        (("quarantine", "list"), 0, {"items"}),
        (("quarantine", "show", bad), 0, {"items"}),
        (("replay", "--all"), 1, {"unchanged", "quarantined"}),
        (("quarantine", "replay", "--reason", "title_missing"), 1, {"quarantined"}),
        (("quarantine", "discard", bad, "--why", "no title, ever"), 0, {"items"}),
        (("publish",), 0, {"written", "unchanged", "archived", "removed", "categories"}),
        (("reconcile",), 0, {"rows", "posts", "missing_posts", "orphan_posts", "changed_posts"}),
        (("settings",), 0, {"settings"}),
    ]
    (desk.folder / "links.txt").write_text(code, encoding="utf-8")
    for words, status, keys in expected:
        ran = desk.run(*words, "--json")
        assert ran.status == status, (words, ran)
        assert keys <= set(json.loads(ran.out)), words
        plain = desk.run(*words)
        assert "Traceback" not in plain.err
        assert plain.out.strip() or plain.status == 2, words


def test_trace_tells_where_an_article_is_and_why(desk: Desk) -> None:
    desk.publish(article(1, feeds=("37",), extra={"text": ""}))
    desk.poll()
    told = desk.run("trace", article(1).digits, "--json").json
    assert told["info_code"] == article(1).info_code
    assert told["post"] is None
    assert "no post could be made of it (body_empty)" in told["standing"]
    assert told["feeds"] == ["37"]
    assert {each["stage"] for each in told["events"]} == {"fetch"}
    never = desk.run("trace", "NW202603101111111111", "--json")
    assert never.status == 0
    assert "never seen" in never.json["standing"]


def test_reconcile_sees_what_publish_mends(desk: Desk) -> None:
    desk.publish(article(1), article(2), article(3))
    desk.ingest(article(1), article(2), article(3))
    first, second, third = (desk.site / path for path in desk.tree())
    first.unlink()
    second.write_text("touched", encoding="utf-8")
    orphan = third.with_name("2026-03-10-NW202603109999999999.md")
    orphan.write_text("mine", encoding="utf-8")
    (third.parent / f".finews-{_HERE}-999999-x.md").write_text("half", encoding="utf-8")
    ran = desk.run("reconcile", "--json")
    assert ran.status == 1
    assert ran.json["missing_posts"] == [f"_posts/{first.name}"]
    assert ran.json["changed_posts"] == [f"_posts/{second.name}"]
    assert ran.json["orphan_posts"] == [f"_posts/{orphan.name}"]
    assert desk.run("publish", "--json").json == {
        "written": 2,
        "unchanged": 1,
        "archived": 0,
        "removed": 2,
        "categories": 1,
        "orphans_left": 0,
    }
    assert not orphan.exists()
    assert (desk.folder / "orphans" / orphan.name).read_text(encoding="utf-8") == "mine"
    assert desk.run("reconcile").status == 0


def test_what_lies_in_the_other_folder_is_no_orphan(desk: Desk) -> None:
    """Midnight comes while a site is published: a post that has just left the live window is moved, not set aside."""
    desk.publish(article(1))
    desk.ingest(article(1))
    before = desk.tree()
    with Database(desk.settings(live_days=1)) as database:
        assert clear_strays(database, desk.settings(live_days=1)) == Strays()
    assert desk.tree() == before


def test_a_site_of_another_database_is_left_alone(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    for number in range(11):
        (desk.site / f"_posts/2026-03-10-NW20260310{number + 100:010d}.md").write_text("x", encoding="utf-8")
    before = desk.tree()
    ran = desk.run("publish", "--json")
    assert (ran.json["removed"], ran.json["orphans_left"]) == (0, 11)
    assert "Is this the right database" in ran.err
    assert desk.tree() == before


def test_old_posts_leave_the_live_window(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    assert desk.run("publish", "--json", FINEWS_LIVE_DAYS="3").json["archived"] == 1
    assert list(desk.tree()) == [f"old_post/2026-03-10-{article(1).info_code}.md"]
    assert desk.run("reconcile", FINEWS_LIVE_DAYS="3").status == 0
    assert desk.run("publish", "--json", FINEWS_LIVE_DAYS="3").json["unchanged"] == 1
    ran = desk.run("ingest", article(1).info_code, "--json", FINEWS_LIVE_DAYS="3")
    assert ran.json["articles"][0]["post"].startswith("old_post/")


def test_nothing_named_is_refused(desk: Desk) -> None:
    for words in (
        ("ingest",),
        ("replay",),
        ("quarantine", "replay"),
        ("quarantine", "discard"),
        ("backfill",),
    ):
        ran = desk.run(*words)
        assert ran.status == 2, words
        assert "Traceback" not in ran.err


def test_a_quarantined_article_comes_out_by_replay(desk: Desk) -> None:
    desk.publish(article(1, extra={"title": None}))
    desk.ingest(article(1))
    desk.run("quarantine", "discard", article(1).info_code, "--why", "hopeless")
    assert desk.run("quarantine", "list", "--json").json["items"] == []
    # What a fix of the parser does in earnest: the feed lends the title that the article lacks.
    desk.rows(
        "insert into sightings (info_code, feed, run_id, title, media, digest, url) "
        "select %s, '37', 1, '后来的标题', '', '', '' returning 1",
        [article(1).info_code],
    )
    desk.newsroom.forget_requests()
    ran = desk.run("quarantine", "replay", article(1).info_code, "--json")
    assert (ran.status, ran.json["new"]) == (0, 1), ran.err
    assert desk.newsroom.count() == 0
    assert desk.count("quarantine") == 0
    assert len(desk.tree()) == 1


@pytest.mark.parametrize(
    "words", ["ingest --bogus", "trace", "nope", "quarantine show", "ingest ''", "replay"]
)
def test_a_command_that_is_not_understood_is_told_as_json_too(desk: Desk, words: str) -> None:
    ran = desk.run(*shlex.split(words), "--json")
    assert ran.status == 2
    assert set(ran.json) == {"error", "message"}
    assert ran.err.startswith("finews: ")
    assert "Traceback" not in ran.err


def test_a_full_disk_behind_standard_output_is_told(desk: Desk) -> None:
    for words in (("status",), ("status", "--json"), ("settings",)):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "finews.flows.command_line", *words],
                env=desk.environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 3, done.stderr
        assert "standard output" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_terminal_that_knows_ascii_only_is_no_bug(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    ran = desk.run("trace", article(1).info_code, "--json", PYTHONIOENCODING="ascii")
    assert (ran.status, ran.json["title"]) == (0, article(1).title), ran.err
    assert desk.run("trace", article(1).info_code, PYTHONIOENCODING="ascii").status == 0


def test_a_missing_post_comes_back_with_its_article(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    before = desk.tree()
    (path,) = before
    for words in (("ingest", article(1).info_code), ("replay", "--all")):
        (desk.site / path).unlink()
        ran = desk.run(*words, "--json")
        assert ran.json["unchanged"] == 1
        assert desk.tree() == before
    assert desk.run("ingest", article(1).info_code, FINEWS_SITE_DIR="/proc/nosuch").status == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_says_so_and_leaves_nothing_behind(desk: Desk, number: signal.Signals) -> None:
    desk.publish(article(1))
    desk.newsroom.fault("stall", path="text")
    process = desk.start("ingest", article(1).info_code, "--json", FINEWS_TIMEOUT="60")
    while not desk.newsroom.count("text"):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(out)["error"] == "Interrupted"
    assert "finews: interrupted; what was finished is kept" in err
    assert "Traceback" not in err
    assert desk.rows("select lease_token from links") == [(None,)]
    assert desk.rows("select state from runs") == [("broken",)]
