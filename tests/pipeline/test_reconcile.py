"""`finews reconcile` over posts: what differs is found, repaired without a request, and told within bounds."""

from __future__ import annotations

import pkgutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from finews.flows import reconcile_posts
from finews.flows.pipeline import Pipeline
from finews.flows.reconcile import MOST_TOLD, reconcile
from finews.flows.reconcile_fix import fix
from finews.flows.site_file import _HERE
from tests.pipeline.desk import Desk, article
from tests.pipeline.reconciling import compared, fixed, fixed_for_good
from tests.pipeline.stock import stock


def damaged(desk: Desk) -> tuple[str, str, str]:
    """Three posts, one of them removed, one altered, and one that belongs to no row: their paths."""
    desk.publish(*(article(number) for number in (1, 2, 3)))
    desk.ingest(*(article(number) for number in (1, 2, 3)))
    missing, changed, _ = desk.tree()
    (desk.site / missing).unlink()
    (desk.site / changed).write_text("touched", encoding="utf-8")
    orphan = "_posts/2026-03-09-NW202603109999999999.md"
    (desk.site / orphan).write_text("mine", encoding="utf-8")
    (desk.site / f"_posts/.finews-{_HERE}-999999-x.md").write_text("half", encoding="utf-8")
    return missing, changed, orphan


def test_what_differs_is_found_and_repaired(desk: Desk) -> None:
    missing, changed, orphan = damaged(desk)
    found = compared(desk)
    assert (found.missing_posts, found.changed_posts, found.orphan_posts) == ([missing], [changed], [orphan])
    assert (found.rows, found.posts, found.clean) == (3, 3, False)
    assert fixed_for_good(desk) == {"posts_mended": 2, "posts_set_aside": 1, "files_removed": 1}
    found = compared(desk)
    assert (found.rows, found.posts, found.clean) == (3, 3, True)
    assert len(desk.tree()) == 3
    assert (desk.folder / "orphans" / Path(orphan).name).read_text(encoding="utf-8") == "mine"


def test_the_command_says_what_it_did_and_what_is_left(desk: Desk) -> None:
    damaged(desk)
    assert desk.run("reconcile").status == 1
    desk.newsroom.forget_requests()
    ran = desk.run("reconcile", "--fix")
    assert ran.status == 0, ran
    told = " ".join(ran.out.split())
    assert "2 posts mended, 1 posts without a row set aside, 1 left-over files removed" in told
    assert "3 rows, 3 posts: 0 missing posts" in told
    again = desk.run("reconcile", "--fix")
    assert (again.status, "nothing to repair" in again.out) == (0, True)
    assert desk.newsroom.requests == []


def test_a_site_of_another_database_is_left_alone(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    for number in range(11):
        (desk.site / f"_posts/2026-03-10-NW20260310{number + 100:010d}.md").write_text("x", encoding="utf-8")
    before = desk.tree()
    ran = desk.run("reconcile", "--fix", "--json")
    assert (ran.status, ran.json["fixed"]["orphans_left"], ran.json["counts"]["orphan_posts"]) == (1, 11, 11)
    assert desk.tree() == before
    assert "left alone" in desk.run("reconcile", "--fix").out


def test_what_was_forgotten_goes_for_good(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    ((path, post),) = desk.tree().items()
    desk.run("forget", article(1).info_code, "--why", "a test")
    (desk.site / path).write_bytes(post)
    assert compared(desk).orphan_posts == [path]
    assert fixed_for_good(desk) == {"files_removed": 1}
    assert not (desk.folder / "orphans").exists()


def test_a_row_that_does_not_know_its_post_learns_it(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    desk.execute(r"update articles set published_hash = '\x00'")
    assert fixed_for_good(desk) == {"posts_mended": 1}


def test_days_bound_what_is_compared_and_repaired(desk: Desk) -> None:
    days = [
        article(1, moment="2026-03-09 23:59:59"),
        article(2, moment="2026-03-10 00:00:00"),
        article(3, moment="2026-03-10 23:59:59"),
        article(4, moment="2026-03-11 00:00:00"),
    ]
    desk.publish(*days)
    desk.ingest(*days)
    paths = list(desk.tree())
    for path in paths:
        (desk.site / path).unlink()
    orphans = [f"_posts/2026-03-{day}-NW202603109999999999.md" for day in ("09", "10", "11")]
    for path in orphans:
        (desk.site / path).write_text("mine", encoding="utf-8")
    tenth = date(2026, 3, 10)
    found = compared(desk, tenth, tenth)
    assert (found.rows, found.posts) == (2, 1)
    assert (found.missing_posts, found.orphan_posts) == (paths[1:3], orphans[1:2])
    assert fixed(desk, tenth, tenth) == {"posts_mended": 2, "posts_set_aside": 1}
    assert sorted(desk.tree()) == sorted([*paths[1:3], orphans[0], orphans[2]])
    assert compared(desk, tenth, tenth).clean
    found = compared(desk)
    assert (found.missing_posts, found.orphan_posts) == ([paths[0], paths[3]], [orphans[0], orphans[2]])


def test_a_range_that_runs_backwards_is_refused(desk: Desk) -> None:
    ran = desk.run("reconcile", "--from", "2026-03-10", "--to", "2026-03-09")
    assert (ran.status, "before it begins" in ran.err) == (2, True)
    assert desk.run("reconcile", "--from", "yesterday").status == 2


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2026-03", "2026-03", ("2026-03-01", "2026-03-31")),
        ("2026-02-28", "2026-03", ("2026-02-28", "2026-03-31")),
        ("2026-03-10", "2026-03-10", ("2026-03-10", "2026-03-10")),
    ],
)
def test_both_days_are_included(desk: Desk, first: str, last: str, days: tuple[str, str]) -> None:
    told = desk.run("reconcile", "--from", first, "--to", last, "--json").json
    assert (told["from"], told["to"]) == days


def test_lists_are_cut_off_and_counts_are_not(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stock(desk, 60)
    monkeypatch.setattr("finews.flows.reconcile.MOST_TOLD", 10)
    paths = list(desk.tree())
    for path in paths[:20]:
        (desk.site / path).unlink()
    for path in paths[20:40]:
        (desk.site / path).write_text("touched", encoding="utf-8")
    desk.execute("update links set state = 'pending'")
    for number in range(15):
        (desk.site / f"_posts/2026-03-10-NW2026031099999999{number:02d}.md").write_text("x", encoding="utf-8")
    found = compared(desk)
    assert len(found.missing_posts) + len(found.changed_posts) == 10
    assert (len(found.orphan_posts), len(found.stuck)) == (10, 10)
    counts = found.counts
    assert {kind: counts[kind] for kind in ("missing_posts", "changed_posts", "orphan_posts", "stuck")} == {
        "missing_posts": 20,
        "changed_posts": 20,
        "orphan_posts": 15,
        "stuck": 60,
    }
    assert (
        found.posts
        == len(desk.tree())
        == sum(found.as_json()["days"][i]["posts"] for i in range(len(found.coverage)))
    )
    assert MOST_TOLD == 1000


def test_what_a_worker_is_just_writing_is_looked_at_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post that was missing when its row was read, and is there a moment later, is not off."""
    desk.publish(article(1), article(2))
    desk.ingest(article(1), article(2))
    first, second = desk.tree().items()
    (desk.site / first[0]).unlink()
    (desk.site / second[0]).unlink()
    look = reconcile_posts._second_look

    def written_meanwhile(*arguments: object) -> object:
        (desk.site / first[0]).write_bytes(first[1])
        return look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(reconcile_posts, "_second_look", written_meanwhile)
    with monkeypatch.context() as alone:
        alone.setattr("tests.pipeline.reconciling.files_as_they_lie", lambda desk: {})
        found = compared(desk)
    assert (found.missing_posts, found.counts["missing_posts"], found.posts) == ([second[0]], 1, 1)


def test_a_repair_that_breaks_off_carries_on(desk: Desk) -> None:
    """What is set aside cannot be laid anywhere: told as such, and the next call does what is left."""
    _, _, orphan = damaged(desk)
    (desk.folder / "orphans").write_text("a file where a folder should be", encoding="utf-8")
    ran = desk.run("reconcile", "--fix")
    assert (ran.status, "Traceback" in ran.err) == (3, False)
    assert desk.rows("select state from runs where kind = 'reconcile'") == [("broken",)]
    assert (desk.site / orphan).read_text(encoding="utf-8") == "mine"
    (desk.folder / "orphans").unlink()
    assert desk.run("reconcile", "--fix", "--json").json["fixed"]["posts_set_aside"] == 1


@pytest.mark.parametrize("at", ["finews.flows.reconcile_posts.place", "finews.flows.reconcile_fix.amiss"])
def test_a_short_outage_of_the_database_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Every connection is cut in the middle of comparing, or of mending."""
    damaged(desk)
    work = pkgutil.resolve_name(at)
    cuts: list[str] = []

    def cut(*arguments: Any) -> Any:
        if not cuts:
            cuts.append(at)
            desk.rows(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()
                """
            )
        return work(*arguments)

    monkeypatch.setattr(at, cut)
    with Pipeline(desk.settings()) as pipeline:
        found = reconcile(pipeline.database, pipeline.settings)
        _, done = fix(pipeline)
        mended = reconcile(pipeline.database, pipeline.settings)
    assert cuts
    assert (len(found.missing_posts), len(found.changed_posts), found.clean) == (1, 1, False)
    assert (done["posts_mended"], mended.clean) == (2, True)
    assert desk.rows("select state from runs where kind = 'reconcile'") == [("ended",)]
