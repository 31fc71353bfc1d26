"""What a replay reads in one query is what table after table says."""

from __future__ import annotations

import psycopg

from finews.schema.articles import identities
from finews.schema.beside import payloads_beside_rows
from finews.schema.payloads import read_payloads
from tests.pipeline.desk import Desk
from tests.pipeline.stock import stock


def test_one_query_says_what_each_table_does(desk: Desk) -> None:
    stock(desk, 400)
    codes = [code for (code,) in desk.rows("select info_code from articles order by info_code")]
    # One without securities, row or bytes each, and two that wait: what cannot be read of them is not told.
    desk.execute("delete from securities where info_code = %s", [codes[0]])
    desk.execute("delete from securities where info_code = %s", [codes[1]])
    desk.execute("delete from rechecks where info_code = %s", [codes[1]])
    desk.execute("delete from articles where info_code = %s", [codes[1]])
    desk.execute("update payloads set codec = 'dropped', body = '' where info_code = %s", [codes[2]])
    desk.execute(
        "insert into securities select %s, m, '600160', '巨化 股份' from unnest(array['0', '1']) m",
        [codes[3]],
    )
    for code, reason in ((codes[4], "date_missing"), (codes[5], "too_large")):
        desk.execute(
            """
            insert into quarantine (info_code, stage, reason, payload_id, normaliser, day)
            select info_code, 'normalise', %s, id, 1, '2026-03-09' from payloads where info_code = %s
            """,
            [reason, code],
        )
    with psycopg.connect(desk.address) as connection:
        numbers = [number for (number,) in connection.execute("select id from payloads").fetchall()]
        found = payloads_beside_rows(connection, numbers)
        assert sorted((each for each, _ in found), key=lambda each: each.id or 0) == list(
            read_payloads(connection, numbers)
        )
        standings = {payload.info_code: standing for payload, standing in found}
        rows = {code: each.row for code, each in standings.items() if each.row}
        assert standings.keys() == set(codes) - {codes[2]}
        assert rows.keys() == standings.keys() - {codes[1]}
        assert {code: each.identity for code, each in rows.items()} == identities(connection, list(rows))
        named: dict[str, set[tuple[str, ...]]] = {code: set() for code in rows}
        for code, *security in connection.execute("select info_code, market, code, name from securities"):
            if code in named:
                named[code].add(tuple(security))
        assert {code: each.securities for code, each in rows.items()} == named
        assert sum(map(len, named.values())) > 100
        told = connection.execute(
            """
            select info_code, payload_id, content_hash, normaliser, text_hash is not null, revision,
                   published_revision, published_hash, imported_post from articles
            """
        ).fetchall()
        assert {code: tuple(each[1:-1]) for code, each in rows.items()} == {
            code: tuple(each) for code, *each in told if code in rows
        }
    waiting = {code: each.item for code, each in standings.items() if each.item}
    assert {code: each.reason for code, each in waiting.items()} == {codes[4]: "date_missing"}
