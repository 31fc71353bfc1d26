"""The walk of one link: a table of what mirrors say and what comes of it, played without a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from finews.schema.records import Fetch, Outcome, Payload
from finews.spiders.addresses import PAGE, page_paths, text_path
from finews.spiders.health import Health
from finews.spiders.heard import Heard, Say, unanswered
from finews.spiders.mirror_circuit import CircuitRules
from finews.spiders.walk import Ask, Patience, Wait, Walk

CODE = "NW202112222221210789"
SHARE, OWN = page_paths(CODE)
TEXT_PATH = text_path(CODE)


def payload(part: str, body: bytes = b"x") -> Payload:
    """Some payload."""
    return Payload(
        info_code=CODE,
        part=part,
        url="http://a/",
        status=200,
        content_type="",
        fetched_at=datetime(2021, 12, 22, tzinfo=UTC),
        body=body,
    )


def unfit(reason: str, *, elsewhere: bool = False) -> Heard:
    """An answer that is kept in quarantine."""
    return Heard(say=Say.UNFIT, reason=reason, status=200, payload=payload("text"), elsewhere=elsewhere)


def busy(seconds: float | None) -> Heard:
    """A 429."""
    return Heard(say=Say.BLOCKED, reason="http_429", status=429, passing=True, wait=seconds)


WORDS: Mapping[str, Heard] = {
    "good": Heard(say=Say.GOOD, reason="ok", status=200, payload=payload("text")),
    "page": Heard(say=Say.GOOD, reason="ok", status=200, payload=payload("page")),
    "404": Heard(say=Say.ABSENT, reason="http_404", status=404, elsewhere=True),
    "410": Heard(say=Say.ABSENT, reason="http_410", status=410, elsewhere=True),
    "shell": Heard(say=Say.ABSENT, reason="no_article", status=200),
    "empty": unfit("body_empty", elsewhere=True),
    "html": unfit("not_json", elsewhere=True),
    "cut": unfit("not_json"),
    "wrong": unfit("wrong_article"),
    "gbk": unfit("bad_encoding"),
    "huge": unfit("too_large"),
    "500": Heard(say=Say.FAILED, reason="http_500", status=500, passing=True, ill=True),
    "400": Heard(say=Say.FAILED, reason="http_400", status=400),
    "drop": unanswered("connection"),
    "stall": unanswered("timeout"),
    "captcha": Heard(say=Say.BLOCKED, reason="captcha", status=200),
    "robots": unanswered("robots"),
    "429": busy(None),
    "429+2": busy(2),
    "429+60": busy(60),
}


@dataclass
class Play:
    """Mirrors `a`, `b`, … with their answers in order, the last one for ever; pages under `b:page`."""

    script: Mapping[str, str]
    retries: int = 2
    health: Health = field(default_factory=Health)
    now: float = 100.0
    asked: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def run(self) -> Fetch:
        """Walks to the end."""
        mirrors = [name for name in self.script if ":" not in name]
        patience = Patience(retries=self.retries, backoff=0.5, longest_wait=10, jitter=lambda: 0.0)
        answers = {name: words.split() for name, words in self.script.items()}
        walk = Walk(CODE, mirrors, patience, self.health)
        for _ in range(100):
            step = walk.next(self.now)
            if isinstance(step, Fetch):
                return step
            if isinstance(step, Wait):
                assert step.seconds > 0
                self.waits.append(round(step.seconds, 3))
                self.now += step.seconds
                continue
            said = answers.get(self.key(step), ["shell"])
            walk.hear(step, WORDS[said.pop(0) if len(said) > 1 else said[0]], self.now)
        raise AssertionError("the walk has no end")

    def key(self, ask: Ask) -> str:
        """Notes what is asked, and names the answers for it."""
        name = f"{ask.mirror}:{'share' if ask.path == SHARE else 'own'}" if ask.part == PAGE else ask.mirror
        assert ask.path in (SHARE, OWN, TEXT_PATH)
        self.asked.append(name)
        return name if name in self.script else f"{ask.mirror}:page" if ask.part == PAGE else name


@pytest.mark.parametrize(
    ("script", "outcome", "reason", "part", "asked"),
    [
        ({"a": "good"}, None, "", "text", "a"),
        ({"a": "404", "b": "good", "c": "good"}, None, "", "text", "a b"),
        ({"a": "500", "b": "good"}, None, "", "text", "a b"),
        ({"a": "stall", "b": "wrong", "c": "good"}, None, "", "text", "a b c"),
        ({"a": "page"}, None, "", "page", "a"),
        ({"a": "500 good", "b": "404"}, None, "", "text", "a b a"),
        ({"a": "drop drop good"}, None, "", "text", "a a a"),
        ({"a": "404", "b": "404"}, Outcome.GONE, "http_404", None, "a b a:share a:own b:share b:own"),
        ({"a": "410", "b": "404"}, Outcome.GONE, "http_410", None, "a b a:share a:own b:share b:own"),
        ({"a": "404", "a:page": "page"}, None, "", "page", "a a:share"),
        ({"a": "404", "a:own": "page"}, None, "", "page", "a a:share a:own"),
        ({"a": "404", "a:page": "404", "b": "empty", "b:own": "page"}, None, "", "page",
         "a b a:share a:own b:share b:own"),
        ({"a": "html", "a:page": "page"}, None, "", "page", "a a:share"),
        ({"a": "404", "a:share": "500 page"}, None, "", "page", "a a:share a:share"),
        ({"a": "empty"}, Outcome.QUARANTINED, "body_empty", "text", "a a:share a:own"),
        ({"a": "html"}, Outcome.QUARANTINED, "not_json", "text", "a a:share a:own"),
        ({"a": "cut"}, Outcome.QUARANTINED, "not_json", "text", "a"),
        ({"a": "404", "b": "cut"}, Outcome.QUARANTINED, "not_json", "text", "a b a:share a:own"),
        ({"a": "empty", "b": "cut", "c": "gbk", "d": "wrong"}, Outcome.QUARANTINED, "wrong_article", "text", None),
        ({"a": "empty", "b": "cut", "c": "gbk"}, Outcome.QUARANTINED, "bad_encoding", "text", None),
        ({"a": "cut", "b": "huge"}, Outcome.QUARANTINED, "too_large", "text", "a b"),
        ({"a": "cut", "b": "captcha"}, Outcome.BLOCKED, "captcha", None, "a b"),
        ({"a": "404", "b": "robots"}, Outcome.BLOCKED, "robots", None, "a b a:share a:own"),
        ({"a": "404", "a:page": "captcha"}, Outcome.BLOCKED, "captcha", None, "a a:share"),
        ({"a": "stall", "b": "captcha", "c": "cut"}, Outcome.FAILED, "timeout", None, "a b c"),
        ({"a": "404", "b": "500"}, Outcome.FAILED, "http_500", None, "a b b b a:share a:own"),
        ({"a": "404", "a:page": "stall"}, Outcome.FAILED, "timeout", None, "a a:share"),
        ({"a": "400"}, Outcome.FAILED, "http_400", None, "a"),
        ({"a": "drop"}, Outcome.FAILED, "connection", None, "a a a"),
        ({"a": "429", "b": "404"}, Outcome.BLOCKED, "http_429", None, "a b a a b:share b:own"),
    ],
)  # fmt: skip
def test_table(
    script: Mapping[str, str], outcome: Outcome | None, reason: str, part: str | None, asked: str | None
) -> None:
    """What mirrors say → how it ends, and who was asked in which order."""
    play = Play(script)
    fetch = play.run()
    assert (fetch.outcome, fetch.reason) == (outcome, reason)
    assert (fetch.payload and fetch.payload.part) == part
    assert asked is None or play.asked == asked.split()
    assert [each.mirror for each in fetch.attempts] == [name[0] for name in play.asked]


def test_every_attempt_is_told() -> None:
    """With part, reason and status."""
    fetch = Play({"a": "drop 404", "b": "wrong"}).run()
    told = [(each.mirror, each.part, each.reason, each.status) for each in fetch.attempts]
    assert told == [
        ("a", "text", "connection", None),
        ("b", "text", "wrong_article", 200),
        ("a", "text", "http_404", 404),
        ("a", "page", "no_article", 200),
        ("a", "page", "no_article", 200),
    ]


def test_pauses_double() -> None:
    """Half a second, then a whole one."""
    play = Play({"a": "500"})
    play.run()
    assert play.waits == [0.5, 1.0]


def test_no_retries() -> None:
    """A mirror that failed is asked once."""
    play = Play({"a": "500", "b": "drop"}, retries=0)
    assert play.run().reason == "http_500"
    assert play.asked == ["a", "b"]


def test_a_short_wish_is_waited_for() -> None:
    """Neither sooner than asked, nor in vain."""
    play = Play({"a": "429+2 good"})
    assert play.run().outcome is None
    assert play.waits == [2.0]


def test_others_are_asked_meanwhile() -> None:
    """The wish of one mirror is not that of all."""
    play = Play({"a": "429+2", "b": "good"})
    assert play.run().outcome is None
    assert (play.asked, play.waits) == (["a", "b"], [])


def test_a_long_wish_ends_the_walk() -> None:
    """The link is given back with the time to come again."""
    play = Play({"a": "429+60"})
    fetch = play.run()
    assert (fetch.outcome, fetch.reason) == (Outcome.BLOCKED, "http_429")
    assert fetch.retry_after == timedelta(seconds=60)
    assert (play.asked, play.waits) == (["a"], [])


def test_the_next_link_does_not_ask_a_mirror_that_wants_peace() -> None:
    """Nor is an article gone that this mirror was never asked for."""
    health = Health()
    Play({"a": "429+60"}, health=health).run()
    play = Play({"a": "good", "b": "404"}, health=health, now=110)
    fetch = play.run()
    assert play.asked == ["b", "b:share", "b:own"]
    assert (fetch.outcome, fetch.reason) == (Outcome.BLOCKED, "http_429")
    assert fetch.retry_after == timedelta(seconds=50)


def test_a_wish_that_others_renew_is_not_waited_for_without_end() -> None:
    """Each link takes part in the waiting a few times only."""
    health = Health()
    health.note("a", busy(5), 100)
    patience = Patience(retries=1, backoff=0.5, longest_wait=10, jitter=lambda: 0.0)
    walk = Walk(CODE, ["a"], patience, health)
    now, waits = 100.0, 0
    while isinstance(step := walk.next(now), Wait):
        now += step.seconds
        waits += 1
        health.note("a", busy(5), now)
    assert isinstance(step, Fetch)
    assert (step.outcome, step.attempts, waits) == (Outcome.BLOCKED, (), 2)
    assert step.retry_after == timedelta(seconds=5)


def test_parallel_answers_are_one_wish() -> None:
    """Of many requests under way at once each is told to wait, one a little later than the other."""
    health = Health()
    patience = Patience(retries=0, backoff=0.5, longest_wait=10, jitter=lambda: 0.0)
    walk = Walk(CODE, ["a"], patience, health)
    now = 100.0
    for _ in range(5):
        health.note("a", busy(1), now)
        assert isinstance(walk.next(now), Wait)
        now += 0.05
    now += 1
    assert isinstance(walk.next(now), Ask)


def test_a_mirror_whose_circuit_is_open_is_not_asked() -> None:
    """And an article is not gone that it was never asked for."""
    health = Health(["a", "b"], rules=CircuitRules(troubles=2))
    health.note("b", WORDS["good"], 99)
    for _ in range(2):
        health.note("a", WORDS["500"], 100)
    assert Play({"a": "good", "b": "good"}, health=health).run().attempts[0].mirror == "b"
    play = Play({"a": "good", "b": "404"}, health=health)
    fetch = play.run()
    assert (fetch.outcome, fetch.reason) == (Outcome.FAILED, "circuit_open")
    assert play.asked == ["b", "b:share", "b:own"]
    assert not fetch.outage
    play = Play({"a": "good", "b": "404"}, health=health, now=130)
    assert play.run().outcome is None
    assert play.asked == ["a"]


def test_a_circuit_that_opens_on_the_way_ends_the_repetitions() -> None:
    """What the mirror said last is what is told."""
    health = Health(["a", "b"], rules=CircuitRules(troubles=2))
    health.note("b", WORDS["good"], 99)
    play = Play({"a": "500", "b": "404"}, health=health, retries=5)
    assert play.run().reason == "http_500"
    assert play.asked.count("a") == 2


def test_a_link_that_nobody_answers_is_not_to_blame() -> None:
    """Unless somebody answered another one just before."""
    assert Play({"a": "drop", "b": "stall"}).run().outage
    assert not Play({"a": "drop", "b": "500"}).run().outage
    assert not Play({"a": "drop", "b": "404"}).run().outage
    health = Health(["a", "b"])
    health.note("a", WORDS["404"], 90)
    assert not Play({"a": "drop", "b": "stall"}, health=health).run().outage
    health = Health(["a", "b"])
    health.note("a", WORDS["404"], 60)
    assert Play({"a": "drop", "b": "stall"}, health=health).run().outage


def test_an_outage_is_waited_for_once() -> None:
    """One request at a time finds out whether it is over; who has waited in vain is given back."""
    health = Health(["a", "b"], rules=CircuitRules(troubles=2))
    for mirror in ("a", "b"):
        for _ in range(2):
            health.note(mirror, WORDS["drop"], 100)
    assert health.outage
    play = Play({"a": "drop", "b": "drop"}, health=health)
    fetch = play.run()
    assert (fetch.outcome, fetch.reason, fetch.outage) == (Outcome.FAILED, "connection", True)
    assert (play.asked, play.waits) == (["a"], [1.0])
    play = Play({"a": "drop", "b": "good"}, health=health, now=play.now)
    fetch = play.run()
    assert fetch.outcome is None
    assert play.asked == ["b"]
    assert not health.outage


def test_others_wait_while_an_outage_is_probed() -> None:
    """They are given back unasked when the probe finds nobody."""
    health = Health(["a", "b"], rules=CircuitRules(troubles=1))
    for mirror in ("a", "b"):
        health.note(mirror, WORDS["stall"], 100)
    patience = Patience(retries=1, backoff=0.5, longest_wait=10, jitter=lambda: 0.0)
    probing, waiting = (Walk(CODE, ["a", "b"], patience, health) for _ in range(2))
    assert isinstance(waiting.next(100), Wait)
    assert isinstance(probing.next(100), Wait)
    ask = probing.next(101)
    assert isinstance(ask, Ask)
    assert isinstance(waiting.next(101), Wait)
    probing.hear(ask, WORDS["stall"], 102)
    fetch = waiting.next(102)
    assert isinstance(fetch, Fetch)
    assert (fetch.outcome, fetch.reason, fetch.outage) == (Outcome.FAILED, "mirrors_down", True)
    assert fetch.attempts == ()


def test_what_a_waiting_walk_holds() -> None:
    """The bodies that its verdict may need."""
    walk = Walk(
        CODE, ["a", "b"], Patience(retries=1, backoff=1, longest_wait=1, jitter=lambda: 0.0), Health()
    )
    for word in ("wrong", "500"):
        step = walk.next(0)
        assert isinstance(step, Ask)
        walk.hear(step, WORDS[word], 0)
    assert walk.held_bytes == 1
    assert isinstance(walk.next(0), Wait)


@pytest.mark.parametrize("a", sorted(set(WORDS) - {"shell"}))
def test_every_combination_ends(a: str) -> None:
    """With exactly one Fetch, an outcome of the contract, and a payload where there has to be one."""
    for b, page in product(sorted(set(WORDS) - {"shell"}), ("shell", "page", "500", "captcha", "429+60")):
        fetch = Play({"a": a, "b": b, "a:page": page, "b:page": page}).run()
        if fetch.outcome in (None, Outcome.QUARANTINED):
            assert fetch.payload
        if fetch.outcome is Outcome.GONE:
            assert {WORDS[a].say, WORDS[b].say} == {Say.ABSENT}
        assert (fetch.reason == "") == (fetch.outcome is None)


def test_a_mirror_that_is_paused_is_not_asked() -> None:
    """No article is gone for want of it, nor is a network: with one mirror left, its troubles are everybody's."""
    health = Health(["a", "b"], rules=CircuitRules(troubles=2), paused=["a"])
    play = Play({"a": "good", "b": "404"}, health=health)
    fetch = play.run()
    assert (fetch.outcome, fetch.reason, fetch.outage) == (Outcome.FAILED, "mirror_paused", False)
    assert play.asked == ["b", "b:share", "b:own"]
    assert Play({"a": "good", "b": "gbk"}, health=health).run().reason == "mirror_paused"
    assert Play({"a": "good", "b": "drop"}, health=Health(["a", "b"], paused=["a"])).run().outage
    for _ in range(2):
        health.note("b", WORDS["stall"], 200)
    assert health.outage
    play = Play({"a": "good", "b": "good"}, health=Health(["a", "b"], paused=["a", "b"]))
    fetch = play.run()
    assert (fetch.outcome, fetch.reason, fetch.outage, play.asked) == (
        Outcome.FAILED,
        "mirror_paused",
        True,
        [],
    )
