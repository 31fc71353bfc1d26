r"""news-please as its users run it: its own command line, its download crawler, its own PostgreSQL storage.

    bench/peers/.venv/bin/python bench/peers/news_please_postgres.py --base http://127.0.0.1:PORT --codes FILE \
        --database postgresql://…

`--database` is a database for this alone: its tables CurrentVersions and ArchiveVersions are made anew.
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

import newsplease
import psycopg2
from psycopg2.extensions import parse_dsn

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.peers.task import parser, task, tell

COLUMNS: Final = {
    "id": "serial primary key",
    "date_modify": "timestamp(0) not null",
    "date_download": "timestamp(0) not null",
    "localpath": "varchar(255) not null",
    "filename": "varchar(2000) not null",
    "source_domain": "varchar(255) not null",
    "url": "varchar(2000) not null",
    "image_url": "varchar(2000)",
    "title": "varchar(255) not null",
    "title_page": "varchar(255) not null",
    "title_rss": "varchar(255)",
    # Its own script says `not null` here too. It finds no text in most Chinese pages, and does not roll back after a
    # row that was refused: the crawl would end with the first of them.
    "maintext": "text",
    "description": "text",
    "date_publish": "timestamp(0)",
    "authors": "varchar(255)[]",
    "language": "varchar(255)",
    "ancestor": "int not null default 0",
    "descendant": "int not null default 0",
    "version": "int not null default 1",
}
"""The table that news-please keeps articles in; its storage reads it by position."""
CRAWL: Final = re.compile(r"'elapsed_time_seconds': ([\d.]+)")
DICTIONARY: Final = re.compile(r"Loading model cost ([\d.]+) seconds")


def main() -> None:
    """Crawls and tells."""
    command = parser(__doc__)
    command.add_argument("--database", required=True, help="connection string of an empty database")
    arguments = command.parse_args()
    given = task(arguments)
    make_tables(arguments.database)
    with tempfile.TemporaryDirectory(prefix="news-please-") as folder:
        configure(Path(folder), given.pages, arguments.database)
        log = crawl(Path(folder))
    took, loading = CRAWL.search(log), DICTIONARY.search(log)
    if took is None:
        sys.exit(f"news-please did not finish its crawl:\n{log[-4000:]}")
    rows, whole = stored(arguments.database)
    tell(
        peer="news-please with PostgreSQL",
        version=f"news-please {version('news-please')}",
        articles=whole,
        handled=rows,
        # Of the crawl alone, as Scrapy tells it (the command itself looks every ten seconds whether it has ended),
        # without the Chinese dictionary, which the other peers load before their clock starts.
        seconds=float(took[1]) - (float(loading[1]) if loading else 0.0),
        note=f"its CLI and download crawler, a commit a row; {rows} rows with a title: it drops texts of fewer than "
        "15 words, counted between blanks, which Chinese has not",
    )


def make_tables(database: str) -> None:
    """Its two tables, empty."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        for table in ("CurrentVersions", "ArchiveVersions"):
            cursor.execute(f"drop table if exists {table}")
            cursor.execute(f"create table {table} ({columns})")
    connection.close()


def configure(folder: Path, pages: list[str], database: str) -> None:
    """Its shipped configuration, with the pages, the database and the storage to be used."""
    shipped = Path(newsplease.__file__).parent / "config/config.cfg"
    settings = configparser.RawConfigParser()
    # Its names are those of Scrapy's settings, in capitals.
    settings.optionxform = str  # type: ignore[assignment,method-assign]
    settings.read(shipped, encoding="utf-8")
    settings["Files"]["working_path"] = str(folder)
    access = parse_dsn(database)
    for option, name in {
        "host": "host",
        "port": "port",
        "database": "dbname",
        "user": "user",
        "password": "password",
    }.items():
        settings["Postgresql"][option] = repr(access.get(name, ""))
    settings["Scrapy"]["ITEM_PIPELINES"] = repr(
        {
            "newsplease.pipeline.pipelines.ArticleMasterExtractor": 100,
            "newsplease.pipeline.pipelines.PostgresqlStorage": 200,
        }
    )
    # As shipped, but for pictures: were there any, they would lie on a stranger's host.
    settings["ArticleMasterExtractor"]["extractors"] = repr(
        [
            ("newspaper_extractor_no_images", "NewspaperExtractorNoImages"),
            "readability_extractor",
            "date_extractor",
            "lang_detect_extractor",
        ]
    )
    with (folder / "config.cfg").open("w", encoding="utf-8") as file:
        settings.write(file)
    sites = {"base_urls": [{"crawler": "Download", "url": pages}]}
    (folder / "sitelist.hjson").write_text(json.dumps(sites), encoding="utf-8")


def crawl(folder: Path) -> str:
    """What its command wrote to its log."""
    command = [sys.executable, "-m", "newsplease", "-c", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stderr


def stored(database: str) -> tuple[int, int]:
    """Rows with a title, and those of them with a text."""
    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*), count(nullif(maintext, '')) from CurrentVersions where title <> ''")
        counts = cursor.fetchone()
    connection.close()
    assert counts is not None
    return counts[0], counts[1]


if __name__ == "__main__":
    main()
