"""What finews keeps of one article, and what each use case makes of it: the small model of the state machine.

Everything here is a pure function of what was kept before and of what the source says. It shares no code with
finews but the names of the feeds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from finews.newsroom import SourceArticle
from finews.schema.records import FEEDS

MAY_BE_LENT = ("title_missing", "date_missing", "media_missing")
ASKED_WHEN_DUE = ("pending", "failed", "blocked", "gone")

WORDS: Mapping[str, tuple[str, str]] = {
    "http_500": ("failed", "http_500"),
    "drop": ("failed", "connection"),
    "http_403": ("blocked", "http_403"),
    "captcha": ("blocked", "captcha"),
    "http_404": ("gone", "http_404"),
    "not_object": ("quarantined", "not_json"),
    "empty": ("quarantined", "body_empty"),
}
"""Fault of a mirror → how an article ends that has no better answer, and the reason."""
_WEIGHTS = ("failed", "blocked", "quarantined", "gone")
_TELLING = ("not_json", "body_empty")


@dataclass(frozen=True, kw_only=True)
class Text:
    """What an article text says that can be read."""

    title: str
    date: str
    media: str
    source: str
    body: str


Payload = Text | str
"""A stored answer: what it says, or the reason why it cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one feed says of an article."""

    title: str
    moment: str
    media: str
    digest: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of `articles`; `made_of` is the payload that its text came from."""

    title: str
    moment: str
    body: str
    rolling: bool
    media: str
    digest: str
    link: str
    path: str
    made_of: Payload
    revision: int = 1

    @property
    def text(self) -> tuple[str, str, str]:
        """What the source may edit."""
        return self.title, self.moment, self.body


@dataclass(frozen=True, kw_only=True)
class Item:
    """What is in quarantine."""

    reason: str
    of: Payload
    discarded: bool = False


@dataclass(frozen=True, kw_only=True)
class Kept:
    """All that is kept of one article; `newest` is the answer that was seen last."""

    link: str | None = None
    row: Row | None = None
    item: Item | None = None
    sightings: Mapping[str, Said] = field(default_factory=dict)
    newest: Payload | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What all mirrors together say: an article text (outcome None), or how the fetching ends."""

    outcome: str | None
    reason: str = ""
    payload: Payload | None = None


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What is kept after each commit of a run, first what was kept before it, and the outcomes that it tells."""

    kept: tuple[Kept, ...]
    told: tuple[tuple[str, str], ...] = ()

    @property
    def last(self) -> Kept:
        """What is kept when the run has come to its end."""
        return self.kept[-1]

    def then(self, kept: Kept, *told: tuple[str, str]) -> Steps:
        """One more commit."""
        return Steps(kept=(*self.kept, kept), told=(*self.told, *told))


def payload_of(body: bytes) -> Payload:
    """What a stored answer is to the model."""
    if not body.strip():
        return "body_empty"
    value = json.loads(body)
    if not isinstance(value, dict):
        return "not_json"
    if not value["text"]:
        return "body_empty"
    return Text(
        title=value["title"],
        date=value["date"],
        media=value["medianame"],
        source=value["from"],
        body=value["text"],
    )


def text_of(article: SourceArticle) -> Payload:
    """What an honest mirror answers."""
    told = {"title": article.title, "date": article.moment, "medianame": article.medianame}
    told |= {"from": article.from_, "text": article.body, **article.extra}  # type: ignore[dict-item]
    return payload_of(json.dumps(told).encode())


def said_by_feed(article: SourceArticle, feed: str) -> Said:
    """What an honest feed says of an article that it lists."""
    if feed == "rolling":
        return Said(
            title=article.title, moment=article.moment, media="", digest=article.digest, url=article.url_w
        )
    media = article.from_ if feed == "headlines" else article.medianame
    return Said(title=article.title, moment=article.moment, media=media)


def answer(mirrors: Iterable[Payload | None], faults: Iterable[str | None]) -> Answer:
    """What comes of asking mirrors: what each has of the article (None: nothing), and each one's fault."""
    words: list[tuple[str, str]] = []
    for held, fault in zip(mirrors, faults, strict=True):
        if fault is not None:
            words.append(WORDS[fault])
        elif isinstance(held, Text):
            return Answer(outcome=None, payload=held)
        else:
            words.append(("gone", "http_404") if held is None else ("quarantined", held))
    outcome = min((word for word, _ in words), key=_WEIGHTS.index)
    reasons = [reason for word, reason in words if word == outcome]
    if outcome != "quarantined":
        return Answer(outcome=outcome, reason=reasons[0])
    reason = min(reasons, key=_TELLING.index)
    return Answer(outcome=outcome, reason=reason, payload=reason)


def read(code: str, kept: Kept, payload: Payload) -> Row | str:
    """The row that a payload makes beside what is kept, or the reason why it makes none."""
    if isinstance(payload, str):
        return payload
    feeds = [kept.sightings[name] for name in FEEDS if name in kept.sightings]
    row = kept.row
    title = _first(payload.title, *(each.title for each in feeds))
    moment = _first(payload.date, *(each.moment for each in feeds))
    rolling = row.rolling if row else set(kept.sightings) == {"rolling"}
    media = row.media if row else _first(*(each.media for each in feeds), payload.media, payload.source)
    for reason, missing in zip(MAY_BE_LENT, (not title, not moment, not rolling and not media), strict=True):
        if missing:
            return reason
    if row:
        return replace(row, title=title, moment=moment, body=payload.body, made_of=payload)
    told = kept.sightings["rolling"] if rolling else Said(title="", moment="", media="")
    return Row(
        title=title,
        moment=moment,
        body=payload.body,
        rolling=rolling,
        media="" if rolling else media,
        digest=told.digest.rpartition("】")[2],
        link=told.url,
        path=f"_posts/{moment[:10]}-{code[2:] if rolling else code}.md",
        made_of=payload,
    )


def load(code: str, before: Steps, payload: Payload) -> Steps:
    """A stored payload is read: a row, or quarantine; either way the article ends."""
    kept = before.last
    made = read(code, kept, payload)
    if isinstance(made, str):
        item = Item(reason=made, of=payload)
        return before.then(replace(kept, link="quarantined", item=item), ("quarantined", made))
    done = replace(kept, link="done", item=None)
    if kept.row is None:
        return before.then(replace(done, row=made), ("new", ""))
    if kept.row.text == made.text:
        return before.then(done, ("unchanged", ""))
    return before.then(replace(done, row=replace(made, revision=made.revision + 1)), ("updated", ""))


def fetch(code: str, before: Steps, heard: Answer) -> Steps:
    """The source was asked: the answer is stored, and read where it is fit for that."""
    kept = before.last
    if heard.outcome is None:
        assert heard.payload is not None
        return load(code, before.then(replace(kept, link="fetched", newest=heard.payload)), heard.payload)
    end = (heard.outcome, heard.reason)
    if heard.payload is not None:
        item = Item(reason=heard.reason, of=heard.payload)
        kept = replace(kept, newest=heard.payload, item=item)
    elif kept.link == "fetched":
        # An answer that is stored and not read yet is not given up for an asking in vain.
        return before.then(kept, end)
    return before.then(replace(kept, link=heard.outcome), end)


def left_over(code: str, before: Steps) -> Steps:
    """What a killed run had stored is read."""
    kept = before.last
    if kept.link != "fetched":
        return before
    assert kept.newest is not None
    return load(code, before, kept.newest)


def ingest(code: str, kept: Kept, heard: Answer, *, asked: bool) -> Steps:
    """`ingest`; `asked` says whether this article was named."""
    steps = Steps(kept=(kept,))
    if not asked:
        return left_over(code, steps)
    if kept.link == "forgotten":
        return steps.then(kept, ("skipped", "forgotten"))
    if kept.link is None:
        steps = steps.then(replace(kept, link="pending"))
    return fetch(code, steps, heard)


def poll(code: str, kept: Kept, said: Mapping[str, Said], heard: Answer, *, due: bool) -> Steps:
    """`poll`: `said` is what the feeds say that could be read, `due` whether the link's wait was over before."""
    listed = list_in_feeds(kept, said)
    steps = left_over(code, Steps(kept=(kept,)).then(listed))
    if steps.last.link in ASKED_WHEN_DUE and (due or kept.link is None):
        steps = fetch(code, steps, heard)
    return steps


def list_in_feeds(kept: Kept, said: Mapping[str, Said]) -> Kept:
    """What feeds say is noted; what an article in quarantine lacked has it read again."""
    if not said or kept.link == "forgotten":
        return kept
    sightings = {**kept.sightings, **said}
    link = kept.link or "pending"
    item = kept.item
    lent = sightings != kept.sightings and item and not item.discarded and item.reason in MAY_BE_LENT
    if lent and link in ("quarantined", "failed", "blocked", "gone"):
        link = "fetched"
    return replace(kept, link=link, sightings=sightings)


def replay(code: str, kept: Kept, *, named: bool, reason: str | None = None) -> Steps:
    """`replay` of one article out of a selection: named, of all, or of what waits for `reason`."""
    steps, item = Steps(kept=(kept,)), kept.item
    if item and (not item.discarded or named) and reason in (None, item.reason):
        return _replay_of(code, steps, item.of)
    if kept.row and reason is None and not (item and (not item.discarded or named)):
        made = read(code, kept, kept.row.made_of)
        if isinstance(made, Row) and made.text == kept.row.text:
            return steps.then(kept, ("unchanged", ""))
        return _replay_of(code, steps, kept.row.made_of)
    return steps.then(kept, ("skipped", "no_payload")) if named else steps


def _replay_of(code: str, before: Steps, payload: Payload) -> Steps:
    # What was stored later and not read yet is the one to be read.
    kept = before.last
    item = kept.item
    if isinstance(reason := read(code, kept, payload), str) and item == Item(reason=reason, of=payload):
        return before.then(kept, ("quarantined", reason))
    if kept.link == "fetched" and kept.newest is not None:
        return load(code, before, kept.newest)
    return load(code, before, payload)


def _first(*texts: str) -> str:
    return next((text for text in texts if text), "")
