"""Reasons of quarantine in the words of an operator: what each usually means, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from finews.ui.pages import N_


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A reason's name, what it usually means, and what helps; English, to be translated."""

    name: str
    means: str
    helps: str


_LENT: Final = N_(
    "It is read again by itself as soon as a feed lists it with one; a backfill of its day asks the search for one."
)
_ASK_AGAIN: Final = N_("A replay reads the same answer again. Ask the source once more, or discard it.")

REASONS: Final[Mapping[str, Reason]] = {
    "title_missing": Reason(
        name=N_("No title"),
        means=N_(
            "Neither the article nor a feed says its title. Often the source has put it out half finished."
        ),
        helps=_LENT,
    ),
    "date_missing": Reason(
        name=N_("No time"),
        means=N_(
            "Neither the article nor a feed says when it appeared, or the date is written as nobody reads it."
        ),
        helps=_LENT,
    ),
    "media_missing": Reason(
        name=N_("No media name"),
        means=N_("Nobody says which paper it is from, and it is not rolling news."),
        helps=N_(
            "A feed or the search may lend it. Where many of one paper lack it, its source note has a new form: "
            "mend the parser, then replay them."
        ),
    ),
    "body_empty": Reason(
        name=N_("No text"),
        means=N_("The answer has no text: the article was withdrawn, or is not filled in yet."),
        helps=_ASK_AGAIN,
    ),
    "not_json": Reason(
        name=N_("No data"),
        means=N_("The answer is cut off, or a page stands in its place: a busy server, a gateway's error."),
        helps=N_(
            "Ask the source once more. Where all since a certain time have it, the source has changed its form: "
            "mend the parser, then replay them."
        ),
    ),
    "wrong_article": Reason(
        name=N_("Another article"),
        means=N_("The answer says that it is another article: a mirror has mixed up what it keeps."),
        helps=N_("Mirrors agree after a while: ask the source once more."),
    ),
    "too_large": Reason(
        name=N_("Too large"),
        means=N_("The answer was larger than 8 MiB; it was not kept, so there is nothing to read again."),
        helps=N_("Look at the article at the source. Ask once more, or discard it."),
    ),
    "bad_encoding": Reason(
        name=N_("Unreadable characters"),
        means=N_(
            "The bytes are neither UTF-8 nor what their header declares; often GBK under a UTF-8 header."
        ),
        helps=N_("Another mirror may serve it well: ask the source once more."),
    ),
    "internal_error": Reason(
        name=N_("A bug of finews"),
        means=N_("The parser itself failed. The payload is kept, nothing is lost."),
        helps=N_("Please report it. Replay them once it is mended."),
    ),
}
_OTHER: Final = Reason(
    name=N_("Not fit to publish"),
    means=N_("It could not be made into a post."),
    helps=N_("Look at the payload of one of them."),
)


def reason_of(word: str) -> Reason:
    """A machine word in an operator's words."""
    return REASONS.get(word, _OTHER)


SOURCES: Final[Mapping[str, str]] = {
    "payload": N_("the payload"),
    "source_note": N_("the source note in the text"),
    "first_publication": N_("the first publication"),
    "rolling": N_("rolling news"),
    "headlines": N_("the headline feed"),
    "37": N_("market feed 37"),
    "38": N_("market feed 38"),
    "39": N_("market feed 39"),
    "search": N_("the source's search"),
}
"""Who says something of an article."""

STEPS: Final[Mapping[str, str]] = {
    "parser": N_("The parser itself"),
    "decoding": N_("Characters"),
    "json": N_("JSON object"),
    "page": N_("Page"),
    "front_matter": N_("Front matter"),
    "identity": N_("Which article"),
    "title": N_("Title"),
    "moment": N_("Time"),
    "media": N_("Media"),
    "body": N_("Text"),
}
"""The steps of the parser."""

PARTS: Final[Mapping[str, str]] = {"text": N_("article text"), "page": N_("article page")}
"""What a mirror is asked for."""

STAGES: Final[Mapping[str, str]] = {
    "fetch": N_("when it was fetched"),
    "read": N_("when it was read"),
    "normalise": N_("when the post was made"),
}
"""Where an article was kept back."""
