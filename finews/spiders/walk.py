"""The walk of one link from mirror to mirror: decisions only, no network and no clock.

The article text is asked of each mirror in turn, and the first good answer ends the walk. A mirror that failed
in passing is asked again after a while; one that is paused, or whose circuit is open, is not asked. Where no
mirror had the text, those that do not have it are asked for the server-rendered page: at the share link, then at
the article's own address.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from finews.schema.records import Attempt, Fetch, Outcome

from .addresses import PAGE, TEXT, page_paths, text_path
from .crawl_settings import CrawlSettings
from .health import CIRCUIT_OPEN, MIRRORS_DOWN, PAUSED, Health
from .heard import OUT_OF_REACH, Heard, Say
from .verdict import verdict

_SAME_WISH: Final = 0.5
"""Seconds within which two Retry-After of one mirror are one: parallel requests are answered one by one."""
_JUST_NOW: Final = 30.0
"""Seconds before a walk within which an answer to anybody shows that our network was well."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a walk goes on; see `CrawlSettings` for the fields. `jitter` gives a number from 0 to 1."""

    retries: int
    backoff: float
    longest_wait: float
    jitter: Callable[[], float]

    @classmethod
    def of(cls, settings: CrawlSettings) -> Patience:
        """The patience of a crawl."""
        return cls(
            retries=settings.retries,
            backoff=settings.backoff,
            longest_wait=settings.longest_wait,
            jitter=random.random,
        )

    def pause(self, tries: int) -> float:
        """Seconds before a mirror is asked again that was asked `tries` times, from 1 up."""
        return float(self.backoff * 2 ** (tries - 1) * (1 + self.jitter() / 2))


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Next, ask this mirror for this part of the article."""

    mirror: str
    part: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Next, wait for so many seconds."""

    seconds: float


@dataclass
class _Errand:
    """What one mirror is still to be asked, and its last word."""

    mirror: str
    part: str
    paths: list[str]
    tries: int = 0
    due: float = 0.0
    last: Heard | None = None
    wishes: int = 0
    waits_until: float = 0.0

    @property
    def open(self) -> bool:
        return bool(self.paths)


@dataclass
class Walk:
    """One link on its way. `now` is everywhere the same monotonic clock as that of `health`, in seconds."""

    info_code: str
    mirrors: Sequence[str]
    patience: Patience
    health: Health
    attempts: list[Attempt] = field(default_factory=list)
    _good: Heard | None = None
    _began: float | None = None
    _probes: int | None = None
    _texts: list[_Errand] = field(default_factory=list)
    _pages: list[_Errand] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._texts = [
            _Errand(mirror=each, part=TEXT, paths=[], last=PAUSED)
            if self.health.is_paused(each)
            else _Errand(mirror=each, part=TEXT, paths=[text_path(self.info_code)])
            for each in self.mirrors
        ]

    @property
    def held_bytes(self) -> int:
        """Size of the bodies that it keeps for its verdict."""
        payloads = (each.last.payload for each in (*self._texts, *self._pages) if each.last)
        return sum(len(payload.body) for payload in payloads if payload)

    def next(self, now: float) -> Ask | Wait | Fetch:
        """What to do next; after an Ask comes `hear`, after a Fetch nothing."""
        self._began = now if self._began is None else self._began
        if self._good:
            return Fetch(
                info_code=self.info_code,
                outcome=None,
                reason="",
                payload=self._good.payload,
                attempts=tuple(self.attempts),
            )
        step = self._step(self._texts, now)
        if step is None:
            if not self._pages:
                self._pages = self._page_errands()
            step = self._step(self._pages, now)
        return step or self._end()

    def hear(self, ask: Ask, heard: Heard, now: float) -> None:
        """Takes the answer to an Ask."""
        self.health.note(ask.mirror, heard, now)
        self.attempts.append(
            Attempt(mirror=ask.mirror, part=ask.part, reason=heard.reason, status=heard.status)
        )
        errands = self._texts if ask.part == TEXT else self._pages
        errand = next(each for each in errands if each.mirror == ask.mirror)
        errand.tries += 1
        if heard.say is Say.GOOD:
            self._good = heard
        elif heard.passing and errand.tries <= self.patience.retries:
            errand.due = now + self.patience.pause(errand.tries)
        elif heard.say is Say.ABSENT:
            errand.paths.pop(0)
            errand.tries = 0
        else:
            errand.paths.clear()
        errand.last = heard

    def _step(self, errands: Sequence[_Errand], now: float) -> Ask | Wait | None:
        self._give_up_the_cold(errands, now)
        self._give_up_the_broken(errands, now)
        waiting = {each.mirror: each for each in errands if each.open}
        if not waiting:
            return None
        if pause := self.health.outage_pause(now):
            return Wait(seconds=pause)
        due = {mirror: self._due(each, now) for mirror, each in waiting.items()}
        for mirror in self.health.ordered(waiting):
            if due[mirror] <= now:
                self.health.asks(mirror, now)
                return Ask(mirror=mirror, part=waiting[mirror].part, path=waiting[mirror].paths[0])
        return Wait(seconds=min(due.values()) - now)

    def _due(self, errand: _Errand, now: float) -> float:
        wish = self.health.cooling(errand.mirror, now)
        return max(errand.due, wish.until if wish else now)

    def _give_up_the_cold(self, errands: Sequence[_Errand], now: float) -> None:
        for errand in errands:
            wish = self.health.cooling(errand.mirror, now) if errand.open else None
            if wish is None:
                continue
            # Other links' answers may put the time off again and again; this one does not wait for ever.
            if wish.until > errand.waits_until + _SAME_WISH:
                errand.wishes += 1
                errand.waits_until = wish.until
            too_often = errand.wishes > self.patience.retries + 1
            if too_often or wish.until - now > self.patience.longest_wait:
                errand.paths.clear()
                errand.last = replace(wish.heard, wait=wish.until - now)

    def _give_up_the_broken(self, errands: Sequence[_Errand], now: float) -> None:
        waiting = [each for each in errands if each.open]
        if not self.health.outage:
            self._probes = None
            for errand in waiting:
                if not self.health.may_ask(errand.mirror, now):
                    errand.paths.clear()
                    errand.last = errand.last or CIRCUIT_OPEN
        elif self._probes is None:
            # It takes part in the waiting until one probe has failed.
            self._probes = self.health.failed_probes
        elif self.health.failed_probes > self._probes:
            for errand in waiting:
                errand.paths.clear()
                errand.last = errand.last or MIRRORS_DOWN

    def _page_errands(self) -> list[_Errand]:
        return [
            _Errand(mirror=each.mirror, part=PAGE, paths=list(page_paths(self.info_code)))
            for each in self._texts
            if each.last and each.last.elsewhere
        ]

    def _end(self) -> Fetch:
        last = [each.last for each in (*self._texts, *self._pages) if each.last]
        fetch = verdict(self.info_code, last, self.attempts)
        return replace(fetch, outage=fetch.outcome is Outcome.FAILED and self._nobody_was_there(last))

    def _nobody_was_there(self, last: Sequence[Heard]) -> bool:
        """Whether every mirror was out of reach at once, or was not asked for that reason."""
        assert self._began is not None
        lately = self.health.answered_at >= self._began - _JUST_NOW
        not_asked = (MIRRORS_DOWN, PAUSED) if lately else (MIRRORS_DOWN, PAUSED, CIRCUIT_OPEN)
        silent = all(each.reason in OUT_OF_REACH or each in not_asked for each in last)
        return silent and (self.health.outage or not lately)
