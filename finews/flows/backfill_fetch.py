"""Fetching what a backfill lists: chunk after chunk, each article once, shared with whoever else works on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, Final

from finews.flows.fetch import fetch_leased, load_left_over
from finews.flows.pace import Pace, in_words
from finews.flows.pipeline import Pipeline, Run
from finews.schema.backfills import Backfill
from finews.schema.chunks import (
    Chunk,
    WantedLink,
    chunk_done,
    chunks_left,
    end_links,
    free_chunks_of_the_dead,
    hear_what_ended,
    lendable,
    links_left,
    next_wanted,
    skip_what_is_here,
    take_chunks,
)
from finews.schema.errors import SourceUnreachableError
from finews.schema.frontier import add_links, claim
from finews.schema.ledger import note_detail
from finews.schema.listings import listings_of
from finews.schema.records import LeasedLink, LinkState, Listing, Outcome, Result
from finews.schema.sightings import record_sightings
from finews.schema.sign_of_life import free_leases_of_the_dead
from finews.spiders.addresses import SEARCH
from finews.spiders.heard import MIRROR_PAUSED

_WAIT_FOR_OTHERS: Final = 0.5
"""Seconds between two looks at what another process has in hand."""
MOST_TOLD: Final = 1000
"""Articles that the report names; beyond, they are counted, so that a report of any length is small."""
_BETWEEN_NOTES: Final = 2.0
"""Seconds between two notes of the progress in the ledger."""


class BackfillFetch:
    """One process's part in a backfill. `go` works until nothing is left to take, or `stop` says so."""

    def __init__(self, pipeline: Pipeline, run: Run, backfill: Backfill, stop: Callable[[], bool]) -> None:
        self._pipeline, self._run, self._backfill, self._stop = pipeline, run, backfill, stop
        self._explicit = backfill.wish.get("list") is not None
        self._pace = Pace(None)
        self._noted = 0.0
        self._outages = 0
        self._away = ""
        """Why every mirror was out of reach when it was last asked; empty where one was not."""

    def take_over(self) -> None:
        """Reads what killed processes had stored, and notes what they, or this run before an outage, had ended."""
        pipeline, run, backfill = self._pipeline, self._run, self._backfill.id
        results = load_left_over(pipeline, run)
        with pipeline.database.transaction() as connection:
            free_chunks_of_the_dead(connection, backfill)
            unheard = hear_what_ended(connection, backfill, run.number)
        for each in results:
            unheard.pop(each.info_code, None)
        self._tell(results)
        run.others.update(unheard.values())
        self._advance(len(unheard))

    def leave_out(self) -> None:
        """Ends what is here already, so that what is left is what will be asked for.

        What waits in quarantine for something that the list says is read again first.
        """
        pipeline, backfill = self._pipeline, self._backfill
        with pipeline.database.transaction() as connection:
            codes = lendable(connection, backfill.id)
            lent = record_sightings(connection, self._run.number, self._listings(connection, codes))
        if lent:
            results = load_left_over(pipeline, self._run)
            with pipeline.database.transaction() as connection:
                end_links(connection, backfill.id, {each.info_code: each.outcome for each in results})
            self._tell(results)
        if not backfill.force:
            with pipeline.database.transaction() as connection:
                self._run.skipped += skip_what_is_here(connection, backfill.id, explicit=self._explicit)

    def go(self) -> None:
        """Takes chunks and fetches them; waits for those of other processes, and takes over from the dead.

        Raises SourceUnreachableError where no mirror answers for longer than a circuit stays open.
        """
        pipeline, backfill = self._pipeline, self._backfill.id
        with pipeline.database.transaction() as connection:
            left = links_left(connection, backfill)
        self._pace = Pace(left)
        pipeline.progress.begin("fetching", left)
        while not self._stop():
            if chunk := pipeline.lasting(self._take):
                pipeline.step(f"chunk {chunk.number}", partial(self._fetch, chunk))
            elif pipeline.lasting(self._others):
                time.sleep(_WAIT_FOR_OTHERS)
                self._note_progress()
            else:
                return

    def _take(self) -> Chunk | None:
        with self._pipeline.database.transaction() as connection:
            return next(iter(take_chunks(connection, self._backfill.id, self._run.number, listed=True)), None)

    def _others(self) -> bool:
        """Whether other processes have chunks; what the dead had is free then."""
        with self._pipeline.database.transaction() as connection:
            free_leases_of_the_dead(connection)
            free_chunks_of_the_dead(connection, self._backfill.id)
            return chunks_left(connection, self._backfill.id) > 0

    def _fetch(self, chunk: Chunk) -> None:
        pipeline, backfill = self._pipeline, self._backfill.id
        self.take_over()
        while not self._stop():
            pipeline.heed_operators()
            if not pipeline.rules.asked:
                self._away = MIRROR_PAUSED
            links = self._one_pass(chunk)
            for results in fetch_leased(pipeline, self._run, links, stops_in_outage=True, stop=self._stop):
                self._end(results)
            with pipeline.database.transaction() as connection:
                left = links_left(connection, backfill, chunk.number)
                if not left:
                    chunk_done(connection, backfill, chunk.number)
            pipeline.keep_learned()
            if not left:
                return
            if self._away:
                self._sit_out(self._away)
            else:
                # Others hold them, or took a lease over that was ours; or they have died since the chunk was taken.
                time.sleep(_WAIT_FOR_OTHERS)
                with pipeline.database.transaction() as connection:
                    free_leases_of_the_dead(connection)

    def _one_pass(self, chunk: Chunk) -> Callable[[int], Sequence[LeasedLink]]:
        """Leases a chunk's articles in their order; what another process holds is left for the next pass."""
        after = ""

        def next_links(limit: int) -> Sequence[LeasedLink]:
            nonlocal after
            while not self._stop():
                with self._pipeline.database.transaction() as connection:
                    found = next_wanted(connection, self._backfill.id, chunk.number, after=after, limit=limit)
                    if not found:
                        return []
                    after = found[-1].info_code
                    wanted = [each.info_code for each in found if self._wants(each)]
                    skipped = [each.info_code for each in found if not self._wants(each)]
                    end_links(connection, self._backfill.id, dict.fromkeys(skipped, Outcome.SKIPPED))
                    add_links(connection, wanted, backfill=self._backfill.id)
                    record_sightings(connection, self._run.number, self._listings(connection, wanted))
                    links = claim(connection, self._run.number, wanted)
                self._run.skipped += len(skipped)
                self._advance(len(skipped))
                if links:
                    return links
            return []

        return next_links

    def _listings(self, connection: Any, codes: Collection[str]) -> list[Listing]:
        return listings_of(connection, self._backfill.feed or SEARCH, codes)

    def _wants(self, link: WantedLink) -> bool:
        if link.state is LinkState.FORGOTTEN:
            return False
        if self._backfill.force:
            return True
        return not link.present and (self._explicit or link.state is not LinkState.QUARANTINED)

    def _end(self, results: Sequence[Result]) -> None:
        # What failed since every mirror is away at once has not come to its end: it is asked for again.
        ended = [each for each in results if not each.outage]
        self._away = next((each.reason for each in results if each.outage), "" if ended else self._away)
        with self._pipeline.database.transaction() as connection:
            end_links(connection, self._backfill.id, {each.info_code: each.outcome for each in ended})
        if ended:
            self._outages = 0
        self._tell(ended)
        self._note_progress()

    def _tell(self, ended: Sequence[Result]) -> None:
        room = max(0, MOST_TOLD - len(self._run.results))
        self._run.results += ended[:room]
        self._run.others.update(each.outcome for each in ended[room:])
        self._advance(len(ended))

    def _advance(self, done: int) -> None:
        if done:
            self._pace.advance(done)
            self._pipeline.progress.advance(done)

    def _sit_out(self, outage: str) -> None:
        settings, number = self._pipeline.settings, self._backfill.id
        pause = settings.circuit_pause * 2**self._outages
        if pause > settings.circuit_longest:
            raise SourceUnreachableError(outage, advice=f"`finews backfills run {number}` carries on")
        self._outages += 1
        self._pipeline.progress.say(f"no mirror answers ({outage}): waiting {in_words(pause)}")
        until = time.monotonic() + pause
        while time.monotonic() < until and not self._stop():
            time.sleep(min(_WAIT_FOR_OTHERS, pause))

    def _note_progress(self) -> None:
        now = time.monotonic()
        if now - self._noted < _BETWEEN_NOTES:
            return
        self._noted = now
        with self._pipeline.database.transaction() as connection:
            left = links_left(connection, self._backfill.id)
            # What others have done meanwhile is done, too.
            self._advance(max(0, (self._pace.left or 0) - left))
            note_detail(
                connection,
                self._run.number,
                backfill=self._backfill.id,
                done=self._pace.done,
                left=left,
                rate=round(self._pace.rate, 2),
                seconds_left=round(self._pace.seconds_left) if self._pace.seconds_left is not None else None,
            )
