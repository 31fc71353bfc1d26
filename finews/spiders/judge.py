"""One HTTP answer → what it says about the article that was asked for. Status 200 is not success."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from finews.schema.records import Payload, Record

from .addresses import PAGE, TEXT
from .article_body import text_of
from .decoding import WireError, decoded, json_value
from .gates import gate
from .heard import Heard, Say
from .page_tree import content_of, document
from .retry_after import retry_after


@dataclass(frozen=True, kw_only=True)
class Answer(Record):
    """An answer as it came, unpacked; `body` is empty with `too_large`."""

    url: str
    status: int
    content_type: str
    retry_after: str
    at: datetime
    body: bytes
    too_large: bool = False
    etag: str = ""
    last_modified: str = ""
    date: str = ""
    """When it was sent, by the mirror's clock."""


def judged(info_code: str, part: str, answer: Answer) -> Heard:
    """What an answer to the request for `part` (`text` or `page`) says."""
    refused = judged_status(answer)
    if refused:
        return refused
    if answer.too_large:
        return _unfit(info_code, part, answer, "too_large")
    return _judged_text(info_code, answer) if part == TEXT else _judged_page(info_code, answer)


def judged_status(answer: Answer) -> Heard | None:
    """What the status alone says, None where the body is to be looked at."""
    status, reason = answer.status, f"http_{answer.status}"
    if 200 <= status < 300:
        return None
    if status in (404, 410):
        return Heard(say=Say.ABSENT, reason=reason, status=status, elsewhere=True)
    wait = retry_after(answer.retry_after, answer.at) if status in (429, 503) else None
    if status in (401, 403, 429):
        return Heard(say=Say.BLOCKED, reason=reason, status=status, passing=status == 429, wait=wait)
    server = status >= 500
    return Heard(say=Say.FAILED, reason=reason, status=status, passing=server, ill=server, wait=wait)


def _judged_text(info_code: str, answer: Answer) -> Heard:
    if not answer.body.strip():
        return _unfit(info_code, TEXT, answer, "body_empty", elsewhere=True)
    try:
        text = decoded(answer.body, answer.content_type)
    except WireError as error:
        return _unfit(info_code, TEXT, answer, error.reason)
    try:
        value = json_value(text, exact=False)
    except WireError:
        return _judged_html(info_code, answer, text)
    if not isinstance(value, dict):
        return _gated(answer, text) or _unfit(info_code, TEXT, answer, "not_json")
    try:
        text_of(info_code, value)
    except WireError as error:
        empty = error.reason == "body_empty"
        return _unfit(info_code, TEXT, answer, error.reason, elsewhere=empty)
    return _good(info_code, TEXT, answer)


def _judged_html(info_code: str, answer: Answer, text: str) -> Heard:
    if _holds_article(text):
        return _good(info_code, PAGE, answer)
    html = text.lstrip().startswith("<")
    return _gated(answer, text) or _unfit(info_code, TEXT, answer, "not_json", elsewhere=html)


def _judged_page(info_code: str, answer: Answer) -> Heard:
    try:
        text = decoded(answer.body, answer.content_type)
    except WireError as error:
        return _unfit(info_code, PAGE, answer, error.reason)
    if _holds_article(text):
        return _good(info_code, PAGE, answer)
    return _gated(answer, text) or Heard(say=Say.ABSENT, reason="no_article", status=answer.status)


def _holds_article(text: str) -> bool:
    if "ContentBody" not in text:
        return False
    root = document(text)
    return root is not None and content_of(root) is not None


def _gated(answer: Answer, text: str) -> Heard | None:
    found = gate(text)
    return Heard(say=Say.BLOCKED, reason=found, status=answer.status) if found else None


def _good(info_code: str, part: str, answer: Answer) -> Heard:
    payload = _payload(info_code, part, answer)
    return Heard(say=Say.GOOD, reason="ok", status=answer.status, payload=payload)


def _unfit(info_code: str, part: str, answer: Answer, reason: str, *, elsewhere: bool = False) -> Heard:
    return Heard(
        say=Say.UNFIT,
        reason=reason,
        status=answer.status,
        payload=_payload(info_code, part, answer),
        elsewhere=elsewhere,
    )


def _payload(info_code: str, part: str, answer: Answer) -> Payload:
    return Payload(
        info_code=info_code,
        part=part,
        url=answer.url,
        status=answer.status,
        content_type=answer.content_type,
        fetched_at=answer.at,
        body=answer.body,
    )
