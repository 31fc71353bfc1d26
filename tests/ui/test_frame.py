"""What all pages share: languages, errors in words, times with a zone, places in lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from finews.schema.backfills import BackfillState
from finews.schema.errors import RequestError
from finews.schema.records import LinkState, Outcome
from finews.ui.cursor import cursor, place
from finews.ui.language import preferred, words_in
from finews.ui.moments import amount, lasting, when
from tests.pipeline.desk import Desk

UI = Path(__file__).resolve().parents[2] / "finews" / "ui"


def messages() -> Iterator[tuple[str, str]]:
    """(where, English) of every text of the console."""
    kinds = [("**.html", "jinja2"), ("**.py", "python")]
    options = {"**.html": {"trimmed": "true", "silent": "false"}}
    for name, line, message, *_ in extract_from_dir(
        UI, kinds, options, keywords={"_": None, "N_": None, "say": (2,), "gettext": None, "ngettext": (1, 2)}
    ):
        yield f"{name}:{line}", message if isinstance(message, str) else message[0]


def test_every_text_is_translated() -> None:
    chinese = words_in("zh")
    terms = [("a term", each.value) for kind in (Outcome, LinkState, BackfillState) for each in kind]
    found = [*messages(), *terms]
    assert len(found) > 40
    assert not [f"{where}: {text}" for where, text in found if text not in chinese]


def test_no_text_is_translated_in_two_ways() -> None:
    found: dict[str, set[str]] = {}
    for path in sorted((UI / "locale" / "zh").glob("*.po")):
        with path.open("rb") as file:
            for each in read_po(file, locale="zh"):
                found.setdefault(str(each.id), set()).add(str(each.string))
    assert {text: ways for text, ways in found.items() if len(ways) > 1} == {}


def test_a_page_in_the_language_of_the_browser(client: httpx.Client) -> None:
    assert '<html lang="en">' in client.get("/").text
    assert 'lang="zh-CN"' in client.get("/", headers={"Accept-Language": "zh-HK,zh;q=0.9,en;q=0.8"}).text
    there = client.get("/language/zh", params={"to": "/?x=1"})
    assert (there.url.path, there.url.query, "概览" in there.text) == ("/", b"x=1", True)
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "/\r\nx"):
        answer = client.get("/language/en", params={"to": elsewhere}, follow_redirects=False)
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de,zh;q=0.5", "zh"),
        ("en-US,zh;q=0.9", "en"),
        ("zh;q=0", "en"),
        ("x;q=y,;", "en"),
        ("zh-TW", "zh"),
    ],
)
def test_what_a_browser_prefers(header: str, language: str) -> None:
    assert preferred(header) == language


def test_errors_are_told_in_words(client: httpx.Client) -> None:
    lost = client.get("/no/such/page")
    assert (lost.status_code, "There is no such page" in lost.text) == (404, True)
    answer = client.get("/api/no/such/page")
    assert (answer.status_code, answer.json()["error"]) == (404, "UnknownName")


def test_a_restart_of_the_database_is_no_page_of_its_own(desk: Desk, client: httpx.Client) -> None:
    assert client.get("/runs").status_code == 200
    ended = desk.rows(
        """
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
        """
    )
    assert ended
    assert [client.get("/runs").status_code for _ in range(4)] == [200] * 4


def test_places_in_lists() -> None:
    moment = datetime(2026, 3, 10, 9, 30, 0, 123456, tzinfo=UTC)
    assert place(cursor(moment, "NW1", 7), (datetime, str, int)) == (moment, "NW1", 7)
    for wrong in (
        "",
        "x",
        "W10",
        "é",
        cursor("a"),
        cursor("2026-03-10T00:00:00", "a", 1),
        "W1tbW1s",
        "bnVsbA",
    ):
        with pytest.raises(RequestError, match="place in the list"):
            place(wrong, (datetime, str, int))


def test_times_lengths_and_sizes() -> None:
    shown = when(datetime(2026, 3, 10, 1, 30, tzinfo=UTC))
    assert 'datetime="2026-03-10T09:30:00+08:00"' in shown
    assert ">2026-03-10 09:30:00<" in shown
    with pytest.raises(ValueError, match="no zone"):
        when(datetime(2026, 3, 10))  # noqa: DTZ001 - that is the point
    assert [lasting(each) for each in (None, 0.25, 4.21, 200, 7500, 270000)] == [
        "–",
        "250 ms",
        "4.2 s",
        "3 min 20 s",
        "2 h 5 min",
        "3 d 3 h",
    ]
    assert [amount(each) for each in (812, 4200, 3 * 2**30)] == ["812 B", "4.1 KiB", "3.0 GiB"]
