"""What an operator has chosen of quarantine, as they saw it, and what is done to it: replay and discard.

Between the look and the deed things go on: what was let out, discarded or changed since is left alone, and told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from finews.flows.operator import operator
from finews.flows.pipeline import Pipeline
from finews.flows.replay import replay
from finews.flows.replay_preview import Preview, preview, settings_beside
from finews.flows.report import Report
from finews.flows.sieve_options import options_of
from finews.schema.database import Database
from finews.schema.errors import ChangedMeanwhileError, RequestError
from finews.schema.quarantine import Seen, count_sieved, discard_seen, discard_sieved, quarantined
from finews.schema.quarantine_view import along_indexes
from finews.schema.records import QuarantineItem, Record
from finews.schema.replayable import Selection
from finews.schema.settings import Settings
from finews.schema.sieve import Sieve

FEW: Final = 20
"""So many are replayed at once, while somebody waits; more in a process of their own."""
_LONGEST_NOTE: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Choice(Record):
    """Articles that were ticked one by one, each as it was seen, or all that a sieve leaves.

    With a sieve `shown` is how many it left when it was looked at; its `until` is when that was.
    """

    seen: tuple[Seen, ...] = ()
    sieve: Sieve | None = None
    shown: int = 0

    @property
    def number(self) -> int:
        """How many were chosen."""
        return self.shown if self.sieve else len(self.seen)

    @property
    def subject(self) -> str:
        """What it is of, in a few words: an infoCode, `7 articles`, `412 of body_empty`."""
        if self.sieve:
            return f"{self.shown} of {self.sieve.reason or 'all reasons'}"
        return self.seen[0].info_code if len(self.seen) == 1 else f"{len(self.seen)} articles"


class Since(StrEnum):
    """What became of an article since it was seen."""

    OUT = "out"
    DISCARDED = "discarded"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class Changed(Record):
    """An article that is not as it was seen; `item` is what is in quarantine of it now."""

    info_code: str
    since: Since
    item: QuarantineItem | None = None


@dataclass(frozen=True, kw_only=True)
class Look(Record):
    """A choice as it stands now: the items that are as they were seen, how many that are, and what changed.

    Of a sieve the items are not named; `number` counts them.
    """

    number: int
    items: Sequence[QuarantineItem] = ()
    changed: Sequence[Changed] = ()


@dataclass(frozen=True, kw_only=True)
class Discarded(Record):
    """How many were discarded, and what was left alone since it had changed."""

    number: int
    changed: Sequence[Changed] = field(default_factory=tuple)


def look_again(database: Database, choice: Choice) -> Look:
    """How a choice stands now."""
    if choice.sieve:
        with database.transaction() as connection:
            along_indexes(connection)
            return Look(number=count_sieved(connection, choice.sieve))
    with database.transaction() as connection:
        items = quarantined(connection, codes=[each.info_code for each in choice.seen], discarded=True)
    now = {each.info_code: each for each in items}
    same = [now[each.info_code] for each in choice.seen if _same(each, now.get(each.info_code))]
    changed = [
        _changed(each.info_code, now.get(each.info_code))
        for each in choice.seen
        if not _same(each, now.get(each.info_code))
    ]
    return Look(number=len(same), items=same, changed=changed)


def foresee(database: Database, settings: Settings, choice: Choice, look: Look) -> Preview:
    """What a replay of what is still as it was seen would come to."""
    return preview(database, settings, _selection(choice, look))


def replay_choice(database: Database, settings: Settings, choice: Choice) -> tuple[Report, Look]:
    """Replays what is still as it was seen, and what was found when that was looked at.

    Raises ChangedMeanwhileError where nothing of it is.
    """
    look = look_again(database, choice)
    _refuse_nothing(look)
    with Pipeline(settings_beside(database, settings)) as pipeline:
        return replay(pipeline, _selection(choice, look), why=f"asked for by {operator()}"), look


def replay_words(choice: Choice, look: Look) -> list[str]:
    """The words of the command that replays what is still as it was seen; raises ChangedMeanwhileError."""
    _refuse_nothing(look)
    words = ["quarantine", "replay"]
    sieve = choice.sieve
    if sieve is None:
        return [*words, *(each.info_code for each in look.items)]
    return [*words, *(options_of(sieve) or ["--all"])]


def discard_choice(database: Database, choice: Choice, why: str) -> Discarded:
    """Discards what is still as it was seen, in the operator's name.

    Raises RequestError without a note, and ChangedMeanwhileError where nothing is as it was, or a sieve leaves more
    than was shown: then nothing was done.
    """
    why = why.strip()
    if not why:
        raise RequestError("a note is needed", advice="Say why: it is kept with what is discarded")
    if len(why) > _LONGEST_NOTE:
        raise RequestError(f"a note has {_LONGEST_NOTE} characters at most")
    if choice.sieve is None:
        return _discard_seen(database, choice, why)
    with database.transaction() as connection:
        number = discard_sieved(connection, choice.sieve, who=operator(), why=why)
        if number > choice.shown:
            raise ChangedMeanwhileError(
                f"{choice.shown} were shown, there are {number} now", advice="Look at them again"
            )
    if not number:
        raise ChangedMeanwhileError("none of them waits in quarantine any more")
    return Discarded(number=number)


def _discard_seen(database: Database, choice: Choice, why: str) -> Discarded:
    with database.transaction() as connection:
        done = discard_seen(connection, choice.seen, who=operator(), why=why)
        others = [each.info_code for each in choice.seen if each.info_code not in done]
        items = {
            each.info_code: each
            for each in (quarantined(connection, codes=others, discarded=True) if others else [])
        }
    changed = [_changed(code, items.get(code)) for code in others]
    if not done:
        raise ChangedMeanwhileError(told(changed))
    return Discarded(number=len(done), changed=changed)


def told(changed: Sequence[Changed]) -> str:
    """What changed, in a sentence an article: at most five of them."""
    words = [_told(each) for each in changed[:5]]
    return "; ".join([*words, f"and {len(changed) - 5} more"] if len(changed) > 5 else words)


def _told(changed: Changed) -> str:
    item = changed.item
    if item is None:
        return f"{changed.info_code} is out of quarantine"
    if changed.since is Since.DISCARDED:
        return f"{changed.info_code} was discarded by {item.discarded_by}"
    return f"{changed.info_code} was read again and has {item.reason} now"


def seen_in(item: QuarantineItem) -> Seen:
    """An item as it is seen now."""
    return Seen(
        info_code=item.info_code, payload_id=item.payload_id, at=item.at, discarded=bool(item.discarded_at)
    )


def _same(seen: Seen, item: QuarantineItem | None) -> bool:
    return item is not None and seen_in(item) == seen


def _changed(code: str, item: QuarantineItem | None) -> Changed:
    if item is None:
        return Changed(info_code=code, since=Since.OUT)
    return Changed(info_code=code, since=Since.DISCARDED if item.discarded_at else Since.CHANGED, item=item)


def _selection(choice: Choice, look: Look) -> Selection:
    if choice.sieve:
        return Selection.of(choice.sieve)
    # What was discarded is chosen by its name: being read again undoes that.
    return Selection(codes=tuple(each.info_code for each in look.items), quarantined=True, discarded=True)


def _refuse_nothing(look: Look) -> None:
    if not look.number:
        raise ChangedMeanwhileError(told(look.changed) or "none of them is in quarantine any more")
