"""The weather of a soak: which faults are set when. Planned from a seed before it begins, so it can be had again."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from finews.newsroom import RemoteNewsroom

MIRRORS: Final = 3
OF_A_MIRROR: Final = ("drop", "stall", "http_503")
"""What a whole mirror does that is out, and what all of them do at once."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One fault as `RemoteNewsroom.fault` takes it; on all mirrors without `mirror`, everywhere without `path`."""

    kind: str
    mirror: int | None = None
    path: str | None = None
    every: int = 1
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Spell:
    """A trouble from `begin` to `end`, seconds since the soak began; `name` is for the report."""

    name: str
    begin: float
    end: float
    trouble: Trouble


def _deck(random: Random) -> list[tuple[str, Trouble, float]]:
    """Every kind of weather once, shuffled: name, trouble, and how many times as long as the others it lasts."""
    one_answer = [
        *("drop", "short_body", "bad_gzip", "http_500", "http_502", "http_403", "login_page", "captcha"),
        *("wrong_article", "truncated_json", "empty", "html"),
    ]
    deck = [
        (
            kind,
            Trouble(kind=kind, mirror=random.randrange(MIRRORS), path="text", every=random.randint(1, 3)),
            1.0,
        )
        for kind in one_answer
    ]
    deck += [
        ("stall", Trouble(kind="stall", mirror=random.randrange(MIRRORS), path="text", every=2), 1.0),
        ("http_429", Trouble(kind="http_429", mirror=0, path="text", params={"retry_after": 1}), 1.0),
        ("http_429", Trouble(kind="http_429", path="text", every=2, params={"retry_after": 2}), 1.0),
        ("feeds fail", Trouble(kind="http_500", path="feeds", every=random.randint(1, 3)), 1.0),
        ("feeds stall", Trouble(kind="stall", path="feeds", every=2), 1.0),
        ("feeds are no JSON", Trouble(kind="truncated_json", path="feeds"), 1.0),
        ("all send half the JSON", Trouble(kind="truncated_json", path="text"), 0.5),
        ("all send another article", Trouble(kind="wrong_article", path="text"), 0.5),
        ("all show a captcha", Trouble(kind="captcha", path="text"), 0.5),
    ]
    deck += [
        (f"mirror out ({kind})", Trouble(kind=kind, mirror=mirror), 2.0)
        for mirror, kind in zip(random.sample(range(MIRRORS), MIRRORS), OF_A_MIRROR, strict=True)
    ]
    deck += [(f"all mirrors out ({kind})", Trouble(kind=kind), 1.5) for kind in OF_A_MIRROR]
    random.shuffle(deck)
    return deck


def spells(seed: int, seconds: float, *, pace: float = 1.0) -> list[Spell]:
    """The weather of so many seconds: one spell at a time, with fair weather between.

    Every kind has its turn before any has its second. `pace` shortens spells and pauses, for a short soak.
    """
    random = Random(seed)
    planned: list[Spell] = []
    now = random.uniform(2, 6) * pace
    while now < seconds:
        for name, trouble, times in _deck(random):
            end = min(now + random.uniform(8, 16) * times * pace, seconds)
            if now < end:
                planned.append(Spell(name=name, begin=now, end=end, trouble=trouble))
            now = end + random.uniform(2, 8) * pace
    return planned


class Weather:
    """Sets and clears planned faults at their times, in a thread of its own."""

    def __init__(self, newsroom: RemoteNewsroom, planned: list[Spell], begun: float) -> None:
        self._newsroom, self.planned, self._begun = newsroom, planned, begun
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="weather", daemon=True)
        self.had: list[str] = []
        """Names of the spells so far."""

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends with fair weather."""
        self._over.set()
        self._thread.join()
        self._newsroom.clear_faults()

    def _run(self) -> None:
        for spell in self.planned:
            if self._over.wait(max(self._begun + spell.begin - time.monotonic(), 0)):
                return
            set_ = spell.trouble
            self._newsroom.fault(
                set_.kind, mirror=set_.mirror, path=set_.path, every=set_.every, **set_.params
            )
            self.had.append(spell.name)
            over = self._over.wait(max(self._begun + spell.end - time.monotonic(), 0))
            self._newsroom.clear_faults()
            if over:
                return
