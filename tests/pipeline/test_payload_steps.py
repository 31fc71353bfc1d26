"""The parser's steps agree with the parser, whatever a payload holds, and say who said what."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.normalise import normalise
from finews.flows.payload_steps import Step, Steps, payload_steps
from finews.schema.records import Rejection
from tests.pipeline.test_normalise import WORDS, any_json, fields, listing, payload


def steps_of(answer: Any, **more: Any) -> Steps:
    """The steps of a JSON answer, or of bytes."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
    return payload_steps(payload(body), **more)


def step(steps: Steps, name: str) -> Step:
    """The step of this name."""
    (found,) = (each for each in steps.steps if each.name == name)
    return found


@given(
    st.dictionaries(fields, any_json, max_size=6).map(lambda odd: json.dumps({**WORDS, **odd}).encode())
    | st.binary(max_size=100)
    | any_json.map(lambda value: json.dumps(value).encode()),
    st.booleans(),
)
@settings(max_examples=300, derandomize=True)
def test_it_stops_where_the_parser_stops(body: bytes, page: bool) -> None:
    what = payload(body, "page" if page else "text")
    steps, made = payload_steps(what), normalise(what)
    assert steps.made == made
    assert (steps.stopped.reason if steps.stopped else None) == (
        made.reason if isinstance(made, Rejection) else None
    )


def test_who_said_what() -> None:
    feeds = [listing("38", title="市场的标题", media="市场报"), listing("search", title="搜索的标题")]
    steps = steps_of({**WORDS, "title": "", "medianame": ""}, listings=feeds)
    assert steps.publishable
    title, media, moment = (step(steps, name) for name in ("title", "media", "moment"))
    assert (title.value, title.by, title.lent) == ("市场的标题", "38", True)
    assert (media.value, media.by) == ("市场报", "38")
    assert (moment.value, moment.by, moment.lent) == ("2026-03-10 09:30:00", "payload", False)
    assert steps.words == "正文"


@pytest.mark.parametrize(
    ("answer", "name", "reason", "note"),
    [
        (b"", "decoding", "body_empty", ""),
        ('{"title": "标题"}'.encode("gbk"), "decoding", "bad_encoding", "11 gb18030"),
        (b'{"title": "\xff\xff', "decoding", "bad_encoding", "11"),
        (b'{"title": "x", "te', "json", "not_json", "line 1 column 16"),
        (b"<html><body>busy</body></html>", "json", "not_json", "html"),
        (b"[1, 2]", "json", "not_json", "list"),
        ({**WORDS, "id": "NW202603100000000002"}, "identity", "wrong_article", ""),
        ({**WORDS, "date": "昨天下午"}, "moment", "date_missing", "昨天下午"),
        ({**WORDS, "text": "", "title": ""}, "body", "body_empty", ""),
        ({**WORDS, "text": "<p>&nbsp;</p>"}, "body", "body_empty", ""),
    ],
)
def test_where_and_why_it_stops(answer: Any, name: str, reason: str, note: str) -> None:
    stopped = steps_of(answer).stopped
    assert stopped is not None
    assert (stopped.name, stopped.reason, stopped.note) == (name, reason, note)


def test_a_bug_of_the_parser_is_a_step_and_no_crash() -> None:
    with mock.patch("finews.flows.normalise.sanitise", side_effect=ZeroDivisionError):
        steps = steps_of(WORDS)
    assert [each.name for each in steps.steps] == ["parser"]
    assert not steps.publishable
