"""`replay --diff`: what a replay would change, field by field. It changes nothing itself, not even a lease."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from finews.flows.load import Reading
from finews.flows.normalise import normalise
from finews.flows.pipeline import Pipeline
from finews.flows.publish import amiss
from finews.flows.replay import batches_done, look_for_media, processes_for, settings_of_workers
from finews.flows.replay_work import Change, Look, change, look, named_securities, quiet_posts
from finews.schema.articles import content_hash
from finews.schema.beside import RowStanding, Standing
from finews.schema.post_rows import posts_of
from finews.schema.records import CHINA, Article, Outcome, PostRow
from finews.schema.replayable import Selection, count_replayable
from finews.schema.settings import Settings

CHANGING = ("outcome", "reason", "title", "moment", "body", "securities", "post")
"""What a replay may change. `post` is the file on disk of an article whose text stays."""
FIXED = ("media", "digest", "link")
"""What the first publication fixed: where it would be said otherwise today, it stays nevertheless."""

_BEFORE, _AFTER = 30, 90
"""Characters of a text that are shown before and after the first difference."""


@dataclass(frozen=True, kw_only=True, order=True)
class Sample:
    """One article's field as it is and as it would be; long texts are cut around their first difference."""

    info_code: str
    old: str
    new: str


@dataclass(kw_only=True)
class Differences:
    """Counts of outcomes and fields, and for each field some samples: those with the smallest infoCodes."""

    most: int
    outcomes: Counter[str] = field(default_factory=Counter)
    stamped: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def add(self, name: str, sample: Sample) -> None:
        """Counts a difference."""
        self.fields[name] += 1
        self._keep(name, [sample])

    def merge(self, other: Differences) -> None:
        """Adds what another batch came to."""
        self.outcomes += other.outcomes
        self.stamped += other.stamped
        self.fields += other.fields
        for name, samples in other.samples.items():
            self._keep(name, samples)

    def as_json(self, names: Sequence[str]) -> dict[str, Any]:
        """`{field: {count, samples: [{info_code, old, new}]}}` of those fields that differ somewhere."""
        return {
            name: {
                "count": self.fields[name],
                "samples": [
                    {"info_code": each.info_code, "old": each.old, "new": each.new}
                    for each in self.samples.get(name, ())
                ],
            }
            for name in names
            if self.fields[name]
        }

    def _keep(self, name: str, samples: Iterable[Sample]) -> None:
        self.samples[name] = sorted([*self.samples.get(name, ()), *samples])[: self.most]


@dataclass(frozen=True, kw_only=True)
class DiffWork:
    """How a worker opens the work of a comparison."""

    settings: Settings
    named: bool
    most: int

    @contextmanager
    def __call__(self) -> Iterator[Callable[[Sequence[int]], Differences]]:
        """The work on one batch."""
        with Pipeline(self.settings) as pipeline:
            yield lambda numbers: compare_batch(pipeline, numbers, named=self.named, most=self.most)


def compare(pipeline: Pipeline, selection: Selection, *, most: int = 5) -> dict[str, Any]:
    """What a replay of this selection would do; `most` is the number of samples a field.

    `{payloads, new, updated, unchanged, quarantined, skipped, stamped, fields, fixed}`: articles by the outcome that
    they would have, rows of which only the normaliser's number or the securities would be noted, and the fields
    that would differ. Raises UnknownNameError and WorkerDiedError.
    """
    look_for_media(pipeline.database, selection)
    with pipeline.database.transaction() as connection:
        total = count_replayable(connection, selection)
    named = selection.codes is not None or selection.discarded
    found = Differences(most=most)
    pipeline.progress.begin("comparing", total)
    batches = batches_done(
        pipeline,
        selection,
        DiffWork(settings=settings_of_workers(pipeline), named=named, most=most),
        lambda batch: compare_batch(pipeline, [each.id for each in batch], named=named, most=most),
        processes=processes_for(total, pipeline.settings),
    )
    with closing(batches):
        for part in batches:
            found.merge(part)
            pipeline.progress.advance(part.outcomes.total())
    payloads = found.outcomes.total()
    return {
        "payloads": payloads,
        **{
            each.value: found.outcomes[each]
            for each in (Outcome.NEW, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.QUARANTINED)
        },
        "skipped": max(0, len(set(selection.codes or ())) - payloads),
        "stamped": found.stamped,
        "fields": found.as_json(CHANGING),
        "fixed": found.as_json(FIXED),
    }


def compare_batch(pipeline: Pipeline, numbers: Sequence[int], *, named: bool, most: int) -> Differences:
    """Compares what comes of the payloads with these numbers with how their articles stand."""
    return differences(pipeline, look(pipeline, numbers), named=named, most=most)


def differences(pipeline: Pipeline, seen: Look, *, named: bool, most: int) -> Differences:
    """The same of payloads that were read already."""
    found = Differences(most=most)
    changes = {
        code: change(each, seen.standings.get(code), named=named) for code, each in seen.readings.items()
    }
    with pipeline.database.transaction() as connection:
        rows = {
            each.info_code: each
            for each in posts_of(connection, [code for code, each in changes.items() if each is Change.LOAD])
        }
    for code, reading in seen.readings.items():
        _count(found, reading, seen.standings.get(code), rows.get(code), changes[code])
    _count_posts(found, seen, changes, pipeline.settings)
    return found


def foreseen(reading: Reading, standing: Standing | None, what: Change) -> tuple[Outcome, str]:
    """The outcome that a replay would come to, and the reason of what would wait in quarantine."""
    made, item = reading.made, standing.item if standing else None
    if not isinstance(made, Article):
        return Outcome.QUARANTINED, made.reason if what is Change.LOAD or not item else item.reason
    if standing is None or standing.row is None:
        return Outcome.NEW, ""
    return Outcome.UNCHANGED if standing.row.content_hash == content_hash(made) else Outcome.UPDATED, ""


def _count(
    found: Differences, reading: Reading, standing: Standing | None, row: PostRow | None, what: Change
) -> None:
    made, code = reading.made, reading.payload.info_code
    known = standing.row if standing else None
    item = standing.item if standing else None
    outcome, reason = foreseen(reading, standing, what)
    found.outcomes[outcome] += 1
    found.stamped += what is Change.STAMP

    def differ(name: str, old: str, new: str) -> None:
        if old != new:
            found.add(name, Sample(info_code=code, **_excerpts(old, new)))

    differ("outcome", _state(known, item), "quarantined" if outcome is Outcome.QUARANTINED else "published")
    differ("reason", item.reason if item else "", reason)
    if not isinstance(made, Article) or known is None:
        return
    if row:
        differ("title", row.title, made.title)
        differ("moment", _moment(row.moment), _moment(made.moment))
        differ("body", row.body, made.body)
    differ("securities", _names(known.securities), _names(named_securities(made)))
    _count_fixed(differ, reading, known)


def _count_fixed(differ: Callable[[str, str, str], None], reading: Reading, known: RowStanding) -> None:
    afresh = normalise(reading.payload, listings=reading.listings)
    # Of which kind it is was fixed too: rolling news has no media, other articles have no digest and no link.
    if isinstance(afresh, Article) and afresh.rolling == known.identity.rolling:
        for name in FIXED:
            differ(name, getattr(known.identity, name), getattr(afresh, name))


def _count_posts(found: Differences, seen: Look, changes: Mapping[str, Change], settings: Settings) -> None:
    quiet = [code for code in seen.readings if changes[code] is not Change.LOAD]
    for code in amiss(quiet_posts(seen, quiet, settings), settings):
        found.add("post", Sample(info_code=code, old="missing or different", new="written"))


def _state(known: RowStanding | None, item: object | None) -> str:
    if item is not None:
        return "quarantined"
    return "published" if known else "unread"


def _moment(moment: Any) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def _names(securities: Iterable[tuple[str, str, str]]) -> str:
    return ", ".join(f"{market},{code} {name}".rstrip() for market, code, name in sorted(securities))


def _excerpts(old: str, new: str) -> dict[str, str]:
    """Both texts, cut alike around their first difference where one of them is long."""
    if max(len(old), len(new)) <= _BEFORE + _AFTER:
        return {"old": old, "new": new}
    first = next(
        (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
        min(len(old), len(new)),
    )
    start = max(0, first - _BEFORE)

    def cut(text: str) -> str:
        shown = text[start : first + _AFTER]
        return ("…" if start else "") + shown + ("…" if first + _AFTER < len(text) else "")

    return {"old": cut(old), "new": cut(new)}
