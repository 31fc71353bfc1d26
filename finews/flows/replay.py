"""`replay`: makes posts again from stored payloads, without one request, on all cores."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, suppress
from functools import partial
from typing import Any

from pydantic import SecretStr

from finews.flows.pipeline import Pipeline, Run
from finews.flows.replay_work import Done, ReplayWork, replay_batch
from finews.flows.report import Report
from finews.flows.workers import cores, spread
from finews.schema.database import Database
from finews.schema.errors import FinewsError, UnknownNameError
from finews.schema.media import media_names
from finews.schema.payloads import StoredPayload, in_batches
from finews.schema.records import Outcome, Result
from finews.schema.replayable import Selection, count_replayable, next_replayable
from finews.schema.settings import Settings
from finews.schema.sign_of_life import free_leases_of, free_leases_of_the_dead

LONG = 500
"""From this many articles on the start of further processes pays."""
_BATCH = 500
"""Articles that are read at a time."""
MOST_TOLD = 10_000
"""Articles that a report names where no operator named them; beyond, they are counted."""


def replay(pipeline: Pipeline, selection: Selection, *, why: str = "") -> Report:
    """Reads the stored payloads of a selection again, and loads and publishes what comes out differently.

    A link that another process holds just now is `skipped` where its article would change. Raises
    UnknownNameError, WorkerDiedError, and what loading and publishing raise.
    """
    look_for_media(pipeline.database, selection)
    total = pipeline.lasting(lambda: _count(pipeline, selection))
    named = selection.codes is not None or selection.discarded
    stamped = written = 0
    with pipeline.run("replay", why or f"{total} payloads") as run:
        pipeline.progress.begin("replaying", total)
        missing = set(selection.codes or ())
        work = ReplayWork(settings=settings_of_workers(pipeline), run=run.number, named=named)
        batches = batches_done(
            pipeline,
            selection,
            work,
            lambda batch: pipeline.lasting(lambda: _here(pipeline, run, batch, named=named)),
            processes=processes_for(total, pipeline.settings),
        )
        try:
            # Closed before the leases are looked at: then no worker is left.
            with closing(batches):
                for done in batches:
                    _note(run, done, all_of_them=named)
                    missing.difference_update(each.info_code for each in done.results)
                    stamped, written = stamped + done.stamped, written + done.written
                    pipeline.progress.advance(len(done.results) + done.others.total())
        except BaseException:
            # A worker gives back what it holds; one that was killed could not.
            with suppress(FinewsError), pipeline.database.transaction() as connection:
                free_leases_of(connection, run.number)
            raise
        missing -= {each.info_code for each in run.results}
        run.results += [
            Result(
                info_code=code,
                outcome=Outcome.SKIPPED,
                reason="not_selected" if selection.restricted else "no_payload",
                post=None,
            )
            for code in sorted(missing)
        ]
    return Report(
        run=run.number,
        kind="replay",
        results=sorted(run.results, key=lambda each: each.info_code),
        others=run.others,
        note="" if named or len(run.results) < MOST_TOLD else f"the first {MOST_TOLD} are named",
        extra={"stamped": stamped, "written": written},
    )


def _count(pipeline: Pipeline, selection: Selection) -> int:
    with pipeline.database.transaction() as connection:
        free_leases_of_the_dead(connection)
        return count_replayable(connection, selection)


def _here(pipeline: Pipeline, run: Run, batch: Sequence[StoredPayload], *, named: bool) -> Done:
    # After an outage only what the first try did not bring to its end.
    ended = {each.info_code for each in run.results}
    left = [each.id for each in batch if each.info_code not in ended]
    return replay_batch(pipeline, run.number, left, named=named)


def batches_done(
    pipeline: Pipeline,
    selection: Selection,
    opener: Callable[[], AbstractContextManager[Callable[[Any], Any]]],
    here: Callable[[Sequence[StoredPayload]], Any],
    *,
    processes: int,
) -> Generator[Any, None, None]:
    """What came of each batch of a selection: by `opener`'s work in processes, or by `here` in this one for one.

    A process is told the numbers of a batch's payloads.
    """
    batches = _batches(pipeline, selection)
    if processes <= 1:
        for batch in batches:
            yield here(batch)
        return
    pieces = ([each.id for each in batch] for batch in batches)
    with closing(spread(opener, pieces, processes=processes)) as done:
        yield from done


def processes_for(total: int, settings: Settings) -> int:
    """How many processes a number of articles deserves: one a core at most, where the settings name no number."""
    return settings.processes or min(cores(), total // LONG + 1)


def settings_of_workers(pipeline: Pipeline) -> Settings:
    """The pipeline's settings, with the address of its database: it may be embedded, and have but one owner."""
    return pipeline.settings.model_copy(update={"database_url": SecretStr(pipeline.database.address)})


def look_for_media(database: Database, selection: Selection) -> None:
    """Raises UnknownNameError where the selection names a media that was never published, with names like it."""
    if selection.media is None:
        return
    with database.transaction() as connection:
        names = media_names(connection)
    if selection.media not in names:
        near = difflib.get_close_matches(selection.media, names, n=3, cutoff=0.5)
        raise UnknownNameError(
            f"no article is of media {selection.media!r}",
            advice=f"Near it are {', '.join(near)}" if near else "Media names are taken to the letter",
        )


def _batches(pipeline: Pipeline, selection: Selection) -> Iterator[list[StoredPayload]]:
    """Batches in the order of their codes; no more than a page of them is in memory."""
    for part in selection.parts():
        after = ""
        while True:
            page = pipeline.lasting(partial(_page, pipeline, part, after))
            if not page:
                break
            yield from in_batches(page, _BATCH)
            after = page[-1].info_code


def _page(pipeline: Pipeline, part: Selection, after: str) -> list[StoredPayload]:
    with pipeline.database.transaction() as connection:
        return list(next_replayable(connection, part, after))


def _note(run: Run, done: Done, *, all_of_them: bool) -> None:
    room = len(done.results) if all_of_them else max(0, MOST_TOLD - len(run.results))
    run.results += done.results[:room]
    run.others.update(each.outcome for each in done.results[room:])
    run.others.update(done.others)
