"""`import`: takes over a site that was there before, post by post, without a request and without touching a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finews.flows.database_outage import lasting
from finews.flows.import_batch import DUPLICATE, import_batch
from finews.flows.old_post import NotRead, OldPost, read_old_post
from finews.flows.old_site import content_of, count_posts, post_paths
from finews.flows.pipeline import Pipeline
from finews.flows.place import ARCHIVE, LIVE
from finews.flows.report import Report
from finews.schema.errors import RequestError
from finews.schema.payloads import MOST_BYTES
from finews.schema.records import Outcome, Result
from finews.schema.settings import Settings

_BATCH = 200
"""Posts a transaction."""
MOST_TOLD = 10_000
"""Articles, and files of either kind, that a report names; beyond, they are counted."""


@dataclass(kw_only=True)
class _Tally:
    """What an import came to so far. A site may have a million posts: what is worth naming is named, within limits."""

    results: list[Result] = field(default_factory=list)
    others: Counter[Outcome] = field(default_factory=Counter)
    rewritten: int = 0
    archived: int = 0
    unread: list[NotRead] = field(default_factory=list)
    own: list[NotRead] = field(default_factory=list)
    left_out: int = 0

    def files(self, files: Sequence[NotRead]) -> None:
        """Notes files that are no article's post."""
        for each in files:
            self._keep(self.own if each.own else self.unread, each)

    def posts(self, posts: Sequence[OldPost], results: Sequence[Result]) -> None:
        """Notes how posts ended; one whose article has its post in another file is none."""
        for post, each in zip(posts, results, strict=True):
            self.rewritten += each.outcome is Outcome.NEW and bool(each.reason)
            if each.reason == DUPLICATE:
                self._keep(self.unread, NotRead(path=post.path, reasons=(DUPLICATE,)))
            elif not self._keep(self.results, each):
                self.others[each.outcome] += 1

    def _keep(self, kept: list[Any], one: Any) -> bool:
        room = len(kept) < MOST_TOLD
        kept += [one] * room
        self.left_out += not room
        return room


def import_site(pipeline: Pipeline, site: Path) -> Report:
    """Imports the posts of the folder `site` that have no row yet; run again, it goes on where it was killed.

    Raises RequestError where there are no posts.
    """
    try:
        total = count_posts(site)
    except OSError as error:
        raise RequestError(f"{site} cannot be read ({error.strerror})") from error
    if not total:
        raise RequestError(
            f"{site} holds no posts", advice=f"Expected a folder with Markdown files in {LIVE} or {ARCHIVE}"
        )
    settings, tally = pipeline.settings, _Tally()
    in_place = site.resolve() == settings.site.resolve()
    with pipeline.run("import", f"{total} files") as run:
        pipeline.progress.begin("importing", total)
        for posts, others in _batches(site, settings):
            tally.files(others)
            tally.archived += sum(post.path.startswith(ARCHIVE) for post in posts)
            work = _work(pipeline, run.number, posts, in_place=in_place)
            tally.posts(posts, lasting(pipeline.database, settings, pipeline.progress, work))
            run.results, run.others = tally.results, tally.others
            pipeline.progress.advance(len(posts) + len(others))
    new = tally.others[Outcome.NEW] + sum(each.outcome is Outcome.NEW for each in tally.results)
    return Report(
        run=run.number,
        kind="import",
        results=tally.results,
        others=tally.others,
        note=_note(tally, settings, in_place=in_place),
        extra={
            "files": total,
            "kept": new - tally.rewritten,
            "rewritten": tally.rewritten,
            "unread": [_told(each) for each in tally.unread],
            "own": [_told(each) for each in tally.own],
        },
    )


def _work(
    pipeline: Pipeline, run: int, posts: Sequence[OldPost], *, in_place: bool
) -> Callable[[], list[Result]]:
    return lambda: (
        import_batch(pipeline.database, pipeline.settings, run, posts, in_place=in_place) if posts else []
    )


def _batches(site: Path, settings: Settings) -> Iterator[tuple[list[OldPost], list[NotRead]]]:
    """What the files of a site are, in batches that fit into memory and one transaction."""
    posts: list[OldPost] = []
    others: list[NotRead] = []
    size = 0
    for path in post_paths(site):
        found = _read(site, path, settings)
        if isinstance(found, OldPost):
            posts.append(found)
            size += len(found.content)
        elif found:
            others.append(found)
        if len(posts) + len(others) >= _BATCH or size > MOST_BYTES:
            yield posts, others
            posts, others, size = [], [], 0
    if posts or others:
        yield posts, others


def _read(site: Path, path: str, settings: Settings) -> OldPost | NotRead | None:
    content = content_of(site / path)
    if not isinstance(content, bytes):
        return NotRead(path=path, reasons=(content,)) if content else None
    found = read_old_post(path, content, settings)
    if isinstance(found, OldPost) and path.startswith(ARCHIVE) and (site / LIVE / found.name).exists():
        return NotRead(path=path, reasons=(DUPLICATE,))
    return found


def _told(file: NotRead) -> dict[str, Any]:
    return {"post": file.path, "reason": file.reasons[0], "reasons": list(file.reasons)}


def _note(tally: _Tally, settings: Settings, *, in_place: bool) -> str:
    words = []
    if tally.unread and in_place:
        words.append(
            "what could not be read belongs to no article: where it is little, and named like a post, `publish` sets "
            "it aside into `orphans` in the data folder"
        )
    if tally.archived and not settings.live_days:
        words.append(
            f"{tally.archived} posts lie in {ARCHIVE}, and FINEWS_LIVE_DAYS is 0: `publish` moves them to {LIVE}"
        )
    if tally.left_out:
        words.append(f"of each kind the first {MOST_TOLD} are named, {tally.left_out} more are counted")
    return "; ".join(words)
