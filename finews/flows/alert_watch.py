"""From conditions to messages: what fires, what clears, and when a message is worth sending. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from finews.flows.alert_message import Page, all_clear, no_page, trouble
from finews.schema.alert_records import Alert, Condition, Episode, Message, Watch
from finews.schema.records import Record
from finews.schema.settings import Settings

_MOST_DOUBLINGS = 4


@dataclass(frozen=True, kw_only=True)
class Patience(Record):
    """A condition fires when it held for `hold`, and clears when it was well for `well`.

    After the first message of an episode what else fires is held back for `pause`, and after any other for
    `remind`, when all that still fires is told again.
    """

    hold: timedelta
    well: timedelta
    pause: timedelta
    remind: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Patience:
        """What the operator has set."""
        return cls(
            hold=timedelta(minutes=settings.alerts_hold),
            well=timedelta(minutes=settings.alerts_well),
            pause=timedelta(minutes=settings.alerts_pause),
            remind=timedelta(hours=settings.alerts_remind),
        )


def checked(
    watch: Watch,
    conditions: Iterable[Condition],
    *,
    now: datetime,
    patience: Patience,
    heard: bool = True,
    page: Page = no_page,
) -> tuple[Watch, Message | None]:
    """The watch after one check, and the one message that it is worth, if any.

    An episode is all trouble between two all-clears. Where nobody hears (`heard` is false) nothing is taken to be
    told: what fires is told as soon as somebody does. `page` gives the console's addresses.
    """
    was_firing = any(each.firing for each in watch.alerts)
    alerts = _moved_on(watch, conditions, now, patience)
    episode = watch.episode
    if any(each.firing for each in alerts):
        if not was_firing and not episode.messages:
            episode = _begun(episode, now, patience)
        if not heard or not _worth_telling(alerts, episode, now, patience):
            return Watch(alerts=alerts, episode=episode), None
        message = trouble(alerts, now=now, first=not episode.messages, page=page)
        told = tuple(replace(each, told=True) if each.fired_at else each for each in alerts)
        episode = replace(episode, messages=episode.messages + 1, told_at=now)
        return Watch(alerts=told, episode=episode), message
    if not _is_over(alerts):
        return Watch(alerts=alerts, episode=episode), None
    over = Watch(
        alerts=tuple(each for each in alerts if not each.fired_at),
        episode=Episode(relapses=episode.relapses, cleared_at=now if alerts else episode.cleared_at),
    )
    return over, all_clear(alerts, now=now) if heard and episode.messages else None


def _moved_on(
    watch: Watch, conditions: Iterable[Condition], now: datetime, patience: Patience
) -> tuple[Alert, ...]:
    """Every alert as it is after this check; those that held for too short a time to matter are dropped."""
    before = {(each.kind, each.subject): each for each in watch.alerts}
    # Trouble that comes back again and again is not over at its first pause.
    well = patience.well * 2 ** min(watch.episode.relapses, _MOST_DOUBLINGS)
    found = []
    for condition in conditions:
        known = before.pop((condition.kind, condition.subject), None)
        found.append(_holding(known, condition, now, patience.hold))
    found += [quiet for each in before.values() if (quiet := _quiet(each, now, well))]
    return tuple(sorted(found, key=lambda each: (each.kind, each.subject)))


def _holding(known: Alert | None, condition: Condition, now: datetime, hold: timedelta) -> Alert:
    alert = known or Alert(kind=condition.kind, subject=condition.subject, what=condition.what)
    if alert.firing:
        return replace(alert, what=condition.what, well_at=None)
    held_at = alert.held_at or now
    fires = now - held_at >= hold
    return replace(
        alert,
        what=condition.what,
        # What is known to have begun then began then, also where it is seen to move later.
        since=condition.since,
        held_at=held_at,
        well_at=None,
        fired_at=now if fires else alert.fired_at,
        cleared_at=None if fires else alert.cleared_at,
        told=alert.told and not fires,
    )


def _quiet(alert: Alert, now: datetime, well: timedelta) -> Alert | None:
    if not alert.firing:
        # One that cleared is kept for the all-clear.
        return replace(alert, held_at=None) if alert.fired_at else None
    well_at = alert.well_at or now
    if now - well_at >= well:
        return replace(alert, held_at=None, well_at=None, cleared_at=well_at)
    return replace(alert, well_at=well_at)


def _begun(episode: Episode, now: datetime, patience: Patience) -> Episode:
    back = episode.cleared_at is not None and now - episode.cleared_at < patience.remind
    return replace(episode, relapses=episode.relapses + 1 if back else 0, cleared_at=None)


def _worth_telling(alerts: Sequence[Alert], episode: Episode, now: datetime, patience: Patience) -> bool:
    if episode.told_at is None:
        return True
    waited = now - episode.told_at
    news = any(each.firing and not each.told for each in alerts)
    return waited >= patience.remind or (news and episode.messages == 1 and waited >= patience.pause)


def _is_over(alerts: Sequence[Alert]) -> bool:
    """Whether all is well: nothing fires, and nothing is about to."""
    return not any(each.held_at for each in alerts)
