"""What all mirrors said together → how the fetching of a link ends when nothing was good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from finews.schema.records import Attempt, Fetch, Outcome

from .heard import MIRROR_PAUSED, Heard, Say

# Whether a link may be asked for again matters most, and an article is gone only if nobody says anything else.
_OUTCOMES: Final = (
    (Say.FAILED, Outcome.FAILED),
    (Say.BLOCKED, Outcome.BLOCKED),
    (Say.UNFIT, Outcome.QUARANTINED),
)
_TELLING: Final = ("wrong_article", "too_large", "bad_encoding", "not_json", "body_empty")
_NOT_ASKED: Final = ("circuit_open", "mirrors_down", MIRROR_PAUSED)


def verdict(info_code: str, last: Iterable[Heard], attempts: Sequence[Attempt]) -> Fetch:
    """The end of a link for which `last` are the mirrors' last words, in the order of the mirrors.

    Raises nothing; `last` holds no good answer and at least one other.
    """
    words = list(last)
    waits = [heard.wait for heard in words if heard.wait]
    outcome, decisive = _decisive(words)
    return Fetch(
        info_code=info_code,
        outcome=outcome,
        reason=decisive.reason,
        payload=decisive.payload,
        attempts=tuple(attempts),
        retry_after=timedelta(seconds=min(waits)) if waits else None,
    )


def _decisive(words: Sequence[Heard]) -> tuple[Outcome, Heard]:
    for say, outcome in _OUTCOMES:
        said = [heard for heard in words if heard.say is say]
        if said:
            return outcome, min(said, key=_rank)
    # A page that is not there says less than an article text that is not there.
    return Outcome.GONE, next((heard for heard in words if heard.reason.startswith("http_")), words[0])


def _rank(heard: Heard) -> int:
    if heard.reason in _NOT_ASKED:
        return len(_TELLING) + 1
    return _TELLING.index(heard.reason) if heard.reason in _TELLING else len(_TELLING)
