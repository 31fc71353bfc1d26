"""Templates to pages: one environment a language, everything escaped, nothing undefined."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from finews.ui import moments
from finews.ui.act import action_of
from finews.ui.forgery import FIELD, token_of
from finews.ui.language import LANGUAGES, language_of, translated, translated_number
from finews.ui.viewer import viewer_of

_TEMPLATES: Final = Path(__file__).parent / "templates"


@cache
def environment(language: str) -> Environment:
    """The templates in a language: `_("…")`, `{% trans %}`, and what renders times, lengths and sizes."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        partial(translated, language), partial(translated_number, language), newstyle=True
    )
    made.globals |= {
        "when": moments.when,
        "day": moments.day,
        "lasting": moments.lasting,
        "amount": moments.amount,
        "language": language,
        "languages": LANGUAGES,
        "term": partial(translated, language),
    }
    return made


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The page that a template makes of these values, in the language of whoever asks.

    Templates have besides: `request`, `viewer`, `did` (the action that the address names), `csrf_field()`,
    `csrf_token`.
    """
    language = language_of(request)
    text = (
        environment(language)
        .get_template(template)
        .render(
            request=request,
            viewer=viewer_of(request),
            did=_did(request),
            csrf_field=partial(_csrf_field, request),
            csrf_token=token_of(request),
            **values,
        )
    )
    return HTMLResponse(
        text, status, headers={"Content-Language": language, "Vary": "Cookie, Accept-Language"}
    )


def say(request: Request, text: str, **values: object) -> str:
    """A text of Python code in the language of whoever asks; the text itself is marked with `N_`."""
    return translated(language_of(request), text) % values


def N_(text: str) -> str:  # noqa: N802 - what gettext calls it everywhere
    """Marks a text that templates or `say` translate later."""
    return text


def _csrf_field(request: Request) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token_of(request))


def _did(request: Request) -> object:
    number = request.query_params.get("did", "")
    if not viewer_of(request).name or not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    return action_of(request.app.state.console, int(number))
