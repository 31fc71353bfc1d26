"""What the pipeline has at the end, compared with what the author knows: every difference in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from tests.soak.author import Story

_INVARIANTS: tuple[tuple[str, LiteralString], ...] = (
    (
        "told as new more than once",
        "select info_code from events where outcome = 'new' group by 1 having count(*) > 1",
    ),
    (
        "ended in one run more than once",
        """
        select info_code || ' in run ' || run_id || ' as ' || string_agg(outcome, ', ' order by id)
        from events where outcome is not null group by info_code, run_id having count(*) > 1
        """,
    ),
    (
        "has a row and is in no event as new",
        "select info_code from articles where info_code not in (select info_code from events where outcome = 'new')",
    ),
    ("is still leased", "select info_code from links where lease_token is not null or lease_run is not null"),
    ("has a payload that was never read", "select info_code from links where state = 'fetched'"),
    (
        "has a post that was never written",
        "select info_code from articles where published_revision is distinct from revision",
    ),
    ("is a run that never ended", "select id::text || ' ' || kind from runs where state = 'running'"),
)
"""What no article and no run may be, and the query that finds those that are."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """An article in the database: title, body, revision, and the titles of the editions before it."""

    title: str
    body: str
    revision: int
    earlier: list[str]


@dataclass(kw_only=True)
class Found:
    """All differences; `states` counts links by state, `runs` by kind and state, `broken_runs` are their words."""

    wrong: list[str] = field(default_factory=list)
    rows: int = 0
    posts: int = 0
    revisions: int = 0
    states: dict[str, int] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    broken_runs: list[str] = field(default_factory=list)


def unsettled(address: str, stories: Mapping[str, Story]) -> list[str]:
    """InfoCodes of listed articles that have not come to their end yet."""
    with psycopg.connect(address, autocommit=True) as connection:
        rows = _rows(connection)
        kept = _quarantine(connection)
    return [
        code
        for code, story in stories.items()
        if story.listed
        and (
            not story.asked_for
            or (story.expected == "new" and code not in rows)
            or (story.expected != "new" and kept.get(code) != story.expected)
        )
    ]


def spoilt(address: str, stories: Mapping[str, Story]) -> list[str]:
    """Articles that a fault has brought into quarantine: an operator asks for them again."""
    with psycopg.connect(address, autocommit=True) as connection:
        return [
            code
            for code, reason in _quarantine(connection).items()
            if code in stories
            and stories[code].expected != reason
            and reason in ("wrong_article", "not_json", "body_empty", "bad_encoding")
        ]


def compared(address: str, site: Path, stories: Mapping[str, Story], *, deaths: int) -> Found:
    """Everything; `deaths` is how many runs the soak itself has broken."""
    found = Found()
    with psycopg.connect(address, autocommit=True) as connection:
        rows, kept = _rows(connection), _quarantine(connection)
        found.rows = len(rows)
        found.revisions = sum(len(each.earlier) for each in rows.values())
        found.states = dict(
            connection.execute("select state, count(*) from links group by 1 order by 1").fetchall()
        )
        found.runs = dict(
            connection.execute(
                "select kind || ' ' || state, count(*) from runs group by 1 order by 1"
            ).fetchall()
        )
        found.outcomes = dict(
            connection.execute(
                "select outcome, count(*) from events where outcome is not null group by 1 order by 1"
            ).fetchall()
        )
        found.broken_runs = _column(
            connection, "select coalesce(detail ->> 'broken', '') from runs where state = 'broken'"
        )
        for words, query in _INVARIANTS:
            found.wrong += [f"{each} {words}" for each in _column(connection, query)]
        known = set(_column(connection, "select info_code from links"))
    if len(found.broken_runs) > deaths:
        found.wrong.append(f"{len(found.broken_runs)} runs broke, {deaths} of them by our doing")
    found.wrong += [f"{code} has a row and was never published" for code in rows.keys() - stories.keys()]
    found.wrong += [
        f"{code} is known and in no feed" for code in known if code in stories and not stories[code].listed
    ]
    for code, story in stories.items():
        if story.listed:
            found.wrong += [
                f"{code} ({story.kind}) {words}" for words in _of_one(story, rows.get(code), kept.get(code))
            ]
    found.wrong += _of_site(site, found)
    return found


def _of_one(story: Story, row: Row | None, kept: str | None) -> Iterator[str]:
    if story.expected != "new":
        if row is not None:
            yield "has a row and should be in quarantine"
        if kept != story.expected:
            yield f"should be in quarantine as {story.expected}, not {kept}"
        return
    if kept is not None:
        yield f"is in quarantine as {kept}"
    if row is None:
        yield "has no row"
        return
    if row.title != story.titles[-1]:
        yield f"has the title {row.title!r}, not {story.titles[-1]!r}"
    if story.marker not in row.body:
        yield "has the body of another article"
    if row.revision != len(story.titles) or row.earlier != story.titles[:-1]:
        yield f"has revision {row.revision} after {row.earlier}, of editions {story.titles}"


def _of_site(site: Path, found: Found) -> list[str]:
    folders = (site / folder for folder in ("_posts", "old_post"))
    names = Counter(
        path.name
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.name != "index.html"
    )
    found.posts = sum(number for name, number in names.items() if name.endswith(".md"))
    wrong = [f"{name} is there twice" for name, number in names.items() if number > 1]
    wrong += [f"{name} is a temporary file" for name in names if name.startswith(".")]
    if found.posts != found.rows:
        wrong.append(f"there are {found.posts} posts of {found.rows} rows")
    return wrong


def _rows(connection: psycopg.Connection[Any]) -> dict[str, Row]:
    return {
        code: Row(title=title, body=body, revision=revision, earlier=earlier)
        for code, title, body, revision, earlier in connection.execute(
            """
            select info_code, title, body, revision,
                   array(select r.title from revisions r where r.info_code = a.info_code order by r.revision)
            from articles a
            """
        )
    }


def _quarantine(connection: psycopg.Connection[Any]) -> dict[str, str]:
    return dict(connection.execute("select info_code, reason from quarantine").fetchall())


def _column(connection: psycopg.Connection[Any], query: LiteralString) -> list[str]:
    return [value for (value,) in connection.execute(query)]
