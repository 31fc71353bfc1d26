"""The charts of the overview: the last day, hour by hour."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from fastapi import Request
from markupsafe import Markup

from finews.flows.overview import HOURS, Overview
from finews.schema.records import CHINA
from finews.ui.charts import Figure, Series
from finews.ui.moments import lasting, when
from finews.ui.pages import N_, say

_MOST_MEDIA: Final = 6
"""Media with a colour of their own; the style sheet has one more, for the others."""


def media_figure(request: Request, seen: Overview) -> Figure:
    """Articles an hour by media, the busiest first, by the articles' own time."""
    hours = _hours(seen)
    totals = Counter[str]()
    for each in seen.media_hours:
        totals[each.media] += each.articles
    top = [name for name, _ in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_MEDIA]]
    counts: dict[str, Counter[datetime]] = {name: Counter() for name in top}
    others = Counter[datetime]()
    for each in seen.media_hours:
        counts.get(each.media, others)[each.hour] += each.articles
    series = [(name or say(request, N_("Rolling news")), counts[name]) for name in top]
    if others:
        series.append((say(request, N_("Others")), others))
    return Figure(
        name="chart-media",
        kind="bars",
        title=say(request, N_("Articles an hour, by media")),
        words=say(
            request,
            N_("%(number)s articles of the last 24 hours, by their own time; most are of %(media)s."),
            number=totals.total(),
            media=series[0][0] if series else "–",
        ),
        axis=say(request, N_("Hour")),
        labels=_labels(hours),
        rows=_rows(hours),
        series=tuple(
            Series(name=name, values=tuple(float(number[hour]) for hour in hours)) for name, number in series
        ),
        total=say(request, N_("Sum")),
    )


def freshness_figure(request: Request, seen: Overview) -> Figure:
    """Seconds from an article's moment to its post, by the hour: the median, and what 95 of 100 stay below."""
    hours = _hours(seen)
    known = {each.hour: each for each in seen.fresh_hours}
    p95 = [each.p95 for each in seen.fresh_hours]
    return Figure(
        name="chart-freshness",
        kind="lines",
        title=say(request, N_("From the source to the site")),
        words=say(
            request,
            N_(
                "Of what polls brought in the last 24 hours; 95 of 100 took %(most)s at most in the worst hour."
            ),
            most=lasting(max(p95)) if p95 else "–",
        ),
        axis=say(request, N_("Hour")),
        labels=_labels(hours),
        rows=_rows(hours),
        series=(
            Series(
                name=say(request, N_("Median")),
                values=tuple(known[hour].p50 if hour in known else None for hour in hours),
            ),
            Series(
                name=say(request, N_("95 of 100")),
                values=tuple(known[hour].p95 if hour in known else None for hour in hours),
            ),
        ),
        shown=lasting,
        whole=False,
    )


def _hours(seen: Overview) -> list[datetime]:
    return [seen.first_hour + timedelta(hours=number) for number in range(HOURS)]


def _labels(hours: list[datetime]) -> tuple[str, ...]:
    return tuple(f"{each.astimezone(CHINA):%H}" for each in hours)


def _rows(hours: list[datetime]) -> tuple[Markup, ...]:
    return tuple(when(each, seconds=False) for each in hours)
