"""A desk beside its model: each step is taken for real, and what is kept afterwards compared with the model."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from finews.flows.forget import forget, remember
from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from finews.flows.poll import poll
from finews.flows.publish_site import publish_site
from finews.flows.quarantine import discard_items
from finews.flows.reconcile import reconcile
from finews.flows.reconcile_fix import fix
from finews.flows.replay import replay
from finews.newsroom import SourceArticle
from finews.schema.records import FEEDS
from finews.schema.replayable import Selection
from finews.schema.sieve import Sieve
from tests.pipeline import model
from tests.pipeline.desk import Desk
from tests.pipeline.model import Answer, Item, Kept, Said, Steps
from tests.pipeline.observed import Observer

MIRRORS = 3
Told = Mapping[str, Sequence[tuple[str, str]]]
"""infoCode → the outcomes that a run told of it."""
SETTINGS: dict[str, Any] = {
    # What failed is asked again when the test says that its time has come, and circuits have tests of their own.
    "retries": 0,
    "retry_min": 36_000,
    "retry_max": 36_000,
    "circuit_troubles": 1_000_000,
}
_WITH_ROWS = ("new", "updated", "unchanged")


class ModelledDesk:
    """Newsroom, pipeline and database stay open over many examples; `clear` makes them as they were at first."""

    def __init__(self, desk: Desk, pipeline: Pipeline, seen: Observer) -> None:
        self.desk, self.pipeline, self.seen = desk, pipeline, seen
        self._forget_all()

    def _forget_all(self) -> None:
        self.kept: defaultdict[str, Kept] = defaultdict(Kept)
        self.served: dict[str, SourceArticle] = {}
        self.withdrawn: dict[str, SourceArticle] = {}
        self.withheld: defaultdict[str, set[int]] = defaultdict(set)
        self.faults: list[str | None] = [None] * MIRRORS
        self.feed_faults: dict[str, str] = {}
        self.amiss: dict[str, str] = {}
        """Posts that need not be right on disk: `missing`, `changed`, or `unwritten` since a run was killed."""
        self.born: Counter[str] = Counter()
        self.edited: Counter[str] = Counter()
        self.fixed: dict[str, tuple[str, str]] = {}
        self.leases_of_the_dead = self.half_written = False

    def clear(self) -> None:
        """Nothing was ever published, polled or kept."""
        newsroom = self.desk.newsroom
        for code in self.withheld:
            # Also of those that are withdrawn: they may be published again.
            newsroom.restore(code)
        for article in newsroom.articles:
            newsroom.withdraw(article.info_code)
        newsroom.clear_faults()
        tables = [
            name
            for (name,) in self.seen.rows("select tablename from pg_tables where schemaname = 'public'")
            if name != "alembic_version"
        ]
        self.seen.connection.execute(f"truncate {', '.join(tables)} restart identity cascade".encode())
        shutil.rmtree(self.desk.site, ignore_errors=True)
        self._forget_all()

    def serve(self, article: SourceArticle) -> None:
        """The source publishes or edits an article."""
        self.withdrawn.pop(article.info_code, None)
        self.served[article.info_code] = article
        self.desk.newsroom.publish(article)

    def withdraw(self, code: str) -> None:
        """The source takes an article back."""
        self.withdrawn[code] = self.served.pop(code)
        self.desk.newsroom.withdraw(code)

    def withhold(self, code: str, mirror: int) -> None:
        """One mirror lacks an article."""
        self.withheld[code].add(mirror)
        self.desk.newsroom.withhold(code, mirror=mirror)

    def set_faults(self) -> None:
        """The newsroom suffers what the model says."""
        self.desk.newsroom.clear_faults()
        for mirror, kind in enumerate(self.faults):
            if kind:
                self.desk.newsroom.fault(kind, path="text", mirror=mirror)
        for path, kind in self.feed_faults.items():
            self.desk.newsroom.fault(kind, path=path)

    def answer(self, code: str) -> Answer:
        """What the mirrors say of an article now."""
        article = self.served.get(code)
        text = model.text_of(article) if article else None
        held = [None if mirror in self.withheld[code] else text for mirror in range(MIRRORS)]
        return model.answer(held, self.faults)

    def said(self, feeds: Collection[str]) -> dict[str, dict[str, Said]]:
        """infoCode → what those of these feeds say of it that can be read now."""
        read = [feed for feed in feeds if feed_path(feed) not in self.feed_faults]
        told = {
            code: {feed: model.said_by_feed(article, feed) for feed in read if feed in article.feeds}
            for code, article in self.served.items()
        }
        return {code: said for code, said in told.items() if said}

    def poll(self, feeds: Sequence[str] = FEEDS) -> None:
        """`finews poll`."""
        expected = self.expect_poll(feeds)
        report = poll(self.pipeline, feeds)
        self._settle(expected, told_by(report.as_json()))
        self._ran()
        said = self.said(FEEDS)
        for feed in report.feeds:
            broken = feed_path(feed.name) in self.feed_faults
            assert bool(feed.error) == broken, feed
            assert broken or feed.listed == sum(feed.name in each for each in said.values()), feed

    def expect_poll(self, feeds: Sequence[str]) -> dict[str, Steps]:
        """What the model says of a poll."""
        said, due = self.said(feeds), self.seen.due()
        return {
            code: model.poll(code, self.kept[code], said.get(code, {}), self.answer(code), due=code in due)
            for code in {*self.kept, *said}
        }

    def ingest(self, codes: Sequence[str]) -> None:
        """`finews ingest`."""
        expected = self.expect_ingest(codes)
        self._settle(expected, told_by(ingest(self.pipeline, codes).as_json()))
        self._ran()

    def expect_ingest(self, codes: Sequence[str]) -> dict[str, Steps]:
        """What the model says of an ingest."""
        return {
            code: model.ingest(code, self.kept[code], self.answer(code), asked=code in codes)
            for code in {*self.kept, *codes}
        }

    def replay(self, *, codes: Sequence[str] | None = None, reason: str | None = None) -> None:
        """`finews replay`: of all where nothing is named."""
        expected = self.expect_replay(codes=codes, reason=reason)
        selection = Selection(
            codes=None if codes is None else tuple(codes), reason=reason, discarded=codes is not None
        )
        self._settle(expected, told_by(replay(self.pipeline, selection).as_json()), counts_only=codes is None)
        self.leases_of_the_dead = False

    def expect_replay(
        self, *, codes: Sequence[str] | None = None, reason: str | None = None
    ) -> dict[str, Steps]:
        """What the model says of a replay."""
        chosen = list(self.kept) if codes is None else codes
        return {
            code: model.replay(code, self.kept[code], named=codes is not None, reason=reason)
            for code in chosen
        }

    def discard(self, code: str) -> None:
        """`finews quarantine discard`; the article waits there."""
        item = self.kept[code].item
        assert item
        discard_items(self.pipeline.database, codes=[code], sieve=Sieve(), why="a test")
        gone = Item(reason=item.reason, of=item.of, discarded=True)
        self._settle({code: _single(self.kept[code], item=gone)})

    def forget(self, code: str) -> None:
        """`finews forget`."""
        forget(self.pipeline, [code], why="a test")
        self._settle({code: Steps(kept=(Kept(link="forgotten"),))})
        self.amiss.pop(code, None)
        self.fixed.pop(code, None)

    def remember(self, code: str) -> None:
        """`finews forget --undo`."""
        remember(self.pipeline, [code], why="a test")
        self._settle({code: Steps(kept=(Kept(link="pending"),))})

    def publish(self) -> None:
        """`finews publish`."""
        database, settings = self.pipeline.database, self.pipeline.settings
        found = publish_site(database, settings, self.pipeline.progress)
        assert found["orphans_left"] == 0
        assert self.half_written or not found["removed"], "a post without a row"
        self._settle({})
        self.amiss.clear()
        self.half_written = False

    def reconcile(self) -> None:
        """`finews reconcile` finds what the model knows to be amiss."""
        found = reconcile(self.pipeline.database, self.pipeline.settings)
        paths = {code: row.path for code, kept in self.kept.items() if (row := kept.row)}
        assert found.rows == len(paths)
        assert found.orphan_posts == []
        sure = {(paths[code], how) for code, how in self.amiss.items() if how != "unwritten"}
        told = {(path, "missing") for path in found.missing_posts}
        told |= {(path, "changed") for path in found.changed_posts}
        unsure = {paths[code] for code, how in self.amiss.items() if how == "unwritten"}
        assert {each for each in told if each[0] not in unsure} == sure
        assert self.leases_of_the_dead or found.stuck == []
        assert sum(each.rows for each in found.coverage) == found.rows
        assert found.counts["missing"] == 0

    def mend(self) -> None:
        """`finews reconcile --fix` reads what waits, and leaves nothing that is off."""
        expected = self.expect_ingest([])
        fix(self.pipeline)
        self._settle(expected)
        self._ran()
        self.amiss.clear()
        self.half_written = False
        self.reconcile()

    def kill(self, boundary: str, passings: int, expected: Mapping[str, Steps], *command: str) -> bool:
        """A real process is killed at a boundary, if it passes it so often; tells whether it was."""
        others = {pid for (pid,) in self._sessions()}
        given = {f"FINEWS_{name.upper()}": str(value) for name, value in SETTINGS.items()}
        process = subprocess.run(
            [
                *(sys.executable, "-m", "tests.pipeline.killed_run", boundary, str(passings)),
                *(*command, "--json"),
            ],
            env=self.desk.environment(**given),
            cwd=self.desk.folder,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )
        while {pid for (pid,) in self._sessions()} - others:
            time.sleep(0.02)
        killed = process.returncode == -signal.SIGKILL
        assert killed or process.returncode in (0, 1), process.stderr
        self.leases_of_the_dead = self.half_written = True
        self._settle(expected, killed=killed)
        self._look_at_posts()
        return killed

    def _sessions(self) -> list[tuple[Any, ...]]:
        return self.seen.rows("select pid from pg_stat_activity where datname = current_database()")

    def _settle(
        self,
        expected: Mapping[str, Steps],
        told: Told | None = None,
        *,
        counts_only: bool = False,
        killed: bool = False,
    ) -> None:
        """Compares what is kept now with what the model says, and takes it over."""
        now = self.seen.kept()
        for code in sorted({*expected, *self.kept, *now}):
            before, found = self.kept[code], now.get(code, Kept())
            steps = expected.get(code) or Steps(kept=(before,))
            allowed = steps.kept if killed else (steps.last,)
            assert found in allowed, f"{code} is kept as\n  {found}\nand should be one of\n  " + "\n  ".join(
                map(str, allowed)
            )
            if told is not None:
                self._compare_told(code, steps, told.get(code, ()), counts_only=counts_only)
            if found.row and not before.row:
                self.born[code] += 1
            self.edited[code] += (found.row.revision - 1 if found.row else 0) - (
                before.row.revision - 1 if before.row and found.row else 0
            )
            self.kept[code] = found
            if told is not None and any(outcome in _WITH_ROWS for outcome, _ in steps.told):
                self.amiss.pop(code, None)

    @staticmethod
    def _compare_told(code: str, steps: Steps, told: Sequence[tuple[str, str]], *, counts_only: bool) -> None:
        expected = list(steps.told)
        if counts_only and not told:
            expected = [each for each in expected if each[0] != "unchanged"]
        assert len(expected) <= 1, f"{code} ends more than once: {expected}"
        assert list(told) == expected, f"{code} is told as {list(told)}, and should be {expected}"

    def _ran(self) -> None:
        """A poll or an ingest has come to its end: it cleared up after the dead."""
        self.leases_of_the_dead = False
        self.amiss = {code: how for code, how in self.amiss.items() if how != "unwritten"}

    def _look_at_posts(self) -> None:
        """What a killed process did to the site is seen, not foretold."""
        unwritten, written = self.seen.unwritten(), self.seen.post_paths_as_written(self.desk.site)
        for code, kept in self.kept.items():
            if kept.row is None:
                continue
            if code in unwritten:
                self.amiss[code] = "unwritten"
            elif self.amiss.get(code) == "unwritten" or kept.row.path in written:
                self.amiss.pop(code, None)


def told_by(report: Mapping[str, Any]) -> Told:
    """What a report tells; reasons only where the model knows them."""
    told: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for each in report["articles"]:
        told[each["info_code"]].append((each["outcome"], each["reason"]))
    return told


def feed_path(feed: str) -> str:
    """Where the newsroom serves a feed."""
    return "/web/webapi" if feed in ("rolling", "headlines") else "/information/newmarket"


def _single(kept: Kept, **fields: Any) -> Steps:
    return Steps(kept=(Kept(**{**vars(kept), **fields}),))


def codes_of(numbers: Iterable[int]) -> list[str]:
    """The infoCodes of these numbers, each once, in their order."""
    return list(dict.fromkeys(f"NW20260310{number:010d}" for number in numbers))
