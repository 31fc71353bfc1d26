"""One batch of a replay: reads payloads, compares what comes of them with the rows, and loads what differs.

What comes out as it went in writes nothing: no row, no event, no lease, no byte on disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from finews.flows.leases import Leases
from finews.flows.load import Reading, load_payloads, places_of, readings
from finews.flows.normalise import VERSION
from finews.flows.pipeline import Pipeline
from finews.flows.post import post_from
from finews.flows.publish import ExpectedPost, amiss, publish_codes, publish_results
from finews.flows.text_hash import text_hash
from finews.schema.articles import content_hash, stamp_articles
from finews.schema.beside import Standing, payloads_beside_rows
from finews.schema.frontier import claim
from finews.schema.payloads import read_payloads
from finews.schema.records import Article, Outcome, Rejection, Result
from finews.schema.replayable import Selection, next_replayable
from finews.schema.settings import Settings
from finews.schema.sightings import sightings_of


class Change(Enum):
    """What a replay has to do about one article."""

    NOTHING = "nothing"
    STAMP = "stamp"
    """The text is the row's; only which normaliser makes it, which securities it names, or its hash is to be noted."""
    LOAD = "load"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a batch came to: the results worth telling, the others by outcome, rows stamped, post files written."""

    results: list[Result]
    others: Counter[Outcome] = field(default_factory=Counter)
    stamped: int = 0
    written: int = 0


@dataclass(frozen=True, kw_only=True)
class Look:
    """A batch as it was read, and how its articles stood just then.

    `imported` is infoCode → the bytes that are its post as it was imported.
    """

    readings: Mapping[str, Reading]
    standings: Mapping[str, Standing]
    imported: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class ReplayWork:
    """How a worker opens a replay's work: its own connection, the parent's run.

    `named` says that an operator named the articles: then each has a result of its own.
    """

    settings: Settings
    run: int
    named: bool

    @contextmanager
    def __call__(self) -> Iterator[Callable[[Sequence[int]], Done]]:
        """The work on one batch, which is told by the numbers of its payloads."""
        with Pipeline(self.settings) as pipeline:
            yield lambda numbers: replay_batch(pipeline, self.run, numbers, named=self.named)


def look(pipeline: Pipeline, numbers: Sequence[int]) -> Look:
    """Reads the payloads with these numbers beside what is known now."""
    with pipeline.database.transaction() as connection:
        found = payloads_beside_rows(connection, numbers)
        sightings = sightings_of(connection, [payload.info_code for payload, _ in found])
        kept = [each.row.imported_post for _, each in found if each.row and each.row.imported_post]
        imported = {each.info_code: each.body for each in read_payloads(connection, kept)} if kept else {}
    standings = {payload.info_code: standing for payload, standing in found}
    identities = {code: each.row.identity for code, each in standings.items() if each.row}
    read = readings([payload for payload, _ in found], sightings=sightings, identities=identities, earlier={})
    return Look(
        readings={each.payload.info_code: each for each in read}, standings=standings, imported=imported
    )


def change(reading: Reading, standing: Standing | None, *, named: bool) -> Change:
    """What is to be done where this was read and the article stands so."""
    made, row, item = reading.made, standing.row if standing else None, standing.item if standing else None
    waits = item is not None and (item.discarded_at is None or named)
    if waits and item:
        # What the judge of mirrors kept back he may have known better than the bytes alone tell.
        same = not isinstance(made, Article) and (
            item.stage == "fetch"
            or (item.stage, item.reason, item.normaliser) == (made.stage, made.reason, VERSION)
        )
        quiet = same and item.discarded_at is None and item.payload_id == reading.payload.id
        return Change.NOTHING if quiet else Change.LOAD
    if row is None or not isinstance(made, Article):
        return Change.LOAD
    if row.payload_id != made.payload_id or row.content_hash != content_hash(made):
        return Change.LOAD
    if row.normaliser != VERSION or not row.has_text_hash or row.securities != named_securities(made):
        return Change.STAMP
    return Change.NOTHING


def named_securities(article: Article) -> frozenset[tuple[str, str, str]]:
    """The securities of an article as its row's standing has them."""
    return frozenset((each.market, each.code, each.name) for each in article.securities)


def quiet_posts(seen: Look, codes: Iterable[str], settings: Settings) -> Iterator[ExpectedPost]:
    """The posts of those of these articles that have a row; their text is what was read."""
    site_host = settings.site_host
    for code in codes:
        made, row = seen.readings[code].made, seen.standings[code].row
        if not isinstance(made, Article) or row is None:
            continue
        fixed = row.identity
        content = seen.imported.get(code)
        if content is None:
            content = post_from(
                title=made.title,
                moment=made.moment,
                category=fixed.category,
                media=fixed.media,
                rolling=fixed.rolling,
                body=made.body,
                digest=fixed.digest,
                link=fixed.link or settings.share_link(code),
                site_host=site_host,
            ).encode()
        yield ExpectedPost(
            code, fixed.path, made.moment, content, row.published_revision == row.revision, row.published_hash
        )


def replay_batch(pipeline: Pipeline, run: int, numbers: Sequence[int], *, named: bool) -> Done:
    """Replays the payloads with these numbers; raises SiteUnwritableError, and what the database raises."""
    seen = look(pipeline, numbers)
    by_change: dict[Change, list[str]] = {each: [] for each in Change}
    for code, reading in seen.readings.items():
        by_change[change(reading, seen.standings.get(code), named=named)].append(code)
    stamped = _stamp(pipeline, [seen.readings[code].made for code in by_change[Change.STAMP]])
    quiet = by_change[Change.NOTHING] + by_change[Change.STAMP]
    written = _mend_posts(pipeline, seen, quiet)
    loaded, posts = _load(
        pipeline, run, {code: seen.readings[code] for code in by_change[Change.LOAD]}, named=named
    )
    told, others = _quiet_results(pipeline, seen, quiet, named=named)
    return Done(results=loaded + told, others=others, stamped=stamped, written=written + posts)


def _stamp(pipeline: Pipeline, made: Sequence[Article | Rejection]) -> int:
    articles = [each for each in made if isinstance(each, Article)]
    if not articles:
        return 0
    with pipeline.database.transaction() as connection:
        return len(
            stamp_articles(
                connection, [(each, text_hash(each.body)) for each in articles], normaliser=VERSION
            )
        )


def _mend_posts(pipeline: Pipeline, seen: Look, codes: Sequence[str]) -> int:
    wrong = amiss(quiet_posts(seen, codes, pipeline.settings), pipeline.settings)
    return publish_codes(pipeline.database, pipeline.settings, wrong).written


def _load(
    pipeline: Pipeline, run: int, read: Mapping[str, Reading], *, named: bool
) -> tuple[list[Result], int]:
    """Loads what differs, under leases; which payload is the one to read is asked again beneath them."""
    if not read:
        return [], 0
    leases = Leases(pipeline)
    try:
        with pipeline.database.transaction() as connection:
            codes = leases.take(claim(connection, run, list(read)))
            selection = Selection(codes=tuple(codes), discarded=named)
            chosen = next_replayable(connection, selection, after="", most=len(read))
            payloads = list(read_payloads(connection, [each.id for each in chosen]))
        results = load_payloads(
            pipeline.database, pipeline.settings, run, payloads, leases.tokens, earlier=read
        )
        leases.done([each.info_code for each in results])
    finally:
        leases.give_back()
    written = publish_results(pipeline.database, pipeline.settings, results).written
    busy = sorted(set(read) - {each.info_code for each in results})
    return results + [
        Result(info_code=code, outcome=Outcome.SKIPPED, reason="leased", post=None) for code in busy
    ], written


def _quiet_results(
    pipeline: Pipeline, seen: Look, quiet: Sequence[str], *, named: bool
) -> tuple[list[Result], Counter[Outcome]]:
    """Results of what nothing was to be done about; without names, unchanged articles are counted only."""
    kept_back = {
        code: item.reason
        for code in quiet
        if not isinstance(seen.readings[code].made, Article)
        if (item := seen.standings[code].item)
    }
    told = [code for code in quiet if named or code in kept_back]
    if not told:
        return [], Counter({Outcome.UNCHANGED: len(quiet)})
    with pipeline.database.transaction() as connection:
        places = places_of(connection, told, pipeline.settings)
    return [
        Result(
            info_code=code,
            outcome=Outcome.QUARANTINED if code in kept_back else Outcome.UNCHANGED,
            reason=kept_back.get(code, ""),
            post=places.get(code),
        )
        for code in told
    ], Counter({Outcome.UNCHANGED: len(quiet) - len(told)})
