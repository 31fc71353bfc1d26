"""A soak from beginning to end: starts everything, lets it run, lets it settle, compares."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from finews.newsroom import NewsroomProcess
from tests.databases import running_server
from tests.soak.author import Author
from tests.soak.gauge import Gauge, alone, children, with_children
from tests.soak.report import Soaked
from tests.soak.truth import compared, spoilt, unsettled
from tests.soak.verdict import Windows, judged
from tests.soak.weather import Weather, spells
from tests.soak.worker_process import WorkerProcess, interrupts_held_back

_LEAST: Final = 0.9
"""Part of the articles that must have appeared, or there was no soak."""
_SETTLING: Final = 120.0
"""Seconds after which articles that are still under way are wrong."""
_POSTGRESQL: Final = "PostgreSQL"
_USUAL_PACE: Final = 300.0
"""Seconds of a soak from which on everything in it has its usual length; in a shorter one all is shortened."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long, from which seed, how many articles a second."""

    seconds: float
    seed: int = 0
    rate: float = 2.0

    @property
    def pace(self) -> float:
        """Of the usual length of things."""
        return min(1.0, self.seconds / _USUAL_PACE)


@dataclass(kw_only=True)
class _Errand:
    """What is done every so many seconds, `due` by the monotonic clock."""

    every: float
    do: Callable[[], object]
    due: float = 0.0


class Soak:
    """One soak. `ended` may be set from anywhere: it then settles and tells what there is so far."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.ended = threading.Event()
        self.gauge: Gauge
        self._done: Counter[str] = Counter()
        self._requests = 0
        self._deaths = 0
        self._wrong: list[str] = []
        self._newsroom: NewsroomProcess
        self._worker: WorkerProcess
        self._author: Author
        self._address = ""

    def run(self) -> Soaked:
        """All of it. RuntimeError where a process dies that should not."""
        plan = self._plan
        with ExitStack() as stack:
            with interrupts_held_back():
                server = stack.enter_context(running_server(durable=True))
                self._address = stack.enter_context(server.database())
                self._newsroom = stack.enter_context(NewsroomProcess(samples=False))
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="finews-soak-")))
                self._worker = stack.enter_context(WorkerProcess(self._settings(folder)))
            self._author = Author(self._newsroom, seed=plan.seed, rate=plan.rate)
            self._call("poll")
            begun = time.monotonic()
            weather = Weather(self._newsroom, spells(plan.seed, plan.seconds, pace=plan.pace), begun)
            self.gauge = self._new_gauge(begun)
            for part in (self._author, self.gauge, weather):
                part.start()
                stack.callback(part.stop)
            print("soak: under way", file=sys.stderr, flush=True)
            self._live(begun)
            seconds = time.monotonic() - begun
            self.gauge.stop()
            self._author.stop()
            weather.stop()
            settling = self._settle()
            if status := self._worker.close():
                self._wrong.append(f"the worker ended with {status}")
            found = compared(self._address, folder / "site", self._author.stories, deaths=self._deaths)
            windows = Windows.of(seconds)
            verdicts = {
                name: judged(name, each, windows, keeps_files=name == _POSTGRESQL)
                for name, each in self.gauge.series.items()
            }
            self._wrong += [f"{name}: no samples" for name, each in verdicts.items() if each is None]
            if len(self._author.stories) < _LEAST * plan.rate * seconds:
                self._wrong.append(f"only {len(self._author.stories)} articles appeared")
            if len(weather.had) < sum(each.begin < seconds - 1 for each in weather.planned):
                self._wrong.append(f"only {len(weather.had)} of the planned faults were set")
            return Soaked(
                seconds=seconds,
                settling=settling,
                interrupted=self.ended.is_set(),
                windows=windows,
                verdicts=tuple(each for each in verdicts.values() if each),
                stories=self._author.stories,
                edits=self._author.edits,
                weather=tuple(weather.had),
                done=self._done,
                requests=self._requests,
                found=found,
                wrong=tuple(self._wrong),
            )

    def _settings(self, folder: Path) -> dict[str, str]:
        return {
            "FINEWS_HOME": str(folder),
            "FINEWS_SETTINGS_FILE": os.devnull,
            "FINEWS_DATABASE_URL": self._address,
            "FINEWS_SITE_DIR": str(folder / "site"),
            "FINEWS_SOURCES": ",".join(self._newsroom.bases),
            "FINEWS_FEED_COUNT": "200",
            "FINEWS_TIMEOUT": "1.5",
            "FINEWS_RETRIES": "1",
            "FINEWS_RETRY_MIN": "1",
            "FINEWS_RETRY_MAX": "6",
        }

    def _new_gauge(self, begun: float) -> Gauge:
        with psycopg.connect(self._address) as connection:
            server = psutil.Process(connection.info.backend_pid).ppid()
        families = {
            "worker": alone(self._worker.pid),
            "its crawl": children(self._worker.pid),
            "newsroom": alone(self._newsroom.pid),
            _POSTGRESQL: with_children(server),
        }
        every = max(0.25, 2.0 * self._plan.pace)
        return Gauge(families, database=self._address, worker="worker", every=every, begun=begun)

    def _live(self, begun: float) -> None:
        """Polls every few seconds; the rest of an operator's day in between."""
        pace, until = self._plan.pace, begun + self._plan.seconds
        errands = [
            _Errand(every=10 * pace, do=lambda: self._author.edit(2)),
            _Errand(every=15 * pace, do=lambda: self._ask_for(self._author.edited())),
            _Errand(every=40 * pace, do=lambda: self._ask_for(spoilt(self._address, self._author.stories))),
            _Errand(every=5 * pace, do=lambda: self._author.take_back(150 * pace)),
            _Errand(every=20 * pace, do=self._forget_requests),
            _Errand(every=60 * pace, do=lambda: self._call("publish")),
            _Errand(every=75 * pace, do=self._reconcile),
            _Errand(every=self._plan.seconds / 10, do=self._kill_crawl_once),
        ]
        for errand in errands:
            errand.due = begun + errand.every
        while (now := time.monotonic()) < until and not self.ended.is_set():
            self._call("poll")
            for errand in errands:
                if errand.due <= time.monotonic():
                    errand.due += errand.every
                    errand.do()
            self.ended.wait(max(now + 3 * pace - time.monotonic(), 0.05))

    def _settle(self) -> float:
        """Fair weather, until every article has come to its end; returns how many seconds that took."""
        begun = time.monotonic()
        self._newsroom.clear_faults()
        stories = self._author.stories
        while True:
            self._call("poll")
            self._ask_for(self._author.edited())
            self._ask_for(spoilt(self._address, stories))
            if not unsettled(self._address, stories) or time.monotonic() - begun > _SETTLING:
                break
            time.sleep(0.5)
        if (written := self._call("publish").get("written")) != 0:
            self._wrong.append(f"publish wrote {written} posts that should have been there")
        self._reconcile()
        self._forget_requests()
        return time.monotonic() - begun

    def _call(self, what: str, **more: object) -> dict[str, Any]:
        answer = self._worker.ask(what, **more)
        self._done[what] += 1
        if "error" in answer:
            self._done[f"{what} broken"] += 1
        self._author.told(answer.get("articles", ()))
        return answer

    def _ask_for(self, codes: list[str]) -> None:
        if codes:
            self._call("ingest", codes=codes)

    def _reconcile(self) -> None:
        answer = self._call("reconcile")
        for kind in ("missing_posts", "orphan_posts", "changed_posts", "stuck"):
            if answer.get(kind) != []:
                self._wrong.append(f"reconcile: {kind} {answer.get(kind, answer)}")

    def _forget_requests(self) -> None:
        """The newsroom notes every request with its headers: read and emptied now and then."""
        self._wrong += [f"a request went astray: {each.path}" for each in self._newsroom.strays]
        self._requests += self._newsroom.count()
        self._newsroom.forget_requests()

    def _kill_crawl_once(self) -> None:
        """One death of the crawl process, early: the next poll finds a new one."""
        if self._deaths == 0:
            self._deaths = 1
            for process in psutil.Process(self._worker.pid).children():
                process.send_signal(signal.SIGKILL)
