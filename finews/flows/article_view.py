"""One article with all that is known of it, as the console shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from finews.flows.place import place, today
from finews.flows.sanitise import sanitise
from finews.flows.text_diff import Change, changes, readable_text, shortened
from finews.flows.why import Answer, answer
from finews.schema.article_facts import (
    LinkFacts,
    PayloadFacts,
    Revision,
    Sighting,
    link_facts,
    payload_facts,
    payload_of,
    revisions,
    seen_by,
)
from finews.schema.article_list import Brief, briefs
from finews.schema.articles import securities_of
from finews.schema.database import Database
from finews.schema.duplicates import same_text
from finews.schema.errors import UnknownNameError
from finews.schema.ledger import events_of
from finews.schema.post_rows import posts_of
from finews.schema.records import Event, Payload, PostRow, Security
from finews.schema.settings import Settings

_MOST_ALIKE: Final = 50
_MOST_COMPARED: Final = 20
"""Revisions whose differences are shown; of an article that was edited more often, the newest."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What one revision changed of the one before it; `text` is empty where only its markup is another."""

    revision: Revision
    title: Sequence[Change]
    before: Revision
    text: Sequence[Change]


@dataclass(frozen=True, kw_only=True)
class ArticleView:
    """An article that is known: in the frontier, or listed by the source. `row` is None where it is not here.

    `alike` are articles with the same text, itself among them, the first first; empty where it stands alone.
    """

    info_code: str
    answer: Answer
    link: LinkFacts | None
    row: PostRow | None
    post: str | None
    source: str
    securities: Sequence[Security]
    payloads: Sequence[PayloadFacts]
    revisions: Sequence[Revision]
    edits: Sequence[Edit]
    sightings: Sequence[Sighting]
    alike: Sequence[Brief]
    events: Sequence[Event]


def view_article(database: Database, settings: Settings, info_code: str) -> ArticleView:
    """All that is known of an article. Raises UnknownNameError where nothing is."""
    with database.transaction() as connection:
        link = link_facts(connection, info_code)
        sightings = seen_by(connection, info_code)
        if link is None and not sightings:
            raise UnknownNameError(
                f"article {info_code}", advice="See why it is not here, and what would bring it"
            )
        rows = posts_of(connection, [info_code])
        row = rows[0] if rows else None
        texts = revisions(connection, info_code)
        alike = same_text(connection, info_code, _MOST_ALIKE)
        known = briefs(connection, alike) if len(alike) > 1 else {}
        return ArticleView(
            info_code=info_code,
            answer=answer(connection, settings, info_code),
            link=link,
            row=row,
            post=place(row.path, row.moment, settings, today()) if row else None,
            source=row.link if row and row.link else settings.share_link(info_code),
            securities=[
                Security(market=market, code=code, name=name)
                for market, code, name in securities_of(connection, info_code)
            ],
            payloads=payload_facts(connection, info_code),
            revisions=texts,
            edits=[_edit(new, old) for new, old in pairwise(texts[: _MOST_COMPARED + 1])],
            sightings=sightings,
            alike=[known[code] for code in alike if code in known],
            events=events_of(connection, info_code),
        )


def body_of(database: Database, info_code: str, revision: int | None = None) -> tuple[PostRow, str]:
    """An article's row and the body of a revision (None: the one that stands), safe to be shown.

    Raises UnknownNameError where there is no such.
    """
    with database.transaction() as connection:
        rows = posts_of(connection, [info_code])
        texts = revisions(connection, info_code)
    for each in texts:
        if rows and revision in (None, each.revision):
            # It was made safe when it was loaded. A browser is no place to rely on that alone.
            return rows[0], sanitise(each.body)
    wanted = f" (revision {revision})" if revision else ""
    raise UnknownNameError(f"a text of {info_code}{wanted}", advice="Its page says why")


def payload_with_bytes(database: Database, info_code: str, number: int) -> Payload:
    """A payload of an article; raises UnknownNameError where there is none, or its bytes were let go of."""
    with database.transaction() as connection:
        found = payload_of(connection, info_code, number)
    if found is None:
        raise UnknownNameError(
            f"payload {number} of {info_code}", advice="Retention may have let go of its bytes"
        )
    return found


def _edit(new: Revision, old: Revision) -> Edit:
    text = changes(readable_text(old.body), readable_text(new.body))
    changed = any(each.kind != "same" for each in text)
    return Edit(
        revision=new,
        title=changes(old.title, new.title) if old.title != new.title else [],
        before=old,
        text=shortened(text) if changed else [],
    )
