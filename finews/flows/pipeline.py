"""What every use case works with: settings, an open database, a crawl, progress, and its row in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from finews.flows.crawl_rules import crawl_rules, part_now, rate_now, steered
from finews.flows.database_outage import lasting
from finews.flows.mirrors import MirrorCircuits
from finews.flows.progress import Progress, Silent
from finews.flows.rates import BACKFILL
from finews.flows.run_log import RunLog
from finews.flows.unacknowledged import unacknowledged
from finews.schema.coverage_days import recount
from finews.schema.database import Database
from finews.schema.errors import FinewsError, ServiceError
from finews.schema.frontier import Backoff
from finews.schema.hourly_counts import count_answers
from finews.schema.ledger import Chores, counted, end_run
from finews.schema.mirrors import mirror_states
from finews.schema.records import Fetch, Outcome, Result
from finews.schema.robots import keep_robots
from finews.schema.run_lines import OPENINGS
from finews.schema.settings import Settings
from finews.schema.sign_of_life import reopen
from finews.spiders.crawl import Crawl
from finews.spiders.crawl_settings import CrawlSettings
from finews.spiders.heard import MIRROR_PAUSED, OUT_OF_REACH

T = TypeVar("T")


class Step(Protocol):
    """How a part of a use case is run: at once, or as a task of a flow run."""

    def __call__(self, name: str, work: Callable[[], T], /) -> T:
        """Runs `work` under `name` and returns what it returns."""


def at_once(_name: str, work: Callable[[], T]) -> T:
    """The step without an orchestrator."""
    return work()


class Pipeline:
    """An open pipeline. With `crawling`, the crawl processes start before the database does, beside it.

    One in the `background` asks the source with its part of what its `kind` has of the rate; so many processes share
    that. The others have what is left. `scheduled_for` is when a flow run should have begun: the ledger keeps it
    beside when it did.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        crawling: int = 0,
        progress: Progress | None = None,
        step: Step = at_once,
        flow_run: str | None = None,
        scheduled_for: datetime | None = None,
        background: int = 0,
        kind: str = BACKFILL,
    ) -> None:
        self.settings = settings
        self._background, self._kind = background, kind
        self._step = step
        self._run: Run | None = None
        self.backoff = Backoff(shortest=settings.retry_min, longest=settings.retry_max)
        self.database = Database(settings)
        self.log = RunLog(progress or Silent(), self.database)
        self.progress: Progress = self.log
        self.flow_run = flow_run
        self.scheduled_for = scheduled_for
        self._crawling = crawling
        self._crawl: Crawl | None = None
        self._part = 1.0
        self.rules: CrawlSettings
        """What the crawl was told: set as long as this is open with one."""
        self._sent_before = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            if self._crawling:
                circuits = MirrorCircuits(self.database, self.settings)
                self._crawl = stack.enter_context(Crawl(processes=self._crawling, circuits=circuits))
            stack.enter_context(self.database)
            if self._crawl:
                self._crawl.configure(self._crawl_settings())
                stack.callback(self.keep_learned)
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

    def share_background(self, processes: int) -> None:
        """From now on so many processes share the background's part of the rate; between two jobs of the crawl."""
        if processes != self._background:
            self._background = processes
            self.crawl.configure(self._crawl_settings())

    @property
    def rate(self) -> float | None:
        """Requests a second to the mirror that is asked first, of all processes together; None: no limit."""
        rate = rate_now(self.rules)
        return None if rate is None else rate / self._part

    def heed_operators(self) -> None:
        """Has the crawl go by what operators have set of the mirrors since; within a step, between two of its jobs."""
        with self.database.transaction() as connection:
            mirrors = mirror_states(connection, self.settings.sources)
            if steered(self.rules, mirrors, part=self._part) == self.rules:
                return
            self.rules = crawl_rules(connection, self.settings, part=self._part)
        self.crawl.configure(self.rules)

    @property
    def intended(self) -> dict[str, object]:
        """What the ledger keeps of the time at which a run should have begun."""
        return {"scheduled_for": self.scheduled_for.isoformat()} if self.scheduled_for else {}

    @property
    def requests(self) -> int:
        """HTTP requests sent since the newest run began."""
        return self._crawl.requests.total() - self._sent_before if self._crawl else 0

    @contextmanager
    def run(self, kind: str, reason: str, **detail: object) -> Iterator[Run]:
        """One row of the ledger around a use case, with this detail; an exception closes it as broken, in its words."""
        with ExitStack() as stack:
            life = partial(
                self.database.living_run,
                kind,
                reason=reason,
                flow_run=self.flow_run,
                detail=self.intended | detail,
            )
            number = self.lasting(lambda: stack.enter_context(life()))
            run = self._run = Run(number, kind)
            stack.enter_context(self.log.kept_for(number, opening=OPENINGS.get(kind, "")))
            # A pipeline that stays open has had runs before.
            self._sent_before = self._crawl.requests.total() if self._crawl else 0
            try:
                yield run
                self._see_to(self.lasting(lambda: self._close(run)))
            except BaseException as error:
                words = str(error) if isinstance(error, FinewsError) else type(error).__name__
                self._close_broken(run, words)
                raise
            finally:
                self._run = None

    def step(self, name: str, work: Callable[[], T]) -> T:
        """A named part of a use case that lasts through a short outage of the database: `work` is called again.

        What it brought to its end before is in the run's results then, and not to be asked for once more.
        """
        return self._step(name, lambda: self.lasting(work))

    def lasting(self, work: Callable[[], T]) -> T:
        """`step` for what is too small to have a name."""
        return lasting(
            self.database,
            self.settings,
            self.progress,
            work,
            again=self._take_up_again,
            done=lambda: len(self._run.results) + self._run.others.total() if self._run else 0,
        )

    def _take_up_again(self) -> None:
        run = self._run
        if run and run.recorded_elsewhere:
            with self.database.transaction() as connection:
                reopen(connection, run.number)
        elif run:
            found = unacknowledged(self.database, self.settings, run.number, run.results)
            run.results += found
            self.progress.advance(len(found))

    def _close(self, run: Run) -> Chores:
        told: dict[str, Any] = {"note": run.note} if run.note else {}
        if run.paused:
            told["paused"] = run.paused
        silent = self.log.says_no_more
        with self.database.transaction(single=silent) as connection:
            chores = end_run(connection, run.number, run.counts(), requests=self.requests, **told)
            if not silent:
                self.log.write(connection)
        return chores

    def _see_to(self, chores: Chores) -> None:
        if chores.old_lines:
            self.log.let_go()
        if chores.uncounted:
            # For want of this, the next run or whoever looks at the calendar counts.
            with suppress(ServiceError), self.database.transaction(wait=1) as connection:
                recount(connection)

    def _close_broken(self, run: Run, words: str) -> None:
        try:
            with self.database.transaction(wait=1) as connection:
                end_run(connection, run.number, run.counts(), broken=words)
                self.log.write(connection)
        except FinewsError:
            # The database itself is what broke; the row stays `running`, and the error that is under way says it.
            return

    def _crawl_settings(self) -> CrawlSettings:
        def read() -> CrawlSettings:
            with self.database.transaction() as connection:
                self._part = part_now(connection, self.settings, kind=self._kind, processes=self._background)
                return crawl_rules(connection, self.settings, part=self._part)

        self.rules = self.lasting(read)
        return self.rules

    def keep_learned(self) -> None:
        """Keeps for others what the crawl learned since the last time: robots.txt, and what the mirrors answered."""
        read, heard = self.crawl.robots_read, self.crawl.heard.taken()
        if read or heard:
            # The work is done by now: for want of this, the next crawl makes one request more, and a chart has a gap.
            with suppress(ServiceError), self.database.transaction(wait=1) as connection:
                keep_robots(connection, read)
                count_answers(connection, heard)


class Run:
    """A row of the ledger that is being written: its number and the results so far.

    What a run brought to its end unheard is looked up in the ledger after an outage, unless the use case does so
    itself: then it is `recorded_elsewhere`.
    """

    def __init__(self, number: int, kind: str) -> None:
        self.number, self.kind = number, kind
        self.recorded_elsewhere = False
        self.results: list[Result] = []
        self.skipped = 0
        self.left = 0
        """Links that are due and were not asked for."""
        self.paused: list[str] = []
        """Feeds that were not read since they are paused, or the mirror is that serves them."""
        self._outages: Counter[str] = Counter()
        self.others: Counter[Outcome] = Counter()
        """Articles that ended and are not among the results, by outcome."""

    def note_outage(self, reason: str | None, fetches: Sequence[Fetch]) -> None:
        """Notes which of these links failed since every mirror was failing at once; `reason` is the crawl's."""
        for fetch in fetches:
            if fetch.outage or (reason and fetch.outcome is Outcome.FAILED):
                self._outages[reason or fetch.reason] += 1

    def note_feeds_outage(self, reason: str) -> None:
        """Notes that no feed could be read, and that no mirror was there at all."""
        self._outages[reason] += 0

    @property
    def note(self) -> str:
        """What an operator has to know of this run beyond its counts, empty where there is nothing."""
        notes = [self._outage_note()] if self._outages else []
        if self.left:
            waits = "link waits" if self.left == 1 else "links wait"
            notes.append(f"{self.left} {waits} for the next {self.kind}")
        return "; ".join(notes)

    def _outage_note(self) -> str:
        reasons, links = " and ".join(sorted(self._outages)), self._outages.total()
        blame = (
            "it looks like our own network" if set(self._outages) <= OUT_OF_REACH else "no mirror is charged"
        )
        left = f"; {links} link{'s are' if links != 1 else ' is'} asked for again soon" if links else ""
        if set(self._outages) == {MIRROR_PAUSED}:
            return f"every mirror is paused{left}"
        return f"every mirror failed at once ({reasons}): {blame}{left}"

    def counts(self) -> dict[str, int]:
        """Articles by outcome so far."""
        return counted(self.results, self.others, skipped=self.skipped)
