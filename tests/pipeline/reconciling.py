"""Reconciling a desk in this process, and what must not be touched by it."""

from __future__ import annotations

from datetime import date

from finews.flows.pipeline import Pipeline
from finews.flows.reconcile import Reconciliation, reconcile
from finews.flows.reconcile_fix import fix
from tests.pipeline.desk import Desk
from tests.pipeline.untouched import files_as_they_lie, rows_as_they_lie


def compared(desk: Desk, first: date | None = None, last: date | None = None) -> Reconciliation:
    """`finews reconcile`, which touches nothing."""
    rows, files = rows_as_they_lie(desk), files_as_they_lie(desk)
    with Pipeline(desk.settings()) as pipeline:
        found = reconcile(pipeline.database, pipeline.settings, first=first, last=last)
    assert (rows_as_they_lie(desk), files_as_they_lie(desk)) == (rows, files)
    return found


def fixed(desk: Desk, first: date | None = None, last: date | None = None) -> dict[str, int]:
    """`finews reconcile --fix`, and what it did."""
    with Pipeline(desk.settings()) as pipeline:
        _, done = fix(pipeline, first=first, last=last)
    return {kind: number for kind, number in done.items() if number}


def fixed_for_good(desk: Desk) -> dict[str, int]:
    """`fixed`, after which a second time does nothing."""
    done = fixed(desk)
    rows, files = rows_as_they_lie(desk), files_as_they_lie(desk)
    assert fixed(desk) == {}
    assert (rows_as_they_lie(desk), files_as_they_lie(desk)) == (rows, files)
    return done


def what_is_stuck(desk: Desk) -> list[tuple[str, str, str]]:
    """(infoCode, state of its link, how) of what is stuck."""
    found = compared(desk)
    assert found.stuck_by_kind == {
        kind: sum(each.what == kind for each in found.stuck) for kind in {each.what for each in found.stuck}
    }
    assert found.clean is not bool(
        found.stuck or found.missing_posts or found.orphan_posts or found.changed_posts
    )
    return [(each.info_code, each.state, each.what) for each in found.stuck]
