"""Faults of the content: a complete answer that is not the one asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from aiohttp import web

from . import pages
from .answer import Answer, html_answer, json_answer
from .faults import STATUSES
from .trouble import Act, Trouble

_LISTS: Final = ("records", "nodeList", "record")


def _status(status: int) -> Act:
    async def act(trouble: Trouble) -> web.StreamResponse:
        response = trouble.respond(html_answer(pages.BUSY, status=status))
        if status == 429 or "retry_after" in trouble.fault.params:
            response.headers["Retry-After"] = f"{trouble.number('retry_after', 1):g}"
        return response

    return act


async def http_429_date(trouble: Trouble) -> web.StreamResponse:
    """429 with the time, ``retry_after`` seconds (2) from now, as an HTTP date."""
    response = trouble.respond(html_answer(pages.BUSY, status=429))
    when = datetime.now(UTC) + timedelta(seconds=trouble.number("retry_after", 2))
    response.headers["Retry-After"] = format_datetime(when, usegmt=True)
    return response


async def login_page(trouble: Trouble) -> web.StreamResponse:
    """Status 200 and a form that asks for a password."""
    return trouble.respond(html_answer(pages.LOGIN))


async def captcha(trouble: Trouble) -> web.StreamResponse:
    """Status 200 and a page that asks to move a slider."""
    return trouble.respond(html_answer(pages.CAPTCHA))


async def html(trouble: Trouble) -> web.StreamResponse:
    """Status 200 and a page that says nothing."""
    return trouble.respond(html_answer(pages.BUSY))


async def wrong_article(trouble: Trouble) -> web.StreamResponse:
    """The text of another article under its own id: ``other``, or else the newest."""
    other = trouble.fault.params.get("other")
    return trouble.respond(trouble.another() if other is None else trouble.text_of(str(other)))


async def gbk(trouble: Trouble) -> web.StreamResponse:
    """The honest body in GBK under headers that say UTF-8."""
    body = trouble.honest.body.decode().encode("gbk", errors="replace")
    return trouble.respond(
        Answer(body=body, content_type=trouble.honest.content_type, status=trouble.honest.status)
    )


async def truncated_json(trouble: Trouble) -> web.StreamResponse:
    """A complete answer whose JSON is cut in half."""
    half = trouble.honest.body[: len(trouble.honest.body) // 2]
    return trouble.respond(Answer(body=half, content_type=trouble.honest.content_type))


async def not_object(trouble: Trouble) -> web.StreamResponse:
    """JSON that is no object: ``value``, or else ``[]``."""
    return trouble.respond(json_answer(trouble.fault.params.get("value", [])))


async def half_fields(trouble: Trouble) -> web.StreamResponse:
    """Every second key is missing: of each record of a list, in turn the even and the odd ones."""
    value = json.loads(trouble.honest.body)
    if not isinstance(value, dict):
        return trouble.respond(trouble.honest)
    lists = [key for key in value if key in _LISTS]
    if not lists:
        return trouble.respond(json_answer(_halved(value, 0)))
    for key in lists:
        value[key] = [_halved(record, place) for place, record in enumerate(value[key])]
    return trouble.respond(json_answer(value))


async def no_records(trouble: Trouble) -> web.StreamResponse:
    """A list without its records, as a page in the middle of a search sometimes is."""
    return _changed(trouble, {key: [] for key in _LISTS})


async def wrong_total(trouble: Trouble) -> web.StreamResponse:
    """``value``, or else 0, as the number of articles on all pages of a search."""
    return _changed(trouble, {"total": trouble.fault.params.get("value", 0)})


async def redirect_loop(trouble: Trouble) -> web.StreamResponse:
    """A redirect to the very address that was asked."""
    return _redirect(trouble.request.path_qs)


async def redirect_away(trouble: Trouble) -> web.StreamResponse:
    """A redirect to the same path on a host that is no mirror, or on the base address ``to``."""
    path = trouble.request.path_qs
    prefix = f"/~{trouble.fault.kind}"
    if path.startswith(f"{prefix}/"):
        path = path[len(prefix) :]
    return _redirect(f"{trouble.fault.params.get('to', trouble.away)}{path}")


def _changed(trouble: Trouble, changes: Mapping[str, object]) -> web.StreamResponse:
    """The honest object with what it has of these keys changed."""
    value = json.loads(trouble.honest.body)
    if isinstance(value, dict):
        value.update({key: change for key, change in changes.items() if key in value})
    return trouble.respond(json_answer(value, status=trouble.honest.status))


def _halved(record: Mapping[str, object], place: int) -> dict[str, object]:
    return {key: value for number, (key, value) in enumerate(record.items()) if (number + place) % 2 == 0}


def _redirect(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location})


ACTS: Final[Mapping[str, Act]] = {
    **{f"http_{status}": _status(status) for status in STATUSES},
    **{
        act.__name__: act
        for act in (
            http_429_date,
            login_page,
            captcha,
            html,
            wrong_article,
            gbk,
            truncated_json,
            not_object,
            half_fields,
            no_records,
            wrong_total,
            redirect_loop,
            redirect_away,
        )
    },
}
