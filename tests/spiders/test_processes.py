"""Crawl processes come, work, die and go, and nothing is left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from finews.newsroom import Newsroom
from finews.schema.errors import CrawlDiedError
from finews.spiders.crawl import Crawl

from .crawling import fetched, plain, settings, told

ROOT = Path(__file__).resolve().parents[2]


def codes_of(room: Newsroom, most: int) -> list[str]:
    """So many plain articles."""
    return [each.info_code for each in plain(room)[:most]]


def until(holds: Callable[[], bool]) -> None:
    """Waits a generous while for something to be so."""
    limit = monotonic() + 20
    while not holds():
        assert monotonic() < limit
        sleep(0.02)


def is_gone(pid: int) -> bool:
    """No such process, not even a zombie."""
    return not psutil.pid_exists(pid)


def test_no_trace_is_left(room: Newsroom) -> None:
    """Neither a process nor an open file, also when it is left in the middle of a start."""
    before = len(psutil.Process().open_files()), psutil.Process().num_fds()
    with Crawl(processes=2) as crawl:
        pids = crawl.pids
    assert all(map(is_gone, pids))
    assert (len(psutil.Process().open_files()), psutil.Process().num_fds()) == before


def test_feeds_then_articles_then_articles(room: Newsroom, crawl: Crawl) -> None:
    """One process does one job after another."""
    crawl.configure(settings(*room.bases))
    listed = {each.info_code for answer in crawl.feeds(["37", "38"]) for each in answer.listings}
    known = {each.info_code for each in plain(room)}
    for codes in (sorted(listed & known), codes_of(room, 5), []):
        assert {told(each) for each in fetched(crawl, codes).values()} <= {(None, "")}


@pytest.mark.parametrize("processes", [1, 2])
def test_batches(room: Newsroom, processes: int) -> None:
    """Small ones for a small batch; a supply that gives little is asked again after each."""
    left = codes_of(room, 40)

    def supply(most: int) -> list[str]:
        given, left[: min(most, 3)] = left[: min(most, 3)], []
        return given

    with Crawl(settings(*room.bases), processes=processes) as crawl:
        sizes = [len(part) for part in crawl.articles(supply, batch=5)]
    assert sum(sizes) == 40
    assert max(sizes) <= 5


def test_more_processes_than_open_requests(room: Newsroom) -> None:
    """Those without a share of the work do none."""
    with Crawl(settings(room.bases[0], concurrency=1), processes=2) as crawl:
        fetched(crawl, codes_of(room, 10))
    assert max(each.open_on_mirror for each in room.requests) == 1


def test_two_crawls_at_once(room: Newsroom) -> None:
    """Each gets its own."""
    first, second = codes_of(room, 20)[:12], codes_of(room, 20)[8:]
    with Crawl(settings(*room.bases)) as one, Crawl(settings(*room.bases)) as other:
        supplies = [list(first)], [list(second)]
        parts = [
            crawl.articles(lambda _, left=left: left.pop() if left else [], batch=4)  # type: ignore[misc]
            for crawl, left in zip((one, other), supplies, strict=True)
        ]
        got: list[set[str]] = [set(), set()]
        open_ = [True, True]
        while any(open_):
            for each in (0, 1):
                part = next(parts[each], None)
                open_[each] = part is not None
                got[each] |= {fetch.info_code for fetch in part or ()}
    assert got == [set(first), set(second)]


def test_a_job_that_is_left_does_not_disturb_the_next(room: Newsroom, crawl: Crawl) -> None:
    """Its results are nobody's any more."""
    crawl.configure(settings(*room.bases, concurrency=2))
    supply = [codes_of(room, 40)]
    left = crawl.articles(lambda _: supply.pop() if supply else [], batch=1)
    assert next(left)
    left.close()  # type: ignore[attr-defined] # a generator it is
    codes = codes_of(room, 3)
    assert set(fetched(crawl, codes)) == set(codes)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_killed_process(room: Newsroom, processes: int) -> None:
    """What it fetched before is handed over, then its death is told."""
    slow = codes_of(room, 20)
    for code in slow[5:]:
        room.fault("stall", info_code=code)
    got: set[str] = set()
    supply = [list(slow)]

    def work(crawl: Crawl) -> None:
        for part in crawl.articles(lambda _: supply.pop() if supply else []):
            got.update(fetch.info_code for fetch in part)
            if got == set(slow[:5]):
                os.kill(crawl.pids[-1], signal.SIGKILL)

    with Crawl(settings(room.bases[0], timeout=30), processes=processes) as crawl:
        pids = crawl.pids
        with pytest.raises(CrawlDiedError, match="signal 9"):
            work(crawl)
    assert got == set(slow[:5])
    assert all(map(is_gone, pids))


def test_killed_before_its_first_job(room: Newsroom) -> None:
    """Another one takes its place; a job that a process dies of leaves a new one to the next."""
    with Crawl(settings(*room.bases)) as crawl:
        first = crawl.pids[0]
        os.kill(first, signal.SIGKILL)
        # Its first thread is a zombie while others are still ending: until then nobody can know that it is gone.
        while crawl._children[0].alive:
            time.sleep(0.01)
        assert crawl.feeds(["37"])[0].error is None
        assert crawl.pids[0] != first
        assert fetched(crawl, codes_of(room, 1))


PARENT = """
import sys
from finews.spiders.crawl import Crawl
from tests.spiders.crawling import settings
with Crawl(settings(sys.argv[1], timeout=60)) as crawl:
    codes = [[sys.argv[2]]]
    print(crawl.pids[0], flush=True)
    for part in crawl.articles(lambda n: codes.pop() if codes else []):
        print("fetched", flush=True)
"""


def start_parent(room: Newsroom, code: str) -> subprocess.Popen[str]:
    """A process that crawls, in a group of its own as a shell would give it."""
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, room.bases[0], code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_the_parent_is_killed(room: Newsroom) -> None:
    """Its child does not outlive it."""
    code = codes_of(room, 1)[0]
    room.fault("stall", path="text")
    with start_parent(room, code) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        until(lambda: room.count("text") > 0)
        parent.kill()
        parent.wait()
        until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")


@pytest.mark.parametrize("busy", [True, False])
def test_ctrl_c(room: Newsroom, busy: bool) -> None:
    """The parent alone hears it, whether the child is at work or has only just begun its own start."""
    code = codes_of(room, 1)[0]
    room.fault("stall", path="text")
    with start_parent(room, code) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        until(lambda: room.count("text") > 0 or not busy)
        os.killpg(parent.pid, signal.SIGINT)
        _, complaints = parent.communicate(timeout=20)
    assert complaints.count("Traceback") == 1
    assert complaints.rstrip().endswith("KeyboardInterrupt")
    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")


def test_light_to_import() -> None:
    """The parent loads neither Scrapy nor the extraction libraries."""
    script = "import sys, finews.spiders.crawl, finews.spiders.wire; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"scrapy", "twisted", "aiohttp", "trafilatura", "htmldate", "protego"} & set(
        loaded.stdout.split()
    )


def test_a_job_that_was_left_takes_nothing_from_the_next(room: Newsroom) -> None:
    """However late its processes hear of it."""
    left = [each.info_code for each in plain(room)[:20]]
    with Crawl(settings(*room.bases)) as crawl:

        def supply(most: int) -> list[str]:
            crawl._children[0].send({"do": "drop", "job": 0})
            given, left[:most] = left[:most], []
            return given

        assert len([fetch for part in crawl.articles(supply) for fetch in part]) == 20


def test_a_process_that_breaks(room: Newsroom, capfd: pytest.CaptureFixture[str]) -> None:
    """Its error is on standard error, and the parent does not wait for it in vain."""
    with Crawl(settings(*room.bases)) as crawl:
        crawl._children[0].send({"do": "feeds"})
        with pytest.raises(CrawlDiedError, match="exit status 1"):
            crawl.feeds(["37"])
    assert "KeyError" in capfd.readouterr().err
