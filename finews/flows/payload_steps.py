"""What the parser makes of a payload, step by step: what it found, who said it, where it stopped. It writes nothing.

The steps are the normaliser's own functions, called one by one; the verdict is the normaliser's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from finews.flows.load import readings
from finews.flows.normalise import PAYLOAD, Said, gather
from finews.flows.sanitise import is_empty
from finews.flows.visible_text import visible_text
from finews.schema.records import CHINA, Article, Identity, Listing, Payload, Record, Rejection
from finews.spiders.article_body import ArticleText, codes_named, fields_of
from finews.spiders.article_page import article_page
from finews.spiders.decoding import WireError, declared_charset, decoded, json_value, string
from finews.spiders.page_tree import content_of, document

BUG: Final = "internal_error"
_SHOWN: Final = 300
"""Characters of a value that are shown."""
_LACKS: Final[Mapping[str, str]] = {
    "title": "title_missing",
    "moment": "date_missing",
    "media": "media_missing",
    "body": "body_empty",
}


@dataclass(frozen=True, kw_only=True)
class Step(Record):
    """One step, by name.

    They are `decoding`; `json` and `identity`, `page`, or `front_matter`; `title`, `moment`, `media`, `body`; or
    `parser` alone, where it fails itself.
    `value` is what it found, `by` who said it (`payload`, a feed, `source_note`, `first_publication`, or a charset),
    `reason` the machine word for which the parser stops here, `note` what helps to see why. A body's value is its
    number of visible characters.
    """

    name: str
    value: str = ""
    by: str = ""
    reason: str = ""
    note: str = ""

    @property
    def lent(self) -> bool:
        """Whether somebody else than the payload says it."""
        return self.by not in ("", PAYLOAD) and self.name in _LACKS


@dataclass(frozen=True, kw_only=True)
class Steps(Record):
    """All steps of a payload, and the normaliser's verdict; `words` is how the article's text begins."""

    steps: tuple[Step, ...]
    made: Article | Rejection
    words: str

    @property
    def publishable(self) -> bool:
        """Whether it is an article today."""
        return isinstance(self.made, Article)

    @property
    def stopped(self) -> Step | None:
        """The first step that has a reason to stop."""
        return next((each for each in self.steps if each.reason), None)

    @property
    def lacks(self) -> frozenset[str]:
        """Of `title`, `moment` and `media`, what neither payload nor feed says."""
        return frozenset(
            each.name for each in self.steps if each.reason and each.name in ("title", "moment", "media")
        )


def payload_steps(
    payload: Payload, *, listings: Sequence[Listing] = (), identity: Identity | None = None
) -> Steps:
    """How a stored payload is read beside these listings today."""
    identities = {payload.info_code: identity} if identity else {}
    (reading,) = readings(
        [payload], sightings={payload.info_code: listings}, identities=identities, earlier={}
    )
    if isinstance(reading.made, Rejection) and reading.made.reason == BUG:
        # What the parser fails at would fail here, too.
        return Steps(steps=(Step(name="parser", reason=BUG),), made=reading.made, words="")
    steps, text = _read(payload, reading.made)
    words = ""
    if text:
        said = gather(text, listings, identity)
        steps = [*steps, *_fields(said, text)]
        words = visible_text(said.body)[:_SHOWN]
    return Steps(steps=tuple(steps), made=reading.made, words=words)


def _read(payload: Payload, made: Article | Rejection) -> tuple[list[Step], ArticleText | None]:
    """The steps from bytes to fields, and the fields where they were reached."""
    if payload.part == "post":
        return [Step(name="front_matter", reason=made.reason if isinstance(made, Rejection) else "")], None
    if not payload.body.strip():
        return [Step(name="decoding", value="0", reason="body_empty")], None
    try:
        text = decoded(payload.body, payload.content_type)
    except WireError as error:
        return [Step(name="decoding", reason=error.reason, note=_undecodable(payload.body))], None
    decoding = Step(name="decoding", value=str(len(payload.body)), by=_charset(payload))
    if payload.part == "page":
        return _read_page(payload, text, decoding)
    return _read_text(payload, text, decoding)


def _read_text(payload: Payload, text: str, decoding: Step) -> tuple[list[Step], ArticleText | None]:
    try:
        answer = json_value(text)
    except WireError as error:
        return [decoding, Step(name="json", reason=error.reason, note=_no_json(text))], None
    if not isinstance(answer, dict):
        return [decoding, Step(name="json", reason="not_json", note=type(answer).__name__)], None
    shape = Step(name="json", value=_cut(", ".join(map(str, answer))))
    named = codes_named(answer)
    others = named - {payload.info_code}
    identity = Step(
        name="identity", value=", ".join(sorted(others or named)), reason="wrong_article" if others else ""
    )
    return [decoding, shape, identity], _noted(fields_of(answer), answer)


def _read_page(payload: Payload, text: str, decoding: Step) -> tuple[list[Step], ArticleText | None]:
    root = document(text)
    if root is None or content_of(root) is None:
        return [decoding, Step(name="page", reason="body_empty", note="no_content")], None
    return [decoding, Step(name="page", value="#ContentBody")], article_page(
        payload.info_code, payload.body, payload.content_type
    )


@dataclass(frozen=True, kw_only=True)
class _Noted(ArticleText):
    """Fields beside the date as it was written, which may be none."""

    date: str = ""


def _noted(text: ArticleText, answer: Mapping[str, Any]) -> ArticleText:
    return _Noted(
        title=text.title,
        moment=text.moment,
        media=text.media,
        source=text.source,
        html=text.html,
        authors=text.authors,
        date=string(answer.get("date")),
    )


def _fields(said: Said, text: ArticleText) -> Iterator[Step]:
    body = _body(said, text)
    if not text.html:
        # No text at all is found before anything else is looked at.
        yield body
    moment = f"{said.moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if said.moment else ""
    written = text.date if isinstance(text, _Noted) and not text.moment else ""
    yield Step(name="title", value=_cut(said.title), by=said.title_by, reason=_lack("title", not said.title))
    yield Step(
        name="moment",
        value=moment,
        by=said.moment_by,
        reason=_lack("moment", not said.moment),
        note=_cut(written),
    )
    yield Step(
        name="media",
        value=_cut(said.media),
        by=said.media_by,
        reason=_lack("media", not said.rolling and not said.media),
        note="rolling" if said.rolling else "",
    )
    if text.html:
        yield body


def _body(said: Said, text: ArticleText) -> Step:
    shown, empty = len(visible_text(said.body)), is_empty(said.body)
    return Step(
        name="body",
        value=str(shown),
        by=PAYLOAD if text.html else "",
        reason=_lack("body", empty),
        note="images" if not shown and not empty else "",
    )


def _lack(name: str, lacks: bool) -> str:
    return _LACKS[name] if lacks else ""


def _charset(payload: Payload) -> str:
    try:
        payload.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return declared_charset(payload.content_type) or ""
    return "utf-8"


def _undecodable(body: bytes) -> str:
    """`1034 gb18030`: the first byte that is not UTF-8, and the encoding in which all could be read, if it is that."""
    try:
        body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start
    else:
        return ""
    try:
        body.decode("gb18030")
    except UnicodeDecodeError:
        return str(at)
    return f"{at} gb18030"


def _no_json(text: str) -> str:
    """`html`, or where the JSON breaks off: `line 1 column 532`."""
    if text.lstrip().startswith("<"):
        return "html"
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"line {error.lineno} column {error.colno}"
    except (ValueError, RecursionError):
        return ""
    return ""


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
