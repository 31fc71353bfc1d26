"""The list of a backfill: what the source says that its days hold, read from the search or from a feed far back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from finews.flows.pipeline import Pipeline, Run
from finews.schema.backfills import Backfill
from finews.schema.chunks import Chunk, Span, chunks_listed, list_articles, take_chunks
from finews.schema.feeds import paused_feeds
from finews.schema.listings import keep_listings, record_surveys
from finews.schema.plain_text import clean_text
from finews.schema.records import CHINA, Listing, midnight
from finews.spiders.feed_answer import FeedAnswer
from finews.spiders.heard import FEED_PAUSED, MIRROR_PAUSED
from finews.spiders.search_answer import placed
from finews.spiders.search_range import EARLIEST, LATEST, Range

CHUNKS_A_WALK: Final = 31
"""Chunks whose lists are read in one walk: what an interruption costs to be read again."""
_ALL: Final = 1_000_000
_PAGE: Final = 500
_FEED_COUNTS: Final = (200, 1000, 5000)
"""Articles asked of a feed, one number after the other, until its list reaches back far enough."""


def list_chunks(pipeline: Pipeline, run: Run, backfill: Backfill, stop: Callable[[], bool]) -> None:
    """Reads the lists of all chunks that are nobody's and have none yet; fetches no article.

    Comes to an end between two pages once `stop` says so; a list that was not read to its end is read again.
    """
    # A feed is read once for all of them.
    limit = _ALL if backfill.feed else CHUNKS_A_WALK
    while not stop():
        with pipeline.database.transaction() as connection:
            chunks = take_chunks(connection, backfill.id, run.number, listed=False, limit=limit)
        if not chunks:
            return
        pipeline.progress.begin("reading the list", None)
        if backfill.feed:
            _read_feed(pipeline, backfill, _Tiles(chunks))
        else:
            _search(pipeline, backfill, _Tiles(chunks), stop)


class _Tiles:
    """Chunks by the moments that they hold; they never overlap."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.chunks = sorted(chunks, key=lambda chunk: chunk.since or EARLIEST)
        self._begins = [chunk.since or EARLIEST for chunk in self.chunks]
        self._ends = [chunk.until or LATEST for chunk in self.chunks]

    @property
    def ranges(self) -> list[Range]:
        """Their ranges."""
        return [Range(since=chunk.since, until=chunk.until) for chunk in self.chunks]

    def number_of(self, moment: datetime) -> int | None:
        """The chunk that holds a moment."""
        place = bisect_right(self._begins, moment) - 1
        return self.chunks[place].number if place >= 0 and moment < self._ends[place] else None

    def parts(self, ranges: Iterable[Range]) -> dict[int, list[Span]]:
        """What of these ranges each chunk holds, for those that hold any."""
        found: dict[int, list[Span]] = {}
        for each in ranges:
            for chunk, own in zip(self.chunks, self.ranges, strict=True):
                if part := own.part(each.first, each.end):
                    found.setdefault(chunk.number, []).append((part.since, part.until))
        return found

    def whole_days(self) -> list[date]:
        """The days of the chunks that have a beginning."""
        days = []
        for chunk in self.chunks:
            if chunk.since and chunk.until:
                day, end = chunk.since.astimezone(CHINA).date(), chunk.until.astimezone(CHINA).date()
                days += [day + timedelta(days=number) for number in range((end - day).days)]
        return days


def _search(pipeline: Pipeline, backfill: Backfill, tiles: _Tiles, stop: Callable[[], bool]) -> None:
    search = pipeline.crawl.search(tiles.ranges)
    for page in search:
        _keep(pipeline, backfill, tiles, page)
        pipeline.progress.advance(len(page))
        if stop():
            return
    end = search.end
    if end is None:
        return
    unread = tiles.parts(end.uncovered)
    with pipeline.database.transaction() as connection:
        record_surveys(connection, *_surveyed(tiles, search.days, unread, end.reason))
        chunks_listed(
            connection,
            backfill.id,
            [chunk.number for chunk in tiles.chunks],
            unread=unread,
            reason=end.reason,
            requests=end.requests,
        )


def _surveyed(
    tiles: _Tiles, found: Mapping[date, int], unread: Mapping[int, Sequence[Span]], reason: str
) -> tuple[dict[date, int], dict[date, str]]:
    """Day → articles listed, and day → why a part of it was not read."""
    listed = {day: found.get(day, 0) for day in {*tiles.whole_days(), *found}}
    spans = [Range(since=since, until=until) for parts in unread.values() for since, until in parts]
    gone = {day: reason for day in listed for span in spans if _meets(span, day)}
    return listed, gone


def _meets(span: Range, day: date) -> bool:
    begin = midnight(day)
    return span.part(begin, begin + timedelta(days=1)) is not None


def _read_feed(pipeline: Pipeline, backfill: Backfill, tiles: _Tiles) -> None:
    wanted, requests = tiles.ranges[0].first, 0
    for count in _FEED_COUNTS:
        answer = _feed_answer(pipeline, backfill.feed, count)
        requests += 1
        oldest = min((placed(each) for each in answer.listings), default=LATEST)
        # A feed that gives less than it was asked for has no more to give.
        if answer.error or oldest < wanted or len(answer.listings) < count:
            break
    for start in range(0, len(answer.listings), _PAGE):
        _keep(pipeline, backfill, tiles, answer.listings[start : start + _PAGE])
    pipeline.progress.advance(len(answer.listings))
    if answer.error:
        unread = tiles.parts([Range()])
    else:
        # Without a first day, all that the feed lists is what was asked for.
        unread = {} if oldest < wanted or wanted == EARLIEST else tiles.parts([Range(until=oldest)])
    with pipeline.database.transaction() as connection:
        chunks_listed(
            connection,
            backfill.id,
            [chunk.number for chunk in tiles.chunks],
            unread=unread,
            reason=answer.error or "feed_ends",
            requests=requests,
        )


def _feed_answer(pipeline: Pipeline, feed: str, count: int) -> FeedAnswer:
    """What a feed lists; an answer with an error, and no request, where it is not to be read just now."""
    with pipeline.database.transaction() as connection:
        paused = feed in paused_feeds(connection, [feed])
    if paused or pipeline.rules.sources[0] in pipeline.rules.paused:
        return FeedAnswer(name=feed, error=FEED_PAUSED if paused else MIRROR_PAUSED)
    (answer,) = pipeline.crawl.feeds([feed], count=count)
    return answer


def _keep(pipeline: Pipeline, backfill: Backfill, tiles: _Tiles, page: Sequence[Listing]) -> None:
    """Keeps what a page lists, and puts into the backfill what its chunks hold."""
    dated = [(moment.astimezone(CHINA).date(), moment, each) for each in page for moment in [placed(each)]]
    articles = [
        (each.info_code, number, day, clean_text(each.media))
        for day, moment, each in dated
        if (number := tiles.number_of(moment)) is not None
    ]
    with pipeline.database.transaction() as connection:
        keep_listings(connection, [(day, each) for day, _, each in dated])
        list_articles(connection, backfill.id, articles, media=backfill.media)
