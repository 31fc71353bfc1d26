"""A million articles straight into PostgreSQL, of words of our own, as frequent and as long as real ones.

Two years of them, evenly: a fifth are flashes of a sentence or two, the others have a few hundred characters and now
and then thousands. Words are two or three characters, mostly; few are in every article, most are in hardly any.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, islice
from random import Random
from typing import Any, Final

from psycopg import Connection

from finews.flows.search_text import searched_text
from finews.schema.records import CHINA
from finews.schema.search import EDITED, facts_of_day, media_fact, security_fact
from finews.schema.search_texts import SearchText, write_search_texts
from finews.schema.staging import copy

FIRST: Final = datetime(2024, 1, 1, tzinfo=CHINA)
DAYS: Final = 730
BATCH: Final = 2000
_CHARACTERS: Final = 3500
_WORDS: Final = 40_000
_PAYLOAD: Final = zlib.compress(b'{"id": "NW", "title": "", "text": ""}')
"""No page reads it but that of its article: so it may be small."""
UNSETTLED: Final = {"gone": 0.010, "quarantined": 0.02, "failed": 0.005, "blocked": 0.002, "pending": 0.002}
"""Links without a row, by their state: parts of the number of articles."""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Words, media and securities, the most frequent first, with the sums of their weights."""

    words: list[str]
    sums: list[float]
    media: list[str]
    securities: list[tuple[str, str]]

    @classmethod
    def made(cls) -> Vocabulary:
        """The same on every machine."""
        chance = Random(7)
        characters = chance.sample([chr(0x4E00 + number) for number in range(8000)], _CHARACTERS)
        weights = list(accumulate(1 / (place + 30) for place in range(_CHARACTERS)))
        lengths = (1, 2, 2, 2, 2, 2, 3, 3, 4)
        words = {
            "".join(chance.choices(characters, cum_weights=weights, k=chance.choice(lengths))): None
            for _ in range(_WORDS)
        }
        return cls(
            words=list(words),
            sums=list(accumulate(1 / (place + 10) for place in range(len(words)))),
            media=[f"{word}日报" for word in list(words)[-300:]],
            securities=[
                (f"{600000 + number}", f"{word}股份") for number, word in enumerate(list(words)[-5000:])
            ],
        )


@dataclass(frozen=True, kw_only=True)
class Made:
    """An article as the bench needs it."""

    info_code: str
    moment: datetime
    media: str
    title: str
    paragraphs: tuple[str, ...]
    securities: list[tuple[str, str]]
    revision: int

    @property
    def body(self) -> str:
        """Its HTML."""
        return "".join(f"<p>{each}</p>" for each in self.paragraphs)

    @property
    def searched(self) -> SearchText:
        """What the index holds of it: what `search_text` makes of the row, at a third of its time."""
        facts = {*facts_of_day(self.moment), media_fact(self.media), *([EDITED] if self.revision > 1 else [])}
        return SearchText(
            info_code=self.info_code,
            revision=self.revision,
            moment=self.moment,
            text=f"{self.title}\n{' '.join(self.paragraphs).replace('，', ',')}",
            facts=(*facts, *(security_fact(part) for pair in self.securities for part in pair)),
        )


def articles(number: int, vocabulary: Vocabulary, seed: int = 1) -> Iterator[Made]:
    """So many articles, in the order of their time."""
    chance = Random(seed)
    apart = timedelta(days=DAYS) / number
    media_sums = list(accumulate(1 / (place + 2) for place in range(len(vocabulary.media))))
    named_sums = list(accumulate(1 / (place + 5) for place in range(len(vocabulary.securities))))
    for place in range(number):
        moment = (FIRST + apart * place).replace(microsecond=0)
        flash = chance.random() < 0.22
        size = chance.randint(30, 100) if flash else max(40, int(chance.lognormvariate(5.2, 0.7)))
        drawn = chance.choices(vocabulary.words, cum_weights=vocabulary.sums, k=size + 9)
        named = chance.random() < 0.4
        yield Made(
            info_code=f"NW{moment:%Y%m%d}{place:010d}",
            moment=moment,
            media="" if flash else chance.choices(vocabulary.media, cum_weights=media_sums)[0],
            title="".join(drawn[:9]),
            paragraphs=tuple(_paragraphs(drawn[9:])),
            securities=chance.choices(
                vocabulary.securities, cum_weights=named_sums, k=chance.choice((1, 1, 1, 2, 5))
            )
            if named
            else [],
            revision=2 if chance.random() < 0.02 else 1,
        )


def _paragraphs(words: list[str]) -> Iterator[str]:
    for start in range(0, len(words), 60):
        some = words[start : start + 60]
        yield "，".join("".join(some[at : at + 7]) for at in range(0, len(some), 7)) + "。"


def fill(connection: Connection[Any], number: int, vocabulary: Vocabulary) -> None:
    """Fills an empty, migrated database (in autocommit); the indexes of the text are made at the end."""
    connection.execute("set synchronous_commit = off")
    connection.execute("set maintenance_work_mem = '1GB'")
    connection.execute("alter table articles disable trigger user")
    keys = connection.execute("select pg_get_indexdef('search_texts_by_keys'::regclass)").fetchone()
    connection.execute("drop index search_texts_by_keys")
    _runs(connection, number // BATCH + 1)
    made, first = articles(number, vocabulary), 0
    while batch := list(islice(made, BATCH)):
        with connection.transaction():
            _write(connection, batch, first)
        first += len(batch)
        print(f"\r{first:,} articles", end="", flush=True)
    print()
    _unsettled(connection, number)
    assert keys is not None
    connection.execute(keys[0])
    connection.execute("alter index search_texts_by_keys alter column 1 set statistics 0")
    connection.execute("alter table articles enable trigger user")
    connection.execute("select setval('payloads_id_seq', (select max(id) from payloads))")
    connection.execute("vacuum analyze")


def _runs(connection: Connection[Any], number: int) -> None:
    connection.execute(
        """
        insert into runs (kind, host, pid, started_at, ended_at, state, counts)
        select case when n %% 20 = 0 then 'backfill' else 'poll' end, 'bench', n, at, at + interval '20 s', 'ended',
               '{"new": 2000}'
        from (select n, %s::timestamptz + n * %s::interval as at from generate_series(1, %s) n) as them
        """,
        [FIRST, timedelta(days=DAYS) / number, number],
    )


def _write(connection: Connection[Any], batch: list[Made], first: int) -> None:
    run = first // BATCH + 1
    numbered = list(enumerate(batch, first + 1))
    copy(
        connection,
        "links",
        {"info_code": "text", "state": "text", "discovered_at": "timestamptz", "due_at": "timestamptz"},
        ((a.info_code, "done", a.moment, a.moment) for a in batch),
    )
    with connection.cursor() as cursor:
        with cursor.copy(
            """
            copy payloads (id, info_code, part, url, status, content_type, fetched_at, last_seen_at, run_id, hash,
                           size, codec, body) from stdin
            """
        ) as sink:
            for number, a in numbered:
                sink.write_row(
                    (
                        *(number, a.info_code, "text", "http://127.0.0.1/x", 200, "application/json"),
                        *(a.moment, a.moment, run, number.to_bytes(32, "big"), 2000, "zlib", _PAYLOAD),
                    )
                )
        with cursor.copy(
            """
            copy articles (info_code, rolling, path, category, media, title, moment, body, digest, link, content_hash,
                           normaliser, payload_id, revision, first_run, loaded_at, published_revision,
                           published_hash, text_hash, published_at) from stdin
            """
        ) as sink:
            for number, a in numbered:
                path = f"_posts/{a.moment:%Y-%m-%d}-{a.info_code}.md"
                hash_ = hashlib.blake2b(a.body.encode(), digest_size=32).digest()
                sink.write_row(
                    (
                        *(a.info_code, not a.media, path, "x" if a.media else "emnews", a.media, a.title),
                        *(a.moment, a.body, "", "http://127.0.0.1/x", hash_, 1, number, a.revision, run),
                        *(a.moment, a.revision, hash_, hash_[:16], a.moment),
                    )
                )
    copy(
        connection,
        "securities",
        {"info_code": "text", "market": "text", "code": "text", "name": "text"},
        ((a.info_code, "1", code, name) for a in batch for code, name in dict(a.securities).items()),
    )
    copy(
        connection,
        "sightings",
        {
            "info_code": "text",
            "feed": "text",
            "seen_at": "timestamptz",
            "run_id": "int8",
            "title": "text",
            "moment": "timestamptz",
            "media": "text",
            "digest": "text",
            "url": "text",
        },
        (
            (
                a.info_code,
                "rolling" if not a.media else "37",
                a.moment,
                run,
                a.title,
                a.moment,
                a.media,
                "",
                "",
            )
            for a in batch
        ),
    )
    columns = {"at": "timestamptz", "info_code": "text", "run_id": "int8", "stage": "text", "outcome": "text"}
    stages = (("fetch", None), ("load", "new"))
    copy(
        connection,
        "events",
        columns,
        ((a.moment, a.info_code, run, *stage) for a in batch for stage in stages),
    )
    edited = [(number, a) for number, a in numbered if a.revision > 1]
    copy(
        connection,
        "revisions",
        {
            "info_code": "text",
            "revision": "int4",
            "title": "text",
            "moment": "timestamptz",
            "body": "text",
            "content_hash": "bytea",
            "payload_id": "int8",
            "loaded_at": "timestamptz",
        },
        ((a.info_code, 1, a.title, a.moment, a.body[:-5], b"x" * 32, n, a.moment) for n, a in edited),
    )
    texts = [a.searched for a in batch]
    assert texts[0].text == searched_text(batch[0].title, batch[0].body)
    write_search_texts(connection, texts)


def _unsettled(connection: Connection[Any], number: int) -> None:
    """Links that have no row: gone, in quarantine, tried in vain."""
    chance, place = Random(3), number
    for state, part in UNSETTLED.items():
        some = max(1, int(number * part))
        days = [FIRST + timedelta(days=chance.randrange(DAYS)) for _ in range(some)]
        codes = [f"NW{day:%Y%m%d}{at:010d}" for at, day in enumerate(days, place)]
        place += some
        copy(
            connection,
            "links",
            {"info_code": "text", "state": "text", "reason": "text", "discovered_at": "timestamptz"},
            ((code, state, "timeout", day) for code, day in zip(codes, days, strict=True)),
        )
        if state == "quarantined":
            connection.execute(
                """
                with kept as (
                    insert into payloads (id, info_code, part, url, status, content_type, fetched_at, last_seen_at,
                                          run_id, hash, size, codec, body)
                    overriding system value
                    select %s + n, code, 'text', 'http://127.0.0.1/x', 200, 'application/json', now(), now(), 1,
                           sha256(code::bytea), 2000, 'zlib', %s
                    from unnest(%s::text[]) with ordinality as c (code, n) returning id, info_code)
                insert into quarantine (info_code, stage, reason, at, payload_id, normaliser, day)
                select info_code, 'normalise', case when id %% 3 = 0 then 'title_missing' else 'body_empty' end,
                       substr(info_code, 3, 8)::date, id, 1, substr(info_code, 3, 8)::date from kept
                """,
                [number + 1, _PAYLOAD, codes],
            )
