"""Programs on a leash: asked before they are killed, and none outlives its parent, whatever it started and where."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from finews.flows import leash
from finews.flows.leash import passwords_of
from finews.flows.leashed import Leashed
from tests.pipeline.desk import ROOT

CHILD = """
import signal, sys, time
from pathlib import Path
note = Path(sys.argv[1])
def end(*_):
    note.write_text('asked')
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
note.write_text('here')
time.sleep(float(sys.argv[2]))
note.write_text('done')
"""
PROGRAM = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', {CHILD!r}, *sys.argv[1:]], start_new_session=True)
child.wait() if sys.argv[3:] else time.sleep(600)
"""
PARENT = """
import os, sys, time
from finews.flows.leashed import Leashed
Leashed(sys.argv[1:], environment=os.environ, log=None, grace=5)
time.sleep(600)
"""


def program(note: Path, seconds: float) -> list[str]:
    """A program whose child, in a session of its own, notes what happens to it."""
    return [sys.executable, "-c", PROGRAM, str(note), str(seconds)]


def of(folder: Path) -> list[psutil.Process]:
    """The processes that have this folder among their words."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or ()
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(folder) in word for word in words):
            found.append(process)
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Waits until something holds; fails where it does not in time."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def says(note: Path, word: str) -> Callable[[], bool]:
    """Whether the child has noted this."""
    return lambda: note.exists() and note.read_text() == word


def test_nothing_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "note"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *program(note, 600)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    wait_until(says(note, "here"))
    assert len(of(tmp_path)) == 4
    parent.kill()
    parent.wait()
    wait_until(lambda: not of(tmp_path))
    assert note.read_text() == "asked"


def test_what_a_killed_program_has_started_ends_too(tmp_path: Path) -> None:
    note = tmp_path / "note"
    started = Leashed(program(note, 600), environment=os.environ, log=tmp_path / "log", grace=5)
    wait_until(says(note, "here"))
    (killed,) = [each for each in of(tmp_path) if PROGRAM in each.cmdline() and "-m" not in each.cmdline()]
    killed.kill()
    wait_until(lambda: started.ended is not None)
    assert started.ended == 128 + signal.SIGKILL
    assert note.read_text() == "asked"
    assert not of(tmp_path)
    started.clear()


def test_children_come_to_their_end_before_a_worker_is_asked(tmp_path: Path) -> None:
    note = tmp_path / "note"
    started = Leashed(
        program(note, 2), environment=os.environ, log=tmp_path / "log", grace=60, children_first=True
    )
    wait_until(says(note, "here"))
    started.end()
    assert note.read_text() == "done"
    assert not of(tmp_path)


@pytest.mark.parametrize("how", ["in its own time", "in a hurry"])
def test_children_that_take_too_long_are_asked(tmp_path: Path, how: str) -> None:
    note, hurry = tmp_path / "note", how == "in a hurry"
    started = Leashed(
        program(note, 600),
        environment=os.environ,
        log=tmp_path / "log",
        grace=600 if hurry else 0.5,
        children_first=True,
    )
    wait_until(says(note, "here"))
    started.ask()
    if hurry:
        time.sleep(0.5)
        started.ask()
    assert started.wait(60)
    assert note.read_text() == "asked"
    assert not of(tmp_path)
    started.clear()


def test_a_leash_that_is_killed_leaves_nothing_once_it_is_cleared(tmp_path: Path) -> None:
    note = tmp_path / "note"
    started = Leashed(program(note, 600), environment=os.environ, log=tmp_path / "log", grace=5)
    wait_until(says(note, "here"))
    (held,) = [each for each in of(tmp_path) if "finews.flows.leash" in each.cmdline()]
    held.kill()
    wait_until(lambda: started.ended is not None)
    started.clear()
    wait_until(lambda: not of(tmp_path))


def test_no_password_is_in_a_log(tmp_path: Path) -> None:
    environment = os.environ | {"FINEWS_DATABASE_URL": "postgresql://me:s3cr%2Fet-word@127.0.0.1/db"}
    words = "print('at postgresql://you:other-word@h/db'); print('s3cr%2Fet-word or s3cr/et-word', end='')"
    started = Leashed([sys.executable, "-c", words], environment=environment, log=tmp_path / "log", grace=5)
    assert started.wait(60)
    started.clear()
    assert (tmp_path / "log").read_text() == "at postgresql://***@h/db\n*** or ***\n"


def test_passwords_are_known_in_each_form_of_an_address() -> None:
    found = passwords_of(
        {
            "A": "host=h password='one two'",
            "B": "http://me:abcd@h/",
            "C": "http://me:xyz@h/",
            "D": "postgresql://h/db?sslpassword=of-a-key",
            "E": "json://me:first@h/a, mailtos://me:second-one@h",
        }
    )
    assert found == ["second-one", "of-a-key", "one two", "first", "abcd"]


def test_a_log_begins_anew_when_it_is_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leash, "_LOG_BYTES", 1000)
    with closing(leash._handler(str(tmp_path / "log"))) as handler:
        for number in range(1000):
            handler.emit(logging.makeLogRecord({"msg": f"line {number}"}))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 1000
    assert (tmp_path / "log").read_text().endswith("line 999\n")
