"""What a doctor asks the source: one request to each mirror, and one for each feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from finews.flows.check import Check, not_checked, well, worth_knowing, wrong
from finews.flows.crawl_rules import steered, user_agent
from finews.flows.doctor_database import judge_clock
from finews.flows.pauses import paused_in_words
from finews.schema.mirrors import MirrorState
from finews.schema.pauses import Pause
from finews.schema.records import FEEDS
from finews.schema.settings import Settings
from finews.spiders.crawl import Crawl, FeedAnswer, MirrorAnswer
from finews.spiders.crawl_settings import CrawlSettings

_ASKED: Final = 10
"""Articles that are asked of each feed."""


def check_source(
    settings: Settings, states: Sequence[MirrorState], paused: Mapping[str, Pause]
) -> list[Check]:
    """Mirrors, the clock by what they say, and feeds, which the first mirror gives. Raises CrawlDiedError.

    What is paused is not asked here either: `paused` are feeds.
    """
    rules = CrawlSettings(
        sources=settings.sources,
        user_agent=user_agent(settings),
        rate=settings.rate_in_force,
        timeout=settings.timeout,
        # One request each: what fails in passing is told, too.
        retries=0,
    )
    rules = steered(rules, states)
    read = tuple(name for name in FEEDS if name not in paused)
    with Crawl(rules) as crawl:
        mirrors = crawl.mirrors() if rules.asked else []
        serves = bool(mirrors) and mirrors[0].base == rules.sources[0] and not mirrors[0].error
        feeds = crawl.feeds(read, count=_ASKED) if serves and read else []
    left_alone = [
        not_checked(f"mirror {each.base}", paused_in_words(each.paused)) for each in states if each.paused
    ]
    left_alone += [not_checked(f"feed {name}", paused_in_words(pause)) for name, pause in paused.items()]
    return [*judge_source(mirrors, feeds, {each.base: each for each in states}, read), *left_alone]


def judge_source(
    mirrors: Sequence[MirrorAnswer],
    feeds: Sequence[FeedAnswer],
    states: Mapping[str, MirrorState],
    wanted: Sequence[str] = FEEDS,
) -> list[Check]:
    """What these answers say; where none of the `wanted` feeds answered, their mirror was not there, or is paused."""
    alone = all(each.error for each in mirrors)
    found = [_mirror(each, states.get(each.base), alone=alone) for each in mirrors]
    times = [each.ahead for each in mirrors if each.ahead is not None]
    if times:
        found.append(judge_clock("mirrors' clock", "their middle", median(times)))
    else:
        found.append(not_checked("mirrors' clock", "no mirror told the time"))
    if not feeds:
        first = next(iter(states.values()), None)
        why = "its mirror is paused" if first and first.paused else "its mirror does not answer"
        return found + [not_checked(f"feed {name}", why) for name in wanted]
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
