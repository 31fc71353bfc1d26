"""Why is it not here? The answer about one article: in sentences, with what would help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from finews.flows.place import place, today
from finews.schema.article_facts import LinkFacts, feeds_watched, link_facts, seen_by
from finews.schema.coverage import DayCoverage, coverage
from finews.schema.database import Database
from finews.schema.infocode import day_of
from finews.schema.ledger import events_of
from finews.schema.post_rows import posts_of
from finews.schema.quarantine import quarantined
from finews.schema.records import CHINA, LinkState, PostRow, QuarantineItem
from finews.schema.settings import Settings

SENTENCES: Final[Mapping[str, str]] = {
    "here": "It is here: published as %(post)s.",
    "unwritten": "It is in the database, and its post waits to be written; the next run does it.",
    "earlier": "An earlier text is published as %(post)s.",
    "pending": "It is known since %(found)s and waits to be fetched; the next poll takes it.",
    "of_backfill": "It is known since %(found)s and waits for backfill %(backfill)s, which found it.",
    "being_fetched": "Run %(run)s is fetching it just now.",
    "fetched": "Its payload is stored since %(changed)s and waits to be read; the next run does it.",
    "quarantined": "It was fetched, but no post could be made of it (%(reason)s). It is in quarantine since %(at)s: "
    "replay reads it again once the reason is mended, and asking the source again may bring a better answer.",
    "discarded": "It was fetched, but no post could be made of it (%(reason)s). "
    "%(who)s discarded it at %(at)s: %(why)s.",
    "gone": "Every mirror says that it is not there (last at %(changed)s). They are asked again after %(due)s.",
    "blocked": "The mirrors refused it (%(reason)s, last at %(changed)s; tried %(attempts)s times in a row). "
    "It will be asked for again after %(due)s.",
    "failed": "Fetching it failed (%(reason)s, last at %(changed)s; tried %(attempts)s times in a row). "
    "It will be asked for again after %(due)s.",
    "forgotten": "It is forgotten: %(who)s had it removed at %(at)s (%(why)s). It does not come back by itself.",
    "listed": "It was never seen by a poll, and nobody asked for it: but the source listed it on %(day)s, as a "
    "backfill found out at %(at)s. Fetching it brings it.",
    "never": "It was never seen: no feed listed it and nobody asked for it.",
    "to_come": "Its day, %(day)s, has not begun.",
    "watched": "Its day is %(day)s; feeds that were read then and listed something new: %(feeds)s.",
    "not_watched": "Its day is %(day)s, and no feed listed anything new then: perhaps nobody read them.",
    "surveyed": "The whole list of that day was read at %(at)s (%(listed)s articles), and it was not among them.",
    "partly_surveyed": "The list of that day was read at %(at)s, but not all of it (%(unread)s).",
    "surveyed_early": "The list of that day was read at %(at)s, before the day was over: it may have come later.",
    "not_surveyed": "The list of that day was never read: a backfill of the day finds what is missing.",
}
"""Kind → English, with places for values; translations are kept with those of the console."""


class Help(StrEnum):
    """What would help."""

    FETCH = "fetch"
    REPLAY = "replay"
    REMEMBER = "remember"
    BACKFILL = "backfill"


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence of the answer: its kind, and the values for its places, ready to be shown."""

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """In English."""
        return SENTENCES[self.kind] % self.values

    def said(self, translated: Callable[[str], str]) -> str:
        """In the language into which `translated` brings English."""
        return translated(SENTENCES[self.kind]) % self.values


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Why an article is not here, or where it is."""

    info_code: str
    day: date
    sentences: Sequence[Sentence]
    helps: Sequence[Help]

    @property
    def kind(self) -> str:
        """The kind of the first sentence, a word."""
        return self.sentences[0].kind

    @property
    def text(self) -> str:
        """The whole answer in English."""
        return " ".join(each.text for each in self.sentences)


def why(database: Database, settings: Settings, info_code: str) -> Answer:
    """The answer about an article, whether it was ever heard of or not."""
    with database.transaction() as connection:
        return answer(connection, settings, info_code)


def answer(connection: Any, settings: Settings, info_code: str) -> Answer:
    """The same within a transaction."""
    link = link_facts(connection, info_code)
    rows = posts_of(connection, [info_code])
    row = rows[0] if rows else None
    sentences, helps = _of_link(connection, link, row) if link else _of_the_unknown(connection, info_code)
    if row and row.published_revision:
        kind = "here" if link and link.state is LinkState.DONE else "earlier"
        said = Sentence(kind=kind, values={"post": place(row.path, row.moment, settings, today())})
        sentences = [said, *sentences] if kind == "here" else [*sentences, said]
    return Answer(info_code=info_code, day=day_of(info_code), sentences=sentences, helps=helps)


Said = tuple[list[Sentence], list[Help]]


def _of_link(connection: Any, link: LinkFacts, row: PostRow | None) -> Said:
    values = {
        "found": _shown(link.discovered_at),
        "changed": _shown(link.changed_at),
        "due": _shown(link.due_at),
        "reason": link.reason or "?",
        "attempts": str(link.attempts),
        "run": str(link.run),
        "backfill": str(link.backfill),
    }
    said: list[Sentence] = []
    if link.run:
        said.append(Sentence(kind="being_fetched", values=values))
    match link.state:
        case LinkState.DONE:
            if row is None or row.published_revision != row.revision:
                said.append(Sentence(kind="unwritten"))
            return said, [Help.FETCH]
        case LinkState.PENDING if link.backfill:
            return [*said, Sentence(kind="of_backfill", values=values)], [Help.FETCH]
        case LinkState.QUARANTINED:
            items = quarantined(connection, codes=[link.info_code], discarded=True)
            return [*said, _of_item(items[0] if items else None, values)], [Help.REPLAY, Help.FETCH]
        case LinkState.FORGOTTEN:
            return [*said, _of_tombstone(connection, link)], [Help.REMEMBER]
        case LinkState.FETCHED:
            return [*said, Sentence(kind="fetched", values=values)], [Help.REPLAY, Help.FETCH]
        case _:
            return [*said, Sentence(kind=link.state.value, values=values)], [Help.FETCH]


def _of_item(item: QuarantineItem | None, values: Mapping[str, str]) -> Sentence:
    if item is None:
        return Sentence(kind="quarantined", values={**values, "at": values["changed"]})
    if item.discarded_at is None:
        return Sentence(kind="quarantined", values={"reason": item.reason, "at": _shown(item.at)})
    return Sentence(
        kind="discarded",
        values={
            "reason": item.reason,
            "at": _shown(item.discarded_at),
            "who": item.discarded_by or "?",
            "why": item.discarded_why or "?",
        },
    )


def _of_tombstone(connection: Any, link: LinkFacts) -> Sentence:
    told = [each for each in events_of(connection, link.info_code) if each.stage == "forgotten"]
    detail = told[-1].detail if told else {}
    return Sentence(
        kind="forgotten",
        values={
            "at": _shown(link.changed_at),
            "who": str(detail.get("who", "?")),
            "why": str(detail.get("why", "?")),
        },
    )


def _of_the_unknown(connection: Any, info_code: str) -> Said:
    listed = seen_by(connection, info_code)
    if listed:
        day = listed[0].moment.astimezone(CHINA).date() if listed[0].moment else day_of(info_code)
        values = {"day": str(day), "at": _shown(listed[0].seen_at)}
        return [Sentence(kind="listed", values=values)], [Help.FETCH, Help.BACKFILL]
    day = day_of(info_code)
    never = Sentence(kind="never")
    if day > today():
        return [never, Sentence(kind="to_come", values={"day": str(day)})], [Help.FETCH]
    feeds = feeds_watched(connection, day)
    watched = Sentence(
        kind="watched" if feeds else "not_watched", values={"day": str(day), "feeds": ", ".join(feeds)}
    )
    known = coverage(connection, day, day)
    surveyed = _of_survey(known[0] if known else DayCoverage(day=day))
    helps = [Help.FETCH] if surveyed.kind == "surveyed" else [Help.FETCH, Help.BACKFILL]
    return [never, watched, surveyed], helps


def _of_survey(day: DayCoverage) -> Sentence:
    if day.surveyed_at is None:
        return Sentence(kind="not_surveyed")
    values = {"at": _shown(day.surveyed_at), "listed": str(day.listed), "unread": day.unread}
    if day.unread:
        return Sentence(kind="partly_surveyed", values=values)
    early = day.surveyed_at.astimezone(CHINA).date() <= day.day
    return Sentence(kind="surveyed_early" if early else "surveyed", values=values)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"
