"""What a doctor asks the source: one request to each mirror, and one for each feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from finews.flows.check import Check, not_checked, well, worth_knowing, wrong
from finews.flows.doctor_database import judge_clock
from finews.flows.pipeline import user_agent
from finews.schema.mirrors import MirrorState
from finews.schema.records import FEEDS
from finews.schema.settings import Settings
from finews.spiders.crawl import Crawl, FeedAnswer, MirrorAnswer
from finews.spiders.crawl_settings import CrawlSettings

_ASKED: Final = 10
"""Articles that are asked of each feed."""


def check_source(settings: Settings, states: Sequence[MirrorState]) -> list[Check]:
    """Mirrors, the clock by what they say, and feeds, which the first mirror gives. Raises CrawlDiedError."""
    rules = CrawlSettings(
        sources=settings.sources,
        user_agent=user_agent(settings),
        rate=settings.rate_in_force,
        timeout=settings.timeout,
        # One request each: what fails in passing is told, too.
        retries=0,
    )
    with Crawl(rules) as crawl:
        mirrors = crawl.mirrors()
        feeds = crawl.feeds(FEEDS, count=_ASKED) if mirrors and not mirrors[0].error else []
    return judge_source(mirrors, feeds, {each.base: each for each in states})


def judge_source(
    mirrors: Sequence[MirrorAnswer], feeds: Sequence[FeedAnswer], states: Mapping[str, MirrorState]
) -> list[Check]:
    """What these answers say; without `feeds` they were not asked, for their mirror did not answer."""
    alone = all(each.error for each in mirrors)
    found = [_mirror(each, states.get(each.base), alone=alone) for each in mirrors]
    times = [each.ahead for each in mirrors if each.ahead is not None]
    if times:
        found.append(judge_clock("mirrors' clock", "their middle", median(times)))
    else:
        found.append(not_checked("mirrors' clock", "no mirror told the time"))
    if not feeds:
        return found + [not_checked(f"feed {name}", "its mirror does not answer") for name in FEEDS]
    return found + [_feed(each) for each in feeds]


def _mirror(answer: MirrorAnswer, state: MirrorState | None, *, alone: bool) -> Check:
    name = f"mirror {answer.base}"
    circuit = "; its circuit is open: runs do not ask it" if state and state.opened else ""
    if not answer.error:
        if circuit:
            return worth_knowing(
                name, f"answers{circuit}", "Nothing is to be done: a run probes it and closes it"
            )
        return well(name, "answers")
    found = f"does not answer well ({answer.error}){circuit}"
    if alone:
        return wrong(name, found, "No mirror does: is this machine's network up? Is FINEWS_SOURCES right?")
    return worth_knowing(name, found, "The others do its work; if it stays so, take it out of FINEWS_SOURCES")


def _feed(answer: FeedAnswer) -> Check:
    name = f"feed {answer.name}"
    if answer.error:
        mend = "Look again later; `finews status` tells since when. The first of FINEWS_SOURCES serves feeds"
        return wrong(name, f"cannot be read ({answer.error})", mend)
    if not answer.listings:
        return worth_knowing(name, "lists nothing", "Look at it in a browser: the source may have changed it")
    return well(name, f"lists {len(answer.listings)} of {_ASKED} articles asked for")
