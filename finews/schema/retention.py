"""What retention takes away: the bytes of old payloads. Rows stay, for revisions, articles and traces name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import Connection

from finews.schema.packing import DROPPED, WITH_DICTIONARY, ZLIB, dictionary_of, pack, unpack
from finews.schema.payloads import StoredPayload, dictionaries_of
from finews.schema.records import Record

ENOUGH: Final = 30
"""Payloads of a kind that a dictionary is made for, and made from: for less it would cost more than it saves."""

SETTLED: LiteralString = """
    k.state = 'done' and k.lease_token is null and k.changed_at < %(before)s
    and not exists (select from quarantine q where q.info_code = k.info_code)"""
"""Of a link `k`: its article was done with before that time, nobody has it in hand, nothing of it is kept back."""

_OLD: LiteralString = f"""
    from payloads p join links k using (info_code) join articles a using (info_code)
    where p.id > %(after)s and p.last_seen_at < %(before)s and p.codec = any(%(codecs)s) and {SETTLED}
      and a.normaliser = %(normaliser)s and a.published_revision = a.revision
      and p.part <> 'post'"""


@dataclass(frozen=True, kw_only=True)
class OldPayloads(Record):
    """Which payloads are old: seen last before `before`, of settled articles that this `normaliser` made.

    A post of an older site is none: nobody can give it again.
    """

    before: datetime
    normaliser: int
    codecs: tuple[str, ...]

    @classmethod
    def to_pack(cls, before: datetime, normaliser: int) -> OldPayloads:
        """Those that are packed as the crawl packed them."""
        return cls(before=before, normaliser=normaliser, codecs=(ZLIB,))

    @classmethod
    def to_drop(cls, before: datetime, normaliser: int) -> OldPayloads:
        """Those that have bytes."""
        return cls(before=before, normaliser=normaliser, codecs=(ZLIB, WITH_DICTIONARY))

    def parameters(self, after: int, **more: Any) -> dict[str, Any]:
        """What the queries of this module are asked with."""
        return {
            "before": self.before,
            "normaliser": self.normaliser,
            "codecs": list(self.codecs),
            "after": after,
            **more,
        }

    def count(self, connection: Connection[Any]) -> tuple[int, int]:
        """How many there are, and the bytes that they take."""
        row = connection.execute(
            f"select count(*), coalesce(sum(octet_length(p.body)), 0) {_OLD}", self.parameters(0)
        ).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    def after(self, connection: Connection[Any], number: int, most: int) -> list[StoredPayload]:
        """The next of them in the order of their numbers; empty at the end."""
        rows = connection.execute(
            f"select p.info_code, p.id, p.size {_OLD} order by p.id limit %(most)s",
            self.parameters(number, most=most),
        )
        return [StoredPayload(info_code=code, id=id_, size=size) for code, id_, size in rows]

    def held(self, connection: Connection[Any], ids: Sequence[int]) -> list[tuple[int, str, bytes]]:
        """(number, part, packed bytes) of those among `ids` that are still old; nobody gets their links meanwhile."""
        return connection.execute(
            f"select p.id, p.part, p.body {_OLD} and p.id = any(%(ids)s) order by p.id for update of k skip locked",
            self.parameters(0, ids=list(ids)),
            binary=True,
        ).fetchall()


@dataclass(frozen=True, kw_only=True)
class Saved(Record):
    """Payloads that take less room now, and how many bytes less."""

    payloads: int = 0
    bytes: int = 0

    def __add__(self, other: Saved) -> Saved:
        return Saved(payloads=self.payloads + other.payloads, bytes=self.bytes + other.bytes)


def drop_payloads(connection: Connection[Any], old: OldPayloads, ids: Sequence[int]) -> Saved:
    """Lets go of the bytes of these payloads, where they are still old."""
    held = old.held(connection, ids)
    connection.execute(
        "update payloads set codec = %s, body = '', dictionary_id = null where id = any(%s)",
        [DROPPED, [number for number, *_ in held]],
    )
    return Saved(payloads=len(held), bytes=sum(len(body) for *_, body in held))


def pack_payloads(connection: Connection[Any], old: OldPayloads, ids: Sequence[int]) -> Saved:
    """Packs these payloads against the dictionary of their part, where they are still old and there is one."""
    newest = _newest_dictionaries(connection)
    dictionaries = dictionaries_of(connection, newest.values())
    packed = []
    saved = 0
    for number, part, body in old.held(connection, ids):
        if part in newest:
            smaller = pack(unpack(body), dictionaries[newest[part]])
            packed.append((number, newest[part], smaller))
            saved += len(body) - len(smaller)
    connection.execute(
        """
        update payloads p set codec = %s, body = s.body, dictionary_id = s.dictionary
        from unnest(%s::int8[], %s::int8[], %s::bytea[]) as s (id, dictionary, body) where p.id = s.id
        """,
        [WITH_DICTIONARY, *([each[place] for each in packed] for place in range(3))],
    )
    return Saved(payloads=len(packed), bytes=saved)


def make_dictionaries(connection: Connection[Any], old: OldPayloads) -> list[str]:
    """Makes a dictionary for each part that has none and enough old payloads; returns those parts."""
    made = []
    for (part,) in connection.execute("select distinct part from payloads order by 1").fetchall():
        if part in _newest_dictionaries(connection):
            continue
        bodies = _samples(connection, old, part)
        if len(bodies) >= ENOUGH:
            connection.execute(
                "insert into payload_dictionaries (part, body) values (%s, %s)", [part, dictionary_of(bodies)]
            )
            made.append(part)
    return made


def would_save(connection: Connection[Any], old: OldPayloads) -> Saved:
    """What packing would save, told from samples of each part; nothing is written."""
    total = Saved()
    newest = _newest_dictionaries(connection)
    kept = dictionaries_of(connection, newest.values())
    for part, number, size in connection.execute(
        f"select p.part, count(*), sum(octet_length(p.body)) {_OLD} group by 1 order by 1",
        old.parameters(0),
    ).fetchall():
        bodies = _samples(connection, old, part)
        if part in newest:
            dictionary = kept[newest[part]]
        elif len(bodies) >= ENOUGH:
            dictionary = dictionary_of(bodies[: ENOUGH // 2])
        else:
            continue
        tried = bodies[ENOUGH // 2 :] or bodies
        left = sum(len(pack(each, dictionary)) for each in tried) / sum(len(pack(each)) for each in tried)
        total += Saved(payloads=number, bytes=round(int(size) * (1 - left)))
    return total


def _newest_dictionaries(connection: Connection[Any]) -> dict[str, int]:
    return dict(connection.execute("select part, max(id) from payload_dictionaries group by 1").fetchall())


def _samples(connection: Connection[Any], old: OldPayloads, part: str) -> list[bytes]:
    rows = connection.execute(
        f"select p.body {_OLD} and p.part = %(part)s order by p.id limit %(most)s",
        old.parameters(0, part=part, most=ENOUGH),
        binary=True,
    )
    return [unpack(body) for (body,) in rows]
