"""The newsroom as a process of its own."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from finews.newsroom import Newsroom, NewsroomProcess, RemoteNewsroom, generate, load_samples, sample

from .asking import ask, text_address

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "finews.newsroom"]
CODE = sample("in_every_feed").info_code


@pytest.fixture(scope="module")
def shared_child() -> Iterator[NewsroomProcess]:
    with NewsroomProcess(articles=4, seed=3) as room:
        yield room


@pytest.fixture
def child(shared_child: NewsroomProcess) -> NewsroomProcess:
    """The process of this file, without faults and memories."""
    shared_child.clear_faults()
    shared_child.forget_requests()
    return shared_child


def test_both_rooms_are_steered_alike() -> None:
    def steering(kind: type) -> dict[str, object]:
        public = {name: found for name, found in vars(kind).items() if not name.startswith("_")}
        return {name: inspect.signature(found) if callable(found) else None for name, found in public.items()}

    assert steering(Newsroom) == steering(RemoteNewsroom)


def test_it_serves_samples_and_generated_articles(child: NewsroomProcess) -> None:
    assert len(child.bases) == 3
    expected = [*load_samples(), *generate(4, seed=3)]
    assert child.articles == sorted(expected, key=lambda article: article.sort_key, reverse=True)
    assert ask(text_address(child.bases[2], CODE)).json["id"] == CODE


def test_it_is_steered_by_its_parent(child: NewsroomProcess) -> None:
    fresh = next(generate(1, seed=99))
    address = text_address(child.bases[0], fresh.info_code)
    child.publish(fresh)
    assert ask(address).json["title"] == fresh.title
    assert child.edit(fresh.info_code, title="改题", feeds=("38",)).title == "改题"
    assert ask(address).json["title"] == "改题"
    child.withhold(fresh.info_code, mirror=0)
    assert ask(address).status == 404
    child.restore(fresh.info_code)
    child.fault("http_429", info_code=fresh.info_code, times=1, retry_after=9)
    assert ask(address).headers["Retry-After"] == "9"
    child.fault("http_500")
    child.clear_faults()
    assert ask(address).status == 200
    child.withdraw(fresh.info_code, status=410)
    assert ask(address).status == 410


def test_its_requests_are_read_back(child: NewsroomProcess) -> None:
    ask(text_address(child.address("http_503", mirror=1), CODE), X_Trace="b2")
    ask(text_address(child.away_base, CODE))
    (seen,) = child.requests
    assert (seen.mirror, seen.kind, seen.fault, seen.info_code) == (1, "text", "http_503", CODE)
    assert seen.headers["X-Trace"] == "b2"
    assert (child.count("text"), child.count(), child.count(mirror=0)) == (1, 1, 0)
    assert [stray.info_code for stray in child.strays] == [CODE]
    child.forget_requests()
    assert (child.requests, child.strays, child.count()) == ([], [], 0)


def test_its_refusals_are_those_of_a_room(child: NewsroomProcess) -> None:
    with pytest.raises(KeyError):
        child.edit("NW202603060000000000", title="")
    with pytest.raises(TypeError):
        child.edit(CODE, colour="red")
    with pytest.raises(ValueError, match="fire"):
        child.fault("fire")
    assert ask(f"{child.bases[0]}/_newsroom/nothing").status == 404
    assert ask(f"{child.bases[0]}/_newsroom/publish", method="POST").status == 400
    assert ask(f"{child.bases[0]}/_newsroom/count?mirror=x").status == 400


def test_options_reach_the_child() -> None:
    with NewsroomProcess(
        articles=6,
        samples=False,
        mirrors=2,
        total_as_text=True,
        disallow=["/web/"],
        faults=["http_500,path=feeds"],
    ) as room:
        assert len(room.bases) == 2
        assert [article.info_code for article in room.articles] == [
            article.info_code for article in reversed(list(generate(6)))
        ]
        assert ask(f"{room.bases[1]}/NewsData/GetNewsBySearch.do").json["total"] == "6"
        assert "Disallow: /web/" in ask(f"{room.bases[0]}/robots.txt").text
        assert ask(f"{room.bases[0]}/web/webapi?type=102").status == 500
    with pytest.raises(RuntimeError):
        room.count()
    with pytest.raises(RuntimeError):
        assert room.pid


def test_a_child_grows_and_dates_what_appears() -> None:
    with NewsroomProcess(articles=2, samples=False, rate=200, live_dates=True) as room:
        while len(room.articles) < 12:
            assert room.pid
        assert {article.digits[8:] for article in room.articles[-2:]} == {
            article.digits[8:] for article in generate(2)
        }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_even_with_a_stalled_client(number: signal.Signals) -> None:
    with started() as child:
        assert child.stdout
        told = json.loads(child.stdout.readline())
        with pytest.raises(TimeoutError):
            ask(text_address(f"{told['bases'][0]}/~stall", CODE), timeout=0.2)
        os.kill(child.pid, number)
        assert child.wait(30) == 0
        assert child.stdout.read() == ""


def test_it_ends_when_its_parent_does() -> None:
    with started("--until-stdin-closes", stdin=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdin
        child.stdout.readline()
        child.stdin.close()
        assert child.wait(30) == 0


@pytest.mark.parametrize(
    "options", [["--fault", "fire"], ["--fault", "drop,mirror"], ["--mirrors", "0"], ["--port", "x"]]
)
def test_a_wrong_request_is_refused(options: list[str]) -> None:
    ended = subprocess.run([*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "error:" in ended.stderr


def test_a_taken_port_is_told(child: NewsroomProcess, capfd: pytest.CaptureFixture[str]) -> None:
    port = int(child.bases[0].rpartition(":")[2])
    with pytest.raises(RuntimeError, match="come up"), NewsroomProcess(ports=[port]):
        pass
    assert "cannot serve" in capfd.readouterr().err


def started(*options: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    return subprocess.Popen([*COMMAND, *options], cwd=ROOT, stdin=stdin, stdout=subprocess.PIPE, text=True)
