"""What every use case works with: settings, an open database, a crawl, progress, and its row in the ledger."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Protocol, Self, TypeVar

import finews
from finews.flows.progress import Progress, Silent
from finews.schema.database import Database
from finews.schema.errors import FinewsError
from finews.schema.frontier import Backoff
from finews.schema.ledger import counted, end_run
from finews.schema.records import Result
from finews.schema.robots import keep_robots, known_robots
from finews.schema.settings import Settings
from finews.spiders.crawl import Crawl
from finews.spiders.crawl_settings import CrawlSettings

T = TypeVar("T")
LONG_LIST = 500
"""From this many links on a second crawl process pays for its start."""


class Step(Protocol):
    """How a part of a use case is run: at once, or as a task of a flow run."""

    def __call__(self, name: str, work: Callable[[], T], /) -> T:
        """Runs `work` under `name` and returns what it returns."""


def at_once(_name: str, work: Callable[[], T]) -> T:
    """The step without an orchestrator."""
    return work()


class Pipeline:
    """An open pipeline. With `crawling`, the crawl processes start before the database does, beside it."""

    def __init__(
        self,
        settings: Settings,
        *,
        crawling: int = 0,
        progress: Progress | None = None,
        step: Step = at_once,
        flow_run: str | None = None,
    ) -> None:
        self.settings = settings
        self.progress: Progress = progress or Silent()
        self.step = step
        self.backoff = Backoff(shortest=settings.retry_min, longest=settings.retry_max)
        self.database = Database(settings)
        self._flow_run = flow_run
        self._crawling = crawling
        self._crawl: Crawl | None = None
        self._sent_before = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            if self._crawling:
                self._crawl = stack.enter_context(Crawl(processes=self._crawling))
            stack.enter_context(self.database)
            if self._crawl:
                self._crawl.configure(self._crawl_settings())
                stack.callback(self._keep_robots)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def crawl(self) -> Crawl:
        """The crawl processes of this pipeline."""
        assert self._crawl is not None, "this pipeline was opened without a crawl"
        return self._crawl

    @property
    def requests(self) -> int:
        """HTTP requests sent since the newest run began."""
        return self._crawl.requests.total() - self._sent_before if self._crawl else 0

    @contextmanager
    def run(self, kind: str, reason: str) -> Iterator[Run]:
        """One row of the ledger around a use case; an exception closes it as broken, with the exception's words."""
        with self.database.living_run(kind, reason=reason, flow_run=self._flow_run) as number:
            run = Run(number)
            # A pipeline that stays open has had runs before.
            self._sent_before = self._crawl.requests.total() if self._crawl else 0
            try:
                yield run
            except BaseException as error:
                words = str(error) if isinstance(error, FinewsError) else type(error).__name__
                self._close_broken(run, words)
                raise
            with self.database.transaction() as connection:
                end_run(connection, run.number, run.counts(), requests=self.requests)

    def _close_broken(self, run: Run, words: str) -> None:
        try:
            with self.database.transaction() as connection:
                end_run(connection, run.number, run.counts(), broken=words)
        except FinewsError:
            # The database itself is what broke; the row stays `running`, and the error that is under way says it.
            return

    def _crawl_settings(self) -> CrawlSettings:
        with self.database.transaction() as connection:
            robots = known_robots(connection)
        settings = self.settings
        return CrawlSettings(
            sources=settings.sources,
            rate=settings.rate_in_force,
            concurrency=settings.concurrency,
            timeout=settings.timeout,
            retries=settings.retries,
            feed_count=settings.feed_count,
            user_agent=user_agent(settings),
            robots=robots,
        )

    def _keep_robots(self) -> None:
        read = self.crawl.robots_read
        if read:
            with self.database.transaction() as connection:
                keep_robots(connection, read)


class Run:
    """A row of the ledger that is being written: its number and the results so far."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.results: list[Result] = []
        self.skipped = 0

    def counts(self) -> dict[str, int]:
        """Articles by outcome so far."""
        counts = counted([each.outcome for each in self.results])
        counts["skipped"] += self.skipped
        return counts


def user_agent(settings: Settings) -> str:
    """The honest name that the source sees: `finews/0.1.0 (+mailto:desk@example.org)`."""
    return f"finews/{finews.__version__}" + (f" (+{settings.contact})" if settings.contact else "")


def crawl_processes(settings: Settings, links: Sequence[str] | None) -> int:
    """How many crawl processes a list of links deserves: one a core at most."""
    if settings.processes:
        return settings.processes
    return min(2, os.cpu_count() or 1) if links is not None and len(links) >= LONG_LIST else 1
