"""The rules of a crawl: the settings, a part of the rate, and what the database knows of the mirrors just now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import finews
from finews.flows.mirrors import circuit_rules
from finews.flows.rates import part_of_the_rate, shares_of
from finews.schema.ledger import running
from finews.schema.mirrors import MirrorState, mirror_states, open_circuits
from finews.schema.robots import known_robots
from finews.schema.settings import Settings
from finews.spiders.crawl_settings import CrawlSettings


def crawl_rules(connection: Any, settings: Settings, *, part: float) -> CrawlSettings:
    """The rules now, with this part of the rate to every mirror."""
    rate = settings.rate_in_force
    rules = CrawlSettings(
        sources=settings.sources,
        rate=None if rate is None else rate * part,
        concurrency=max(1, round(settings.concurrency * part)),
        timeout=settings.timeout,
        retries=settings.retries,
        feed_count=settings.feed_count,
        user_agent=user_agent(settings),
        robots=known_robots(connection),
        circuit=circuit_rules(settings),
        open_circuits=open_circuits(connection),
    )
    return steered(rules, mirror_states(connection, settings.sources), part=part)


def steered(rules: CrawlSettings, mirrors: Sequence[MirrorState], *, part: float = 1.0) -> CrawlSettings:
    """The rules with what operators have set of these mirrors: a rate of their own, and which are not asked."""
    return rules.evolve(
        rates={each.base: each.rate * part for each in mirrors if each.rate is not None},
        paused=tuple(each.base for each in mirrors if each.paused),
    )


def rate_now(rules: CrawlSettings) -> float | None:
    """Requests a second to the mirror that is asked first; None: no limit."""
    return rules.rate_of(rules.asked[0] if rules.asked else rules.sources[0])


def part_now(connection: Any, settings: Settings, *, kind: str, processes: int) -> float:
    """The part of the rate of one of so many background processes of this kind; with 0, of what is not background."""
    shares = shares_of(settings)
    at_work = {each: running(connection, each) for each in shares}
    return part_of_the_rate(shares, at_work, kind if processes else "", processes=processes)


def user_agent(settings: Settings) -> str:
    """The honest name that the source sees: `finews/0.1.0 (+mailto:desk@example.org)`."""
    return f"finews/{finews.__version__}" + (f" (+{settings.contact})" if settings.contact else "")
