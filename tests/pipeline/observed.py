"""What the database and the site really hold, in the words of the model."""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import yaml

from finews.schema.records import CHINA
from tests.pipeline.model import Item, Kept, Payload, Row, Said, payload_of


@dataclass(frozen=True, kw_only=True)
class PostFile:
    """What a site generator reads in a post."""

    title: str
    moment: datetime
    category: str
    tag: str
    body: str


class Observer:
    """Looks at one database; its connection is not one of the pipeline's."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the database answers."""
        return self.connection.execute(query.encode(), parameters).fetchall()

    def kept(self) -> dict[str, Kept]:
        """infoCode → all that is kept of it."""
        payloads: dict[int, Payload] = {}
        newest: dict[str, Payload] = {}
        for number, code, body in self.rows(
            "select id, info_code, body from payloads order by last_seen_at, id"
        ):
            newest[code] = payloads[number] = payload_of(zlib.decompress(body))
        sightings: defaultdict[str, dict[str, Said]] = defaultdict(dict)
        for code, feed, title, moment, media, digest, url in self.rows(
            "select info_code, feed, title, moment, media, digest, url from sightings"
        ):
            sightings[code][feed] = Said(
                title=title, moment=_in_china(moment), media=media, digest=digest, url=url
            )
        items = {
            code: Item(reason=reason, of=payloads[number], discarded=discarded)
            for code, reason, number, discarded in self.rows(
                "select info_code, reason, payload_id, discarded_at is not null from quarantine"
            )
        }
        rows = self._articles(payloads)
        links = dict(self.rows("select info_code, state from links"))
        return {
            code: Kept(
                link=links.get(code),
                row=rows.get(code),
                item=items.get(code),
                sightings=sightings.get(code, {}),
                newest=newest.get(code),
            )
            for code in {*links, *rows, *items, *sightings, *newest}
        }

    def _articles(self, payloads: dict[int, Payload]) -> dict[str, Row]:
        return {
            code: Row(
                title=title,
                moment=_in_china(moment),
                body=body,
                rolling=rolling,
                media=media,
                digest=digest,
                link=link,
                path=path,
                made_of=payloads[number],
                revision=revision,
            )
            for code, title, moment, body, rolling, media, digest, link, path, number, revision in self.rows(
                """
                select info_code, title, moment, body, rolling, media, digest, link, path, payload_id, revision
                from articles
                """
            )
        }

    def due(self) -> set[str]:
        """Links whose wait is over."""
        return {code for (code,) in self.rows("select info_code from links where due_at <= now()")}

    def unwritten(self) -> set[str]:
        """Rows whose newest text has no post yet."""
        query = "select info_code from articles where published_revision is distinct from revision"
        return {code for (code,) in self.rows(query)}

    def post_paths_as_written(self, site: Path) -> set[str]:
        """Posts that lie on disk byte for byte as finews says that it wrote them."""
        found = file_hashes(site)
        query = "select path, published_hash from articles where published_hash is not null"
        return {path for path, digest in self.rows(query) if found.get(path) == digest.hex()}


def post_file(path: Path) -> PostFile:
    """Reads a post as a site generator does."""
    head, _, body = path.read_text(encoding="utf-8").removeprefix("---\n").partition("\n---")
    front = yaml.safe_load(head)
    return PostFile(
        title=front["title"],
        moment=datetime.strptime(front["date"], "%Y-%m-%d %H:%M:%S %z"),
        category=_one(front["categories"]),
        tag=_one(front["tags"]),
        body=body,
    )


def file_hashes(site: Path) -> dict[str, str]:
    """Path of every file in the site's folders of posts, hidden ones too → SHA-256 of what is in it."""
    return {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("_posts", "old_post")
        for path in (site / folder).rglob("*")
        if path.is_file() and path.name != "index.html"
    }


def _one(value: str | list[str]) -> str:
    if isinstance(value, str):
        return value
    (only,) = value
    return only


def _in_china(moment: datetime | None) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if moment else ""
