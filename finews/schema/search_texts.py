"""The search index as it is filled: what is queued for it, and the texts that it has.

A queue's line is committed with the article's row, and taken out in the transaction that indexes the row. So what
is not queued is indexed as it is, whoever dies when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from finews.schema.payloads import MOST_BYTES
from finews.schema.records import Record
from finews.schema.staging import stage

_COLUMNS = {
    "info_code": "text",
    "moment": "timestamptz",
    "revision": "int4",
    "facts": "text[]",
    "text": "text",
}


@dataclass(frozen=True, kw_only=True)
class Unindexed(Record):
    """A row of `articles` that the index does not have yet; `securities` are codes and names."""

    info_code: str
    revision: int
    moment: datetime
    media: str
    title: str
    body: str
    securities: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class SearchText(Record):
    """What an article is found by: a folded text, and facts such as `media 证券时报`."""

    info_code: str
    revision: int
    moment: datetime
    text: str
    facts: tuple[str, ...]


def take_queued(connection: Connection[Any], limit: int) -> tuple[int, list[Unindexed]]:
    """Takes up to `limit` lines out of the queue, as many as their bodies fit into memory; those of others are left.

    Returns how many, and the articles that they are of, locked so that they stay until the transaction ends. What
    was deleted meanwhile is not among them.
    """
    lines = connection.execute(
        """
        select q.id, q.info_code, coalesce(octet_length(a.body), 0)
        from search_queue q left join articles a using (info_code)
        order by q.id limit %s for update of q skip locked
        """,
        [limit],
    ).fetchall()
    if not lines:
        return 0, []
    taken: list[tuple[int, str]] = []
    size = 0
    for number, code, octets in lines:
        if taken and size + octets > MOST_BYTES:
            break
        taken.append((number, code))
        size += octets
    connection.execute("delete from search_queue where id = any(%s)", [[number for number, _ in taken]])
    codes = sorted({code for _, code in taken})
    named: dict[str, set[str]] = {}
    rows = connection.execute(
        """
        select info_code, revision, moment, media, title, body from articles
        where info_code = any(%s) order by info_code for key share
        """,
        [codes],
    ).fetchall()
    for code, number, name in connection.execute(
        "select info_code, code, name from securities where info_code = any(%s)", [codes]
    ):
        named.setdefault(code, set()).update({number, name} - {""})
    return len(taken), [
        Unindexed(
            info_code=code,
            revision=revision,
            moment=moment,
            media=media,
            title=title,
            body=body,
            securities=frozenset(named.get(code, ())),
        )
        for code, revision, moment, media, title, body in rows
    ]


def write_search_texts(connection: Connection[Any], texts: Sequence[SearchText]) -> None:
    """Puts texts into the index, in place of what it had of these articles."""
    stage(
        connection,
        "stage_search_texts",
        _COLUMNS,
        ((each.info_code, each.moment, each.revision, list(each.facts), each.text) for each in texts),
    )
    connection.execute(
        """
        insert into search_texts (info_code, moment, revision, facts, text)
        select info_code, moment, revision, array(select hashtext(fact) from unnest(facts) as fact), text
        from stage_search_texts order by info_code
        on conflict (info_code) do update
            set moment = excluded.moment, revision = excluded.revision, facts = excluded.facts, text = excluded.text
        """
    )


def sort_in(connection: Connection[Any]) -> None:
    """Sorts what was written lately into the index, so that no search has to read through it."""
    connection.execute("select gin_clean_pending_list('search_texts_by_keys')")


def count_queued(connection: Connection[Any], most: int = 10_000) -> int:
    """How many lines the queue has; counted no further than `most`."""
    row = connection.execute(
        "select count(*) from (select from search_queue limit %s) as lines", [most]
    ).fetchone()
    assert row is not None
    return int(row[0])


def queue_all(connection: Connection[Any]) -> None:
    """Has every article indexed anew, the newest first."""
    connection.execute(
        "insert into search_queue (info_code) select info_code from articles order by moment desc"
    )
