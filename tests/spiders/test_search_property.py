"""Any articles, any days, any page size, and a source that changes and stumbles between any two requests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from finews.schema.records import CHINA, Listing
from finews.spiders.heard import Heard, Say
from finews.spiders.search_answer import SearchAnswer, placed
from finews.spiders.search_range import Range, days

from .searching import Archive, listing, walk

OLDEST = datetime(2026, 2, 27, 22, 0, tzinfo=CHINA)
GAPS = (0, 0, 1, 1, 59, 60, 600, 3600, 7200, 86_400)
DAYS = [date(2026, 2, 25) + timedelta(days=number) for number in range(16)]
NEWEST = datetime(2026, 3, 9, 12, 0, tzinfo=CHINA)

BROKEN = Heard(say=Say.FAILED, reason="http_500", status=500, passing=True, ill=True)
EMPTY = SearchAnswer(listings=(), records=0, total=None)

CHANGES = st.one_of(
    st.tuples(st.just("arrive"), st.integers(1, 100)),
    st.tuples(st.just("withdraw"), st.integers(0, 10**6)),
    st.tuples(st.just("insert"), st.integers(0, 10**6)),
)
STUMBLES = st.sampled_from([None, None, None, EMPTY, BROKEN])


class Restless(Archive):
    """An archive that changes before each request as it is told, and then rests."""

    def play(
        self, changes: Sequence[Sequence[tuple[str, int]]], stumbles: Sequence[SearchAnswer | Heard | None]
    ) -> None:
        """What happens before each request, and what it is answered in place of a page."""
        self.before = lambda asked, number: self._happen(
            changes[number] if number < len(changes) else (),
            stumbles[number] if number < len(stumbles) else None,
        )

    def _happen(
        self, changes: Sequence[tuple[str, int]], stumble: SearchAnswer | Heard | None
    ) -> SearchAnswer | Heard | None:
        for kind, value in changes:
            number = 5_000_000 + len(self.come)
            if kind == "arrive":
                newest = placed(self.articles[0]) if self.articles else OLDEST
                self.add(
                    listing(number + each, newest + timedelta(seconds=each // 3)) for each in range(value)
                )
            elif kind == "insert" and self.articles:
                moment = placed(self.articles[value % len(self.articles)])
                self.add([listing(number, moment)])
            elif len(self.articles) > 1:
                # A list that had articles and has none is not believed.
                self.take_out(value % len(self.articles))
        return stumble


@st.composite
def archives(draw: st.DrawFn) -> list[Listing]:
    """Some hundred articles, in bursts and with long silences, a few without a date."""
    count = draw(st.integers(0, 800))
    gaps = draw(st.lists(st.sampled_from(GAPS), min_size=1, max_size=40))
    undated = draw(st.integers(2, 50))
    moment, articles = OLDEST, []
    for number in range(count):
        moment += timedelta(seconds=gaps[number % len(gaps)])
        if moment > NEWEST:
            break
        articles.append(listing(number, moment, dated=number % undated != 1))
    return articles


LIMITS = st.integers(10, 60)
SOME_DAYS = st.sets(st.sampled_from(DAYS), min_size=1)
ALL_CHANGES = st.lists(st.lists(CHANGES, max_size=3), max_size=40)


@given(articles=archives(), limit=LIMITS, wanted=SOME_DAYS, changes=ALL_CHANGES)
@settings(max_examples=300, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_found_is_wanted(
    articles: list[Listing],
    limit: int,
    wanted: set[date],
    changes: list[list[tuple[str, int]]],
) -> None:
    """All that was there all the time is found, and nothing of other days."""
    archive = Restless(articles)
    archive.play(changes, ())
    ranges = [days(each, each) for each in wanted]
    walked = walk(archive, *ranges, limit=limit)
    assert walked.end.complete
    lasting = archive.lasting(ranges)
    kept = set(lasting)
    found = [code for code in walked.codes if code in kept]
    assert sorted(found) == sorted(lasting)
    event(f"{len(str(len(lasting)))} digits of articles wanted")


@given(
    articles=archives(),
    limit=LIMITS,
    wanted=SOME_DAYS,
    changes=ALL_CHANGES,
    stumbles=st.lists(STUMBLES, max_size=40),
    retries=st.integers(0, 3),
)
@settings(max_examples=300, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_not_found_is_told(
    articles: list[Listing],
    limit: int,
    wanted: set[date],
    changes: list[list[tuple[str, int]]],
    stumbles: list[SearchAnswer | Heard | None],
    retries: int,
) -> None:
    """With empty and failing pages besides: what is missing lies in what is told to be uncovered."""
    archive = Restless(articles)
    archive.play(changes, stumbles)
    ranges = [days(each, each) for each in wanted]
    walked = walk(archive, *ranges, limit=limit, retries=retries)
    missing = set(archive.lasting(ranges)) - set(walked.codes)
    assert missing <= set(archive.lasting(walked.end.uncovered))
    assert walked.end.complete == (not walked.end.reason)
    event("complete" if walked.end.complete else f"ended by {walked.end.reason}")


@given(
    gaps=st.lists(st.integers(0, 3), min_size=1, max_size=400),
    limit=LIMITS,
    since=st.integers(0, 500),
    length=st.integers(1, 200),
)
@settings(derandomize=True)
def test_borders_to_the_second(gaps: list[int], limit: int, since: int, length: int) -> None:
    """Ranges that begin and end at any second, in a quiet list: exactly these, newest first."""
    moment, articles = OLDEST, []
    for number, gap in enumerate(gaps):
        moment += timedelta(seconds=gap)
        articles.append(listing(number, moment))
    first = OLDEST + timedelta(seconds=since)
    wanted = Range(since=first, until=first + timedelta(seconds=length))
    archive = Archive(articles)
    walked = walk(archive, wanted, limit=limit)
    assert walked.end.complete
    assert walked.codes == archive.lasting([wanted])
