"""The charts of a feed and of a mirror: their hours, of a day or of some days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeVar

from fastapi import Request

from finews.schema.hourly_counts import FeedHour, MirrorHour
from finews.schema.records import CHINA
from finews.ui.charts import Figure, Series
from finews.ui.moments import lasting, when
from finews.ui.pages import N_, say

_HOUR: Final = timedelta(hours=1)
Hour = TypeVar("Hour", FeedHour, MirrorHour)


def new_figure(request: Request, hours: Sequence[FeedHour], days: int) -> Figure:
    """New articles an hour that a feed listed."""
    return _figure(
        request,
        "chart-new",
        "bars",
        title=say(request, N_("New articles, hour by hour")),
        words=say(
            request,
            N_("%(new)s new articles in %(readings)s readings; %(failures)s failed."),
            new=sum(each.discovered for each in hours),
            readings=sum(each.readings for each in hours),
            failures=sum(each.failures for each in hours),
        ),
        hours=hours,
        days=days,
        series=((say(request, N_("New")), lambda hour: hour.discovered),),
    )


def listed_figure(request: Request, hours: Sequence[FeedHour], days: int) -> Figure:
    """Articles that a feed listed in a reading, in the mean of an hour."""
    means = [each.usual for each in hours if each.usual is not None]
    return _figure(
        request,
        "chart-listed",
        "lines",
        title=say(request, N_("Articles listed in a reading")),
        words=say(
            request,
            N_("In the mean of an hour: from %(least)s to %(most)s."),
            least=f"{min(means):.0f}" if means else "–",
            most=f"{max(means):.0f}" if means else "–",
        ),
        hours=hours,
        days=days,
        series=((say(request, N_("Listed")), lambda hour: hour.usual),),
    )


def answers_figure(request: Request, hours: Sequence[MirrorHour], days: int) -> Figure:
    """What a mirror answered, an hour."""
    return _figure(
        request,
        "chart-answers",
        "bars",
        title=say(request, N_("Answers, hour by hour")),
        words=say(
            request,
            N_(
                "%(answers)s answers, %(refusals)s refusals, %(troubles)s requests without an answer or with an error."
            ),
            answers=sum(each.answers for each in hours),
            refusals=sum(each.refusals for each in hours),
            troubles=sum(each.troubles for each in hours),
        ),
        hours=hours,
        days=days,
        series=(
            (say(request, N_("Answers")), lambda hour: hour.answers),
            (say(request, N_("Refusals")), lambda hour: hour.refusals),
            (say(request, N_("Troubles")), lambda hour: hour.troubles),
        ),
    )


def latency_figure(request: Request, hours: Sequence[MirrorHour], days: int) -> Figure:
    """How soon a mirror's answers began, in the mean of an hour."""
    answers = sum(each.answers for each in hours)
    return _figure(
        request,
        "chart-latency",
        "lines",
        title=say(request, N_("Until an answer begins")),
        words=say(
            request,
            N_("%(time)s in the mean of all answers."),
            time=lasting(sum(each.seconds for each in hours) / answers if answers else None),
        ),
        hours=hours,
        days=days,
        series=((say(request, N_("Mean")), lambda hour: hour.latency),),
        shown=lasting,
    )


def _figure(
    request: Request,
    name: str,
    kind: Literal["bars", "lines"],
    *,
    title: str,
    words: str,
    hours: Sequence[Hour],
    days: int,
    series: Sequence[tuple[str, Callable[[Hour], float | None]]],
    shown: Callable[[float], str] | None = None,
) -> Figure:
    known = {each.hour.astimezone(UTC): each for each in hours}
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    all_hours = [last - number * _HOUR for number in range(24 * days - 1, -1, -1)]

    def value(hour: datetime, of: Callable[[Hour], float | None]) -> float | None:
        found = of(known[hour]) if hour in known else None
        return 0.0 if found is None and kind == "bars" else found

    return Figure(
        name=name,
        kind=kind,
        title=title,
        words=words,
        axis=say(request, N_("Hour")),
        labels=tuple(_label(each.astimezone(CHINA), days) for each in all_hours),
        rows=tuple(when(each, seconds=False) for each in all_hours),
        series=tuple(
            Series(name=each, values=tuple(value(hour, of) for hour in all_hours)) for each, of in series
        ),
        shown=shown or "{:,.0f}".format,
        whole=shown is None,
    )


def _label(hour: datetime, days: int) -> str:
    """Of a day every hour, of more days each midnight."""
    if days == 1:
        return f"{hour:%H}"
    return f"{hour:%m-%d}" if hour.hour == 0 else ""
