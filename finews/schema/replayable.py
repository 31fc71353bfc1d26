"""What can be replayed: which articles, and from which payload each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection

from finews.schema.payloads import READABLE, StoredPayload
from finews.schema.records import Record
from finews.schema.sieve import Sieve

_NAMED_AT_A_TIME = 1000
_KEPT: LiteralString = "not exists (select from payloads d where d.id = a.payload_id and d.codec = 'dropped')"
"""Of a row `a` of `articles`: retention has not let go of what it was made from. Of what waits it never does."""
_PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Selection(Record):
    """Which articles a replay is of: all that have a row or wait in quarantine, and for which all that is set holds.

    `reason` and `quarantined` leave only what waits in quarantine; `since` is when the payload was fetched;
    `behind` leaves what another normaliser than this one made. What was discarded counts where `discarded` is
    set, as it is for articles that an operator names. `sieve` leaves only what it leaves of what is in quarantine.
    """

    codes: tuple[str, ...] | None = None
    reason: str | None = None
    since: datetime | None = None
    media: str | None = None
    quarantined: bool = False
    behind: int | None = None
    discarded: bool = False
    sieve: Sieve | None = None

    @classmethod
    def of(cls, sieve: Sieve) -> Selection:
        """All that a sieve leaves; what was discarded is undone by being read again."""
        return cls(sieve=sieve, quarantined=True, discarded=sieve.discarded is not False)

    @property
    def restricted(self) -> bool:
        """Whether more is asked of an article than its name."""
        return self.quarantined or any(
            each is not None for each in (self.reason, self.since, self.media, self.behind, self.sieve)
        )

    def parts(self) -> Iterator[Selection]:
        """The same selection in pieces that name a thousand articles at most, in the order of their codes."""
        if self.codes is None:
            yield self
            return
        codes = sorted(set(self.codes))
        for start in range(0, len(codes), _NAMED_AT_A_TIME):
            yield replace(self, codes=tuple(codes[start : start + _NAMED_AT_A_TIME]))


def count_replayable(connection: Connection[Any], selection: Selection) -> int:
    """How many articles a selection is of."""
    query, parameters = _branches(selection, after="", most=None)
    row = connection.execute(f"select count(*) from ({query}) as chosen", parameters).fetchone()
    assert row is not None
    return int(row[0])


def next_replayable(
    connection: Connection[Any], selection: Selection, after: str, most: int = _PAGE
) -> list[StoredPayload]:
    """The next articles of a selection in the order of their codes, each with the one payload it is read from.

    What waits in quarantine wins over what the row was made from. Empty at the end.
    """
    query, parameters = _branches(selection, after=after, most=most)
    rows = connection.execute(
        f"""
        select chosen.info_code, p.id, p.size from ({query}) as chosen join payloads p on p.id = chosen.payload_id
        order by 1 limit %(most)s
        """,
        {**parameters, "most": most},
    )
    return [StoredPayload(info_code=code, id=number, size=size) for code, number, size in rows]


def _branches(
    selection: Selection, *, after: str, most: int | None
) -> tuple[LiteralString, Mapping[str, Any]]:
    """A query for (info_code, payload_id): rows for which nothing waits in quarantine, and what waits there.

    Each branch is read along its own key, so that a page costs a page, whatever the number of articles.
    """
    waiting: LiteralString = f"{READABLE} and (q.discarded_at is null or %(discarded)s)"
    common: LiteralString = ""
    if selection.codes is not None:
        common += " and {0}.info_code = any(%(codes)s)"
    if selection.since is not None:
        common += (
            " and exists (select from payloads p where p.id = {0}.payload_id and p.fetched_at >= %(since)s)"
        )
    rows: LiteralString = common.replace("{0}", "a")
    items: LiteralString = common.replace("{0}", "q")
    if selection.reason is not None:
        items += " and q.reason = %(reason)s"
    if selection.media is not None:
        rows += " and a.media = %(media)s"
        items += " and q.media = %(media)s"
    if selection.behind is not None:
        rows += " and (a.normaliser < %(behind)s or a.normaliser > %(behind)s)"
        # What was kept back when it was fetched has not met a normaliser.
        items += " and q.normaliser <> %(behind)s and q.stage <> 'fetch'"
    if selection.sieve is not None:
        items += f" and {selection.sieve.conditions}"
    bound: LiteralString = "order by 1 limit %(most)s" if most is not None else ""
    query: LiteralString = f"""
        (select q.info_code, q.payload_id from quarantine q
         where q.info_code > %(after)s and {waiting} {items} {bound})"""
    if selection.reason is None and selection.sieve is None and not selection.quarantined:
        query += f"""
        union all
        (select a.info_code, a.payload_id from articles a
         where a.info_code > %(after)s and {_KEPT} {rows}
           and not exists (select from quarantine q where q.info_code = a.info_code and {waiting}) {bound})"""
    return query, {
        "after": after,
        "most": most,
        "discarded": selection.discarded,
        "codes": None if selection.codes is None else list(selection.codes),
        "since": selection.since,
        "reason": selection.reason,
        "media": selection.media,
        "behind": selection.behind,
        **(selection.sieve.parameters if selection.sieve else {}),
    }


def count_behind(connection: Connection[Any], normaliser: int) -> int:
    """Rows that another normaliser made, but those whose newer answer waits in quarantine or whose payload is gone."""
    row = connection.execute(
        f"""
        select count(*) from articles a where (a.normaliser < %(it)s or a.normaliser > %(it)s) and {_KEPT}
          and not exists (select from quarantine q where q.info_code = a.info_code and {READABLE}
                            and q.discarded_at is null)
        """,
        {"it": normaliser},
    ).fetchone()
    assert row is not None
    return int(row[0])
