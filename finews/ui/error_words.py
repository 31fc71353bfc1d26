"""Why a feed or a mirror did not answer well: machine words in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fastapi import Request

from finews.ui.pages import N_, say

_WORDS: Final[Mapping[str, str]] = {
    "connection": N_("no connection came about, or it broke"),
    "timeout": N_("no answer came in time"),
    "robots": N_("its robots.txt forbids it"),
    "redirect_away": N_("it sends us to another host"),
    "redirect_loop": N_("its redirects go round in a circle"),
    "bad_gzip": N_("its answer is garbled"),
    "bad_encoding": N_("its answer is in no encoding that can be read"),
    "body_empty": N_("its answer is empty"),
    "not_json": N_("its answer is no JSON"),
    "no_records": N_("its answer holds no list of articles"),
    "too_large": N_("its answer is too large"),
    "captcha": N_("it asks for a captcha"),
    "login_page": N_("it asks for a login"),
    "mirror_paused": N_("the mirror is paused"),
    "feed_paused": N_("the feed is paused"),
    "http_401": N_("it refuses us (401)"),
    "http_403": N_("it refuses us (403)"),
    "http_404": N_("it has no such address (404)"),
    "http_429": N_("we ask too often (429)"),
}
_SERVER_ERROR: Final = N_("a server error (%(status)s)")
_OTHER_STATUS: Final = N_("status %(status)s")


def error_in_words(request: Request, reason: str) -> str:
    """The reason in the language of whoever asks; a word that nobody has put into words is shown as it is."""
    if words := _WORDS.get(reason):
        return say(request, words)
    if found := re.fullmatch(r"http_(\d)\d\d", reason):
        words = _SERVER_ERROR if found[1] == "5" else _OTHER_STATUS
        return say(request, words, status=reason.removeprefix("http_"))
    return reason
