"""`reconcile --fix`: repairs what needs no request, as a run of the ledger; done twice it does nothing more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from finews.flows.fetch import load_left_over
from finews.flows.orphans import clear_strays
from finews.flows.pipeline import Pipeline, Run
from finews.flows.publish import amiss, expected_post, publish_codes, remove_half_written
from finews.flows.text_hash import text_hash
from finews.schema.duplicates import next_unhashed, note_text_hashes
from finews.schema.ledger import note_detail, record_events
from finews.schema.post_rows import next_codes, posts_of
from finews.schema.records import Event
from finews.schema.sign_of_life import free_leases_of_the_dead
from finews.schema.stuck import settle_stuck
from finews.spiders.search_range import days

_LINKS_AT_A_TIME: Final = 5000
"""Each time, all links are looked through."""


def fix(
    pipeline: Pipeline, *, first: date | None = None, last: date | None = None, reason: str = ""
) -> tuple[int, dict[str, int]]:
    """Repairs the days from `first` to `last`, both included; returns the run's number and what was done, by kind.

    Frees leases of the dead, settles links whose state is wrong, reads stored answers that wait, writes missing and
    changed posts, sets orphans aside as `publish` does, and notes text hashes that are not known. What is done for
    all links at once (leases, answers, text hashes) is done for all days. Deletes nothing but half-written files
    and posts of forgotten articles. Raises SiteUnwritableError, and what the database raises.
    """
    done: dict[str, int] = {}
    with pipeline.run("reconcile", f"--fix, {reason}" if reason else "--fix") as run:
        done["leases_freed"] = pipeline.step("free leases", lambda: _free(pipeline))
        done["links_settled"] = pipeline.step("settle links", lambda: _settle(pipeline, run, first, last))

        # Before answers are read: that publishes all that is pending without saying what.
        done["posts_mended"] = pipeline.step("mend posts", lambda: _mend_posts(pipeline, first, last))

        def read() -> None:
            run.results += load_left_over(pipeline, run)

        pipeline.step("read what waits", read)
        done["answers_read"] = len(run.results)
        strays = pipeline.step(
            "clear strays", lambda: clear_strays(pipeline.database, pipeline.settings, first, last)
        )
        done |= {
            "posts_set_aside": strays.set_aside,
            "files_removed": strays.removed + remove_half_written(pipeline.settings),
            "orphans_left": strays.left,
        }
        done["texts_hashed"] = pipeline.step("hash texts", lambda: _hash_texts(pipeline))
        pipeline.lasting(lambda: _note(pipeline, run, done))
    return run.number, done


def _free(pipeline: Pipeline) -> int:
    with pipeline.database.transaction() as connection:
        return free_leases_of_the_dead(connection)


def _settle(pipeline: Pipeline, run: Run, first: date | None, last: date | None) -> int:
    longest = timedelta(seconds=pipeline.settings.retry_max)
    settled = 0
    while True:
        with pipeline.database.transaction() as connection:
            links = settle_stuck(connection, _LINKS_AT_A_TIME, first=first, last=last, longest_wait=longest)
            record_events(
                connection,
                run.number,
                [
                    Event(
                        info_code=each.info_code,
                        stage="reconcile",
                        outcome=None,
                        reason=each.what,
                        detail={"before": each.before, "after": each.after},
                    )
                    for each in links
                ],
            )
        if not links:
            return settled
        settled += len(links)


def _mend_posts(pipeline: Pipeline, first: date | None, last: date | None) -> int:
    """Writes posts that are not as their rows have them, or whose rows do not know that they are; returns how many."""
    span, after, mended = days(first, last), "", 0
    while True:
        with pipeline.database.transaction() as connection:
            codes = next_codes(connection, after, since=span.since, until=span.until)
            rows = posts_of(connection, codes)
        if not codes:
            return mended
        wrong = amiss((expected_post(each, pipeline.settings) for each in rows), pipeline.settings)
        publish_codes(pipeline.database, pipeline.settings, wrong)
        mended += len(wrong)
        after = codes[-1]


def _hash_texts(pipeline: Pipeline) -> int:
    """Notes the text hashes of all rows that have none yet; returns how many."""
    after, hashed = "", 0
    while True:
        with pipeline.database.transaction() as connection:
            rows = next_unhashed(connection, after)
            hashed += note_text_hashes(
                connection, [(code, content, text_hash(body)) for code, content, body in rows]
            )
        if not rows:
            return hashed
        after = rows[-1][0]


def _note(pipeline: Pipeline, run: Run, done: dict[str, int]) -> None:
    with pipeline.database.transaction() as connection:
        note_detail(connection, run.number, fixed={kind: number for kind, number in done.items() if number})
