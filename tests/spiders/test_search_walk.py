"""The walk through the search: what it finds, in how few requests, whatever the source does meanwhile."""

from __future__ import annotations

from datetime import timedelta
from math import log2
from random import Random

import pytest

from finews.spiders.heard import Heard, Say, unanswered
from finews.spiders.search_answer import SearchAnswer, placed
from finews.spiders.search_page import AskPage
from finews.spiders.search_range import Range, days
from finews.spiders.search_walk import SearchWalk

from .searching import NOON, Archive, day, listing, spaced, walk

EMPTY = SearchAnswer(listings=(), records=0, total=None)
BROKEN = Heard(say=Say.FAILED, reason="http_500", status=500, passing=True, ill=True)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def between(first: int, last: int) -> Range:
    """From the article at one place of `spaced` to that at a later one, both included."""
    return Range(since=NOON - last * MINUTE, until=NOON - first * MINUTE + SECOND)


@pytest.mark.parametrize("limit", [10, 17, 100])
@pytest.mark.parametrize("place", [0, 1, 99, 100, 101, 555, 1999])
def test_finds_a_range(limit: int, place: int) -> None:
    """Wherever it lies, newest first, each once."""
    archive = Archive(spaced(3000))
    wanted = between(place, min(place + 250, 2999))
    walked = walk(archive, wanted, limit=limit)
    assert walked.end.complete
    assert walked.codes == archive.lasting([wanted]) != []


@pytest.mark.parametrize("pages", [1, 3, 10, 100, 1000])
@pytest.mark.parametrize("size", [1, 300, 2000])
def test_few_requests(pages: int, size: int) -> None:
    """Twice the logarithm of the distance, and the pages of the range with what they overlap."""
    place = pages * 100 + 37
    archive = Archive(spaced(place + size + 500))
    walked = walk(archive, between(place, place + size - 1))
    assert walked.end.complete
    assert len(walked.codes) == size
    assert walked.end.requests <= 2 * log2(pages + 1) + 1.1 * size / 100 + 5


def test_far_ranges_are_leapt_to() -> None:
    """Between two days that are far apart nothing is read that need not be."""
    archive = Archive(spaced(120_000))
    ranges = [between(60_000, 60_050), between(1_000, 1_050), between(119_000, 119_050)]
    walked = walk(archive, *ranges)
    assert walked.codes == archive.lasting(ranges)
    assert walked.end.requests <= 2 * (log2(10) + 2 * log2(600)) + 9


def test_neighbouring_days_are_read_in_one_go() -> None:
    """Days side by side cost no more than a range."""
    archive = Archive(spaced(20_000))
    each_day = [days(day(f"2026-03-0{number}"), day(f"2026-03-0{number}")) for number in (4, 6, 5, 3)]
    walked = walk(archive, *each_day)
    assert walked.codes == archive.lasting(each_day)
    assert len(walked.codes) == 4 * 1440
    assert walked.end.requests <= 1.1 * 4 * 14.4 + 2 * log2(60) + 5


@pytest.mark.parametrize("limit", [10, 100])
def test_midnight_on_both_sides(limit: int) -> None:
    """A day begins with its 00:00:00 and ends before the next one."""
    first = days(day("2026-03-05"), None).first
    last = days(day("2026-03-06"), None).first
    around = [border + second * SECOND for border in (first, last) for second in range(-30, 31)]
    archive = Archive([listing(number, moment) for number, moment in enumerate(around)])
    wanted = days(day("2026-03-05"), day("2026-03-05"))
    walked = walk(archive, wanted, limit=limit)
    found = {placed(each) for each in archive.articles if each.info_code in walked.codes}
    assert found == {moment for moment in around if first <= moment < last}
    assert len(found) == 61
    assert (min(found), max(found)) == (first, last - SECOND)


@pytest.mark.parametrize("limit", [10, 30])
def test_all_of_midnight_itself(limit: int) -> None:
    """More articles of one second than fit on a page, at both borders."""
    first, last = days(day("2026-03-05"), None).first, days(day("2026-03-06"), None).first
    around = [
        border + second * SECOND for border in (first, last) for second in (-1, 0, 1) for _ in range(47)
    ]
    archive = Archive([listing(number, moment) for number, moment in enumerate(around)])
    wanted = days(day("2026-03-05"), day("2026-03-05"))
    walked = walk(archive, wanted, limit=limit)
    assert walked.end.complete
    assert walked.codes == archive.lasting([wanted])
    assert len(walked.codes) == 3 * 47


def test_open_borders() -> None:
    """Without a border it begins with the newest, and ends with the oldest."""
    archive = Archive(spaced(730))
    assert walk(archive, Range(until=NOON - 300 * MINUTE)).codes == [
        each.info_code for each in archive.articles[301:]
    ]
    archive = Archive(spaced(730))
    assert walk(archive, Range(since=NOON - 300 * MINUTE)).codes == [
        each.info_code for each in archive.articles[:301]
    ]
    archive = Archive(spaced(730))
    walked = walk(archive, Range())
    assert len(walked.codes) == 730
    assert walked.end.requests <= 8 + 4


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 10, 99, 100, 101])
def test_the_end_of_the_list(count: int) -> None:
    """A range older than everything costs a few looks, and is covered."""
    archive = Archive(spaced(count), total=count)
    walked = walk(archive, days(None, day("2020-01-01")))
    assert walked.end.complete
    assert walked.codes == []
    assert walked.end.requests <= 8
    archive = Archive(spaced(count), total=count)
    assert walk(archive, Range()).codes == archive.lasting([Range()])


@pytest.mark.parametrize("at_once", [1, 5, 40, 200])
def test_two_hundred_arrivals(at_once: int) -> None:
    """They come in while the range is looked for and read, some of them all at once."""
    archive = Archive(spaced(5000))
    new = spaced(200, newest=NOON + 300 * MINUTE)[::-1]

    def arrive(asked: AskPage, number: int) -> None:
        archive.add(new[:at_once])
        del new[:at_once]

    archive.before = arrive
    wanted = between(2500, 3100)
    walked = walk(archive, wanted)
    assert walked.end.complete
    assert walked.codes == archive.lasting([wanted])
    assert walked.end.requests <= 2 * log2(25) + 7 + 8


def test_withdrawn_articles_pull_others_up() -> None:
    """What has moved to a page that was read already is read nevertheless."""
    archive = Archive(spaced(3000))
    wanted = between(1000, 1900)

    def withdraw(asked: AskPage, number: int) -> None:
        for _ in range(7):
            archive.take_out(number * 20)

    archive.before = withdraw
    walked = walk(archive, wanted)
    assert walked.end.complete
    assert [code for code in walked.codes if code not in archive.gone] == archive.lasting([wanted])


@pytest.mark.parametrize("total", [None, 0, 7, 10**12])
def test_a_total_is_not_believed(total: int | None) -> None:
    """Whatever it is, the same is asked and found; it is told."""
    archive = Archive(spaced(1500), total=total)
    walked = walk(archive, between(700, 800))
    honest = Archive(spaced(1500), total=1500)
    assert walked.codes == walk(honest, between(700, 800)).codes
    assert archive.asked == honest.asked
    assert walked.end.total == total


@pytest.mark.parametrize("blank", [EMPTY, BROKEN, unanswered("timeout")])
@pytest.mark.parametrize("number", range(14))
def test_one_page_is_empty_or_fails_once(blank: SearchAnswer | Heard, number: int) -> None:
    """Which one ever it is, also the first, and one on the way."""
    archive = Archive(spaced(3000), before=lambda asked, at: blank if at == number else None)
    wanted = between(1700, 2000)
    walked = walk(archive, wanted)
    assert walked.end.complete
    assert walked.codes == archive.lasting([wanted])
    assert walked.end.requests <= 2 * log2(18) + 5 + 9


@pytest.mark.parametrize("every", [2, 3, 4])
@pytest.mark.parametrize("blank", [EMPTY, BROKEN])
def test_many_pages_are_empty_or_fail(blank: SearchAnswer | Heard, every: int) -> None:
    """Every second one, even."""
    archive = Archive(spaced(3000), before=lambda asked, at: blank if at % every == 1 else None)
    wanted = between(1200, 2000)
    walked = walk(archive, wanted)
    assert walked.end.complete
    assert walked.codes == archive.lasting([wanted])


def test_a_page_that_is_always_empty() -> None:
    """The same articles are read by pages of another size."""
    archive = Archive(spaced(3000), before=lambda asked, at: EMPTY if asked.page in (8, 16) else None)
    wanted = between(500, 2500)
    walked = walk(archive, wanted)
    assert walked.end.complete
    assert walked.codes == archive.lasting([wanted])


def test_a_stretch_that_is_never_shown() -> None:
    """What stands behind it is found, and the stretch is told."""
    archive = Archive(spaced(3000))

    def hide(asked: AskPage, number: int) -> SearchAnswer:
        places = range(asked.start, min(asked.end, 3000))
        shown = tuple(archive.articles[place] for place in places if not 1500 <= place < 1720)
        return SearchAnswer(listings=shown, records=len(shown), total=3000)

    archive.before = hide
    wanted = between(1200, 2000)
    walked = walk(archive, wanted)
    assert walked.end.reason == "gap"
    (lost,) = walked.end.uncovered
    hidden = archive.articles[1500:1720]
    assert all(lost.holds(placed(each)) for each in hidden)
    assert set(archive.lasting([wanted])) - set(walked.codes) <= set(archive.lasting([lost]))
    assert len(archive.lasting([lost])) < 240


def test_a_source_that_fails_for_good() -> None:
    """What it gave is told, and what it did not."""
    archive = Archive(spaced(3000), before=lambda asked, at: BROKEN if at > 12 else None)
    wanted = between(500, 2900)
    walked = walk(archive, wanted)
    assert (walked.end.complete, walked.end.reason) == (False, "http_500")
    (left,) = walked.end.uncovered
    missing = set(archive.lasting([wanted])) - set(walked.codes)
    assert len(walked.codes) > 300
    assert missing <= set(archive.lasting([left]))
    assert len(archive.lasting([left])) <= len(missing) + 3
    assert left.since == wanted.since


@pytest.mark.parametrize("number", range(4, 24))
def test_the_second_at_which_it_failed(number: int) -> None:
    """Of that second some may have been read and some not: it counts as uncovered."""
    moments = [NOON - place // 7 * MINUTE for place in range(3000)]
    articles = [listing(3000 - place, moment) for place, moment in enumerate(moments)]
    archive = Archive(articles, before=lambda asked, at: BROKEN if at > number else None)
    wanted = between(0, 400)
    walked = walk(archive, wanted)
    missing = set(archive.lasting([wanted])) - set(walked.codes)
    assert missing
    assert missing <= set(archive.lasting(walked.end.uncovered))


@pytest.mark.parametrize("seed", range(8))
def test_articles_of_one_second_in_any_order(seed: int) -> None:
    """The source lists those of one moment as it likes, each time anew, and takes out newer ones."""
    random = Random(seed)
    moments = [NOON - place // 23 * MINUTE for place in range(3000)]
    archive = Archive([listing(3000 - place, moment) for place, moment in enumerate(moments)])

    def shuffle(asked: AskPage, number: int) -> None:
        random.shuffle(archive.articles)
        archive.articles.sort(key=placed, reverse=True)
        for _ in range(number % 2 * 9):
            archive.take_out(0)

    archive.before = shuffle
    wanted = between(30, 100)
    walked = walk(archive, wanted)
    assert walked.end.complete
    assert sorted(walked.codes) == sorted(archive.lasting([wanted]))
    assert walked.end.requests <= 2 * log2(8) + 3 * len(walked.codes) / 100 + 5


def test_a_source_that_dies_during_a_leap() -> None:
    """One page that it gave before is asked for, and no other that lies nearer than the leap."""
    archive = Archive(spaced(9000), before=lambda asked, at: BROKEN if at >= 5 else None)
    end = walk(archive, between(8000, 8100), retries=2).end
    assert (end.reason, end.uncovered) == ("http_500", (between(8000, 8100),))
    assert end.requests == 5 + 2 * 3


def test_from_the_first_page_on() -> None:
    """Nothing at all is covered; as often asked as there are retries."""
    archive = Archive(spaced(30), before=lambda asked, at: BROKEN)
    wanted = [between(5, 9), between(11, 12)]
    walked = walk(archive, *wanted, retries=3)
    assert (walked.end.requests, list(walked.end.uncovered)) == (4, wanted)


def test_a_closed_door_is_not_knocked_at_again() -> None:
    """What is forbidden stays so."""
    archive = Archive(spaced(30), before=lambda asked, at: unanswered("robots"))
    end = walk(archive, between(5, 9)).end
    assert (end.requests, end.reason, end.complete) == (1, "robots", False)


@pytest.mark.parametrize("deepest", [1100, 1600, 2000])
@pytest.mark.parametrize("refusal", [BROKEN, EMPTY, Heard(say=Say.ABSENT, reason="http_404", status=404)])
def test_a_depth_that_the_source_refuses(refusal: SearchAnswer | Heard, deepest: int) -> None:
    """A leap beyond it does no harm to what lies before."""

    def refuse(asked: AskPage, number: int) -> SearchAnswer | Heard | None:
        return refusal if asked.end > deepest else None

    archive = Archive(spaced(9000), before=refuse)
    wanted = between(700, 900)
    walked = walk(archive, wanted)
    assert walked.end.complete
    assert walked.codes == archive.lasting([wanted])


def test_a_source_that_gives_fewer_at_a_time() -> None:
    """Pages of twenty, whatever is asked."""
    archive = Archive(spaced(3000), cap=20)
    wanted = between(700, 900)
    walked = walk(archive, wanted)
    assert walked.codes == archive.lasting([wanted])
    assert walked.end.requests <= 2 * log2(35) + 1.3 * 10 + 5


def test_pages_without_order() -> None:
    """Articles that stand a few places from where they should."""
    archive = Archive(spaced(2000))
    places = [place for start in range(0, 2000, 3) for place in reversed(range(start, min(start + 3, 2000)))]
    archive.articles = [archive.articles[place] for place in places]
    wanted = between(700, 900)
    walked = walk(archive, wanted)
    assert walked.end.complete
    assert sorted(walked.codes) == sorted(archive.lasting([wanted]))


@pytest.mark.parametrize("off", [-90_000 * MINUTE, 90_000 * MINUTE])
@pytest.mark.parametrize("at_end", [False, True])
def test_an_article_on_every_page(off: timedelta, at_end: bool) -> None:
    """An old or a misdated one, pinned to the top or the bottom, ends nothing and bridges nothing."""
    archive = Archive(spaced(2000))
    pinned = listing(1, NOON + off)

    def pin(asked: AskPage, number: int) -> SearchAnswer:
        page = archive.page(asked).listings
        shown = (*page, pinned) if at_end else (pinned, *page)
        return SearchAnswer(listings=shown, records=len(shown), total=None)

    archive.before = pin
    wanted = between(700, 900)
    walked = walk(archive, wanted)
    assert walked.end.complete
    assert walked.codes == archive.lasting([wanted])


@pytest.mark.parametrize("total", [None, 5000])
def test_a_list_that_is_empty_and_does_not_say_so(total: int | None) -> None:
    """Nothing was covered, for there must be something."""
    wanted = between(700, 900)
    empty = SearchAnswer(listings=(), records=0, total=total)
    end = walk(Archive(spaced(3000), before=lambda asked, at: empty), wanted).end
    assert (end.reason, end.uncovered) == ("no_records", (wanted,))


def test_articles_without_a_date() -> None:
    """They count for the day in their infoCode."""
    dated = spaced(4000)
    undated = [listing(900_000 + number, NOON - number * MINUTE, dated=False) for number in range(0, 4000, 9)]
    archive = Archive([*dated, *undated])
    wanted = days(day("2026-03-08"), day("2026-03-08"))
    walked = walk(archive, wanted)
    assert walked.codes == archive.lasting([wanted])
    assert len(set(walked.codes) & {each.info_code for each in undated}) == 160


def test_a_source_that_grows_faster_than_it_is_read() -> None:
    """Whatever is asked for holds newer articles than before: the walk has an end, and says so."""

    def flood(asked: AskPage, number: int) -> SearchAnswer:
        page = spaced(asked.limit, newest=NOON + number * 1000 * MINUTE)
        return SearchAnswer(listings=tuple(page), records=len(page), total=None)

    end = walk(Archive([], before=flood), between(700, 900)).end
    assert (end.reason, end.uncovered) == ("no_progress", (between(700, 900),))
    assert end.requests < 150


def test_too_small_a_page() -> None:
    """Pages that cannot overlap are refused."""
    with pytest.raises(ValueError, match="at least 10"):
        SearchWalk([Range()], limit=9)
