"""What every test stands on: a clean environment, skips by marker, and the account of skips that CI asks for.

A test skips where something is missing that a developer may lack (Jekyll, the shared folder). CI has installed all
of it, so with FINEWS_CI=1 a skip fails the run unless its reason begins with one of `ALLOWED_SKIPS`.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from finews.spiders.piped_process import PipedProcess
from tests.warm_crawl import CRAWL, Warm

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

ALLOWED_SKIPS = ("not permitted here:",)
"""Reasons that hold in CI too: what the system refuses, not what was never installed."""

NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "browser": (
        lambda: shutil.which("chromium") is not None,
        "Chromium is not installed (Debian's chromium)",
    ),
    "jekyll": (lambda: shutil.which("jekyll") is not None, "Jekyll is not installed"),
    "nginx": (lambda: shutil.which("nginx") is not None, "nginx is not installed (Debian's nginx-light)"),
    "postgres15": (
        Path("/usr/lib/postgresql/15/bin/postgres").exists,
        "PostgreSQL 15 is not installed (Debian's postgresql-15)",
    ),
    "shared": (SHARED.is_dir, "there is no ../shared beside the project"),
}
"""Marker → (is what it needs there?, the reason for the skip where it is not)."""

# A developer's own settings, database and Prefect profile stay out of the tests.
for name in [each for each in os.environ if each.startswith(("FINEWS_", "PREFECT_", "PG"))]:
    if name != "FINEWS_CI" and not name.startswith("FINEWS_TEST_"):
        del os.environ[name]
os.environ |= {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}

# A shell's background jobs ignore Ctrl-C, and `nohup` a closed terminal; so would every process that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# What hypothesis keeps names the files of this machine: it has no place in the project's folder.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / f"finews-hypothesis-{os.getuid()}")
# How long one example takes says more about the machine than about the code.
settings.register_profile("finews", deadline=None, print_blob=True)
settings.load_profile("finews")


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the golden file and the corpus; only for tests marked `shared`."""
    return SHARED


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a marked test where what its marker needs is missing."""
    for marker, (present, reason) in NEEDS.items():
        if item.get_closest_marker(marker) and not present():
            pytest.skip(reason)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn a green CI run red when a test was skipped that CI had to be able to run."""
    if exitstatus == pytest.ExitCode.OK and disallowed_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the skips that made a CI run fail."""
    if skips := disallowed_skips(config):
        terminalreporter.section("skipped, though CI installs what they need", sep="=", red=True)
        for line in skips:
            terminalreporter.write_line(line)


def disallowed_skips(config: pytest.Config) -> list[str]:
    """One line for each test that was skipped in CI for a reason that does not hold there."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("FINEWS_CI") != "1" or hasattr(config, "workerinput") or reporter is None:
        return []
    reasons = {report.nodeid: skip_reason(report) for report in reporter.stats.get("skipped", [])}
    return [f"{test}: {reason}" for test, reason in reasons.items() if not reason.startswith(ALLOWED_SKIPS)]


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Tell why a test was skipped, as its author wrote it."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.longrepr)


@pytest.fixture(scope="session", autouse=True)
def _warm_crawls() -> Iterator[None]:
    """Crawls of this process are forked from one that has loaded Scrapy; FINEWS_TEST_COLD=1 starts each anew."""
    if os.environ.get("FINEWS_TEST_COLD"):
        yield
        return
    warm, started = Warm(), PipedProcess._started

    def start(module: str, end: int, *, environment: Mapping[str, str], quiet: bool) -> Any:
        if module == CRAWL:
            return warm.fork(end, environment=environment, quiet=quiet)
        return started(module, end, environment=environment, quiet=quiet)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PipedProcess, "_started", staticmethod(start))
        yield
    warm.close()
