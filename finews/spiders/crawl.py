"""A crawl: child processes that fetch, seen from the process that has the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from multiprocessing.connection import wait
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self

from finews.schema.errors import CrawlDiedError
from finews.schema.feed_records import Validators
from finews.schema.records import Fetch, RobotsFile
from finews.schema.tally import Tallies

from .child_process import ChildProcess
from .circuits import CircuitKeeper, relay
from .crawl_search import Search
from .crawl_settings import CrawlSettings, robots_from_json
from .exchange import feed_from_json, fetch_from_json
from .feed_answer import FeedAnswer
from .mirror_answer import MirrorAnswer
from .search_messages import ranges_to_json
from .search_range import Range
from .search_walk import SMALLEST
from .under_way import UnderWay

__all__ = ["Crawl", "FeedAnswer", "MirrorAnswer", "Search"]

_SOON: Final = 0.3
"""Seconds that a first result waits for others, so that the caller can commit them together."""
_SIGN_OF_LIFE: Final = 30.0
"""Seconds after which the caller is handed an empty list, so that it can renew what it holds."""
_BETWEEN_LOOKS: Final = 1.0
"""The same where the caller may want to stop."""
_MOST_BYTES: Final = 16 * 2**20
"""Size of bodies from which on results are handed over at once."""


class Crawl:
    """A context manager: processes live from `__enter__` to `__exit__`, and work between.

    The settings may come later (`configure`), for a process takes its time to start. One job at a time.
    A process that dies raises CrawlDiedError, once all that was fetched has been handed over.
    """

    def __init__(
        self,
        settings: CrawlSettings | None = None,
        *,
        processes: int = 1,
        circuits: CircuitKeeper | None = None,
    ) -> None:
        self._settings = settings
        self._circuits = circuits
        self._processes = max(1, processes)
        self._children: list[ChildProcess] = []
        self._stack = ExitStack()
        self._job = 0
        self._robots: dict[str, RobotsFile] = {}
        self.requests: Counter[str] = Counter()
        """HTTP requests sent so far, by kind: `text`, `page`, `feed`, `search`, `robots`."""
        self.heard = Tallies()
        """What mirrors answered in the jobs that have ended, by mirror and hour."""
        self.outage: str | None = None
        """Why every mirror fails at once just now; None where one of them answers."""

    @property
    def robots_read(self) -> Mapping[str, RobotsFile]:
        """Origin → the robots.txt that this crawl read there, for the next crawl to know."""
        return self._robots

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the children."""
        return tuple(child.pid for child in self._children)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for _ in range(self._processes):
                child = ChildProcess()
                stack.callback(child.close)
                self._children.append(child)
            if self._settings:
                self.configure(self._settings)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._children.clear()
        self._stack.close()

    def configure(self, settings: CrawlSettings) -> None:
        """Tells the rules to the processes, each its share; from now on there may be jobs."""
        self._settings = settings
        # A process with less than one open request at a time would have nothing to do.
        self._children = self._children[: settings.concurrency]
        share = settings.share(len(self._children)).to_json()
        for child in self._children:
            child.send({"do": "settings", "settings": share})

    def feeds(
        self,
        names: Sequence[str],
        known: Mapping[str, Validators] | None = None,
        *,
        count: int | None = None,
    ) -> list[FeedAnswer]:
        """Asks for each of these feeds once, and returns how each went, in the order of the names.

        `known` is what feeds gave with an earlier answer: they may say that nothing has changed since. `count`
        articles are asked of each, where the settings are not to say how many.
        """
        given = {name: asdict(each) for name, each in (known or {}).items()}
        wish = {"do": "feeds", "names": list(names), "known": given, "count": count}
        answers = {each.name: each for each in (feed_from_json(told["feed"]) for told in self._told(wish))}
        return [answers[name] for name in names]

    def mirrors(self) -> list[MirrorAnswer]:
        """Asks each mirror but the paused for its robots.txt, once, whatever its circuit; returns how each answered."""
        return [MirrorAnswer(**told["mirror"]) for told in self._told({"do": "mirrors"})]

    def search(self, ranges: Iterable[Range], *, limit: int = 100) -> Search:
        """A search for all articles of the ranges; it begins when it is iterated over.

        `limit` articles are asked for at a time. Several ranges, of separate days for example, cost one walk.
        ValueError for a limit below ten.
        """
        if limit < SMALLEST:
            raise ValueError(f"a page of the search has at least {SMALLEST} articles, not {limit}")
        wish = {"do": "search", "ranges": ranges_to_json(ranges), "limit": limit}

        def begin() -> int:
            job = self._begin()
            self._children[0].send({**wish, "job": job})
            return job

        def drop(job: int) -> None:
            # A crawl that was left has no processes any more.
            for child in self._children[:1]:
                child.send({"do": "drop", "job": job})

        return Search(begin=begin, receive=lambda: self._receive(self._children[0]), drop=drop)

    def articles(
        self,
        supply: Callable[[int], Sequence[str]],
        *,
        batch: int = 200,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[list[Fetch]]:
        """Fetches what `supply` supplies, and yields the results as they come: one Fetch for each infoCode.

        `supply(n)` is called, between two yields, for up to n infoCodes more; with less than n it is asked
        again after the next yield. It ends when nothing is supplied and nothing is under way. A yield holds
        up to `batch` results, fewer where no more are there, none after half a minute without one. The
        processes wait for a caller that is slow.

        `stop` is asked about once a second whether to come to an end: what is under way is finished then, and what
        was supplied beyond has no result.
        """
        job = self._begin()
        under_way = UnderWay(self._children, batch=batch)
        for child in self._children:
            child.send({"do": "articles", "job": job})
        ended = stopped = False
        patience = _BETWEEN_LOOKS if stop else _SIGN_OF_LIFE
        try:
            while (not stopped and under_way.refill(supply, job)) or under_way.total:
                if stop and not stopped and stop():
                    stopped = True
                    for child in self._children:
                        child.send({"do": "hold", "job": job})
                results, death = self._gather(under_way, job, batch, patience)
                if results or not death:
                    yield results
                if death:
                    raise death
            self._end(job)
            ended = True
        finally:
            if not ended:
                for child in self._children:
                    child.send({"do": "drop", "job": job})

    def _told(self, wish: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """What the first process tells of a small job, to its end."""
        job = self._begin()
        self._children[0].send({**wish, "job": job})
        while True:
            header, _ = self._receive(self._children[0])
            if header.get("job") != job:
                continue
            if header["got"] == "end":
                return
            yield header

    def _begin(self) -> int:
        assert self._children, "a crawl is entered before it is used"
        assert self._settings, "a crawl is configured before it is used"
        self._replace_the_dead(self._settings)
        self.outage = None
        self._job += 1
        return self._job

    def _replace_the_dead(self, settings: CrawlSettings) -> None:
        """A job after a crash finds new processes: what died with the old ones is asked again by its caller."""
        share = settings.share(len(self._children)).to_json()
        for place, child in enumerate(self._children):
            if not child.alive:
                fresh = self._children[place] = ChildProcess()
                self._stack.callback(fresh.close)
                fresh.send({"do": "settings", "settings": share})

    def _gather(
        self, under_way: UnderWay, job: int, batch: int, patience: float
    ) -> tuple[list[Fetch], CrawlDiedError | None]:
        results, size = list[Fetch](), 0
        until: float | None = None
        alive_until = monotonic() + patience
        while under_way.total and len(results) < batch and size < _MOST_BYTES:
            left = (until or alive_until) - monotonic()
            ready = self._heard(left) if left > 0 else []
            if not ready:
                break
            for child in ready:
                try:
                    header, body = self._receive(child)
                except CrawlDiedError as death:
                    return results, death
                if header["got"] == "unasked" and header["job"] == job:
                    under_way.done(child)
                elif header["got"] == "fetch" and header["job"] == job:
                    results.append(fetch_from_json(header["fetch"], body))
                    size += len(body)
                    under_way.done(child)
                    until = until or monotonic() + _SOON
        return results, None

    def _heard(self, seconds: float) -> list[ChildProcess]:
        """The processes that have something to say, waited for as long as this; one that died has its end to tell."""
        at_once = [child for child in self._children if child.frames.ready]
        if at_once:
            return at_once
        talking = wait([child.ours for child in self._children], seconds)
        return [child for child in self._children if child.ours in talking]

    def _end(self, job: int) -> None:
        for child in self._children:
            child.send({"do": "end", "job": job})
        for child in self._children:
            while True:
                header, _ = self._receive(child)
                if header["got"] == "end" and header["job"] == job:
                    break

    def _receive(self, child: ChildProcess) -> tuple[dict[str, Any], bytes]:
        header, body = child.receive()
        self.requests.update(header.get("sent", {}))
        self.heard.add_json(header.get("heard", ()))
        match header["got"]:
            case "robots":
                self._robots[header["origin"]] = robots_from_json(header["file"])
            case "outage":
                self.outage = header["reason"]
            case "circuit":
                relay(header, child, self._children, self._circuits)
        return header, body
