"""What an operator has at hand in a test: commands in this process or as real processes, and a look at the site."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from finews.flows.poll import known_feeds, poll
from finews.flows.report import Report
from finews.newsroom import Newsroom, SourceArticle
from finews.schema.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def article(number: int = 1, **fields: Any) -> SourceArticle:
    """A plain article of the newsroom; its infoCode ends in `number`."""
    given: dict[str, Any] = {
        "info_code": f"NW20260310{number:010d}",
        "title": f"第{number}条消息：样本公司发布公告",
        "moment": "2026-03-10 09:30:00",
        "medianame": "样本财经报",
        "body": f"<p>样本公司今日发布第{number}号公告，称生产经营一切正常。</p>",
    }
    return SourceArticle(**{**given, **fields})


@dataclass
class Desk:
    """`run` starts the real command; `ingest` and `poll` call the use cases in this process."""

    newsroom: Newsroom
    address: str
    folder: Path
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        """The site folder."""
        return self.folder / "site"

    def settings(self, **more: Any) -> Settings:
        """Settings of the use cases; what a test sets wins."""
        given: dict[str, Any] = {
            "home": self.folder,
            "database_url": self.address,
            "site_dir": self.site,
            "sources": self.newsroom.bases,
            "timeout": 1.5,
            "retries": 1,
        }
        return Settings.load(**{**given, **self.given, **more})

    def publish(self, *articles: SourceArticle) -> None:
        """The source publishes articles."""
        for each in articles:
            self.newsroom.publish(each)

    def ingest(self, *articles: SourceArticle | str, **settings: Any) -> Report:
        """`finews ingest` of these articles or infoCodes."""
        codes = [each if isinstance(each, str) else each.info_code for each in articles]
        with Pipeline(self.settings(**settings), crawling=1) as pipeline:
            return ingest(pipeline, codes)

    def poll(self, *feeds: str, **settings: Any) -> Report:
        """`finews poll`."""
        with Pipeline(self.settings(**settings), crawling=1) as pipeline:
            return poll(pipeline, known_feeds(feeds))

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a real command."""
        return os.environ | {
            "PYTHONPATH": str(ROOT),
            "FINEWS_HOME": str(self.folder),
            "FINEWS_DATABASE_URL": self.address,
            "FINEWS_SITE_DIR": str(self.site),
            "FINEWS_SOURCES": ",".join(self.newsroom.bases),
            "FINEWS_TIMEOUT": "1.5",
            "FINEWS_RETRIES": "1",
            **more,
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts the real command."""
        return subprocess.Popen(
            [sys.executable, "-m", "finews.flows.command_line", *arguments],
            env=self.environment(**environment),
            cwd=self.folder,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> Ran:
        """Runs the real command to its end."""
        with self.start(*arguments, **environment) as process:
            out, err = process.communicate(stdin, timeout=120)
        return Ran(status=process.returncode, out=out, err=err)

    def tree(self) -> dict[str, bytes]:
        """Every file in the site's folders of posts: path → bytes."""
        return {
            path.relative_to(self.site).as_posix(): path.read_bytes()
            for folder in ("_posts", "old_post")
            for path in sorted((self.site / folder).rglob("*"))
            if path.is_file() and path.name != "index.html"
        }

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with psycopg.connect(self.address) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        """Has the database do something."""
        with psycopg.connect(self.address) as connection:
            connection.execute(statement.encode(), parameters)

    def count(self, table: str) -> int:
        """Rows in a table."""
        return int(self.rows(f"select count(*) from {table}")[0][0])


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        return json.loads(self.out)


def outcomes(report: Report) -> dict[str, tuple[str, str]]:
    """infoCode → (outcome, reason)."""
    return {each.info_code: (each.outcome.value, each.reason) for each in report.results}
