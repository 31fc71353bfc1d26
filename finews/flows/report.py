"""What a use case hands back to whoever called it: counts, articles, feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from finews.schema.ledger import counted
from finews.schema.records import TROUBLE, Outcome, Result


@dataclass(frozen=True, kw_only=True)
class FeedReport:
    """How one feed's reading went: articles listed, those among them that were new, the error's reason word.

    One that is `paused`, itself or by way of the mirror that serves it, was not read.
    """

    name: str
    listed: int
    discovered: int
    error: str | None
    paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a run came to.

    `skipped` counts articles that were known and not asked for; `others` those that are not among the results.
    """

    run: int
    kind: str
    results: Sequence[Result] = ()
    feeds: Sequence[FeedReport] = ()
    skipped: int = 0
    others: Mapping[Outcome, int] = field(default_factory=dict)
    requests: int = 0
    note: str = ""
    amiss: bool = False
    """Whether something went wrong that no article's outcome tells."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Articles by outcome, every outcome named."""
        return counted(self.results, self.others, skipped=self.skipped)

    @property
    def trouble(self) -> bool:
        """Whether something ended quarantined, gone, blocked or failed, a feed included."""
        ended = {each.outcome for each in self.results} | {
            each for each, number in self.others.items() if number
        }
        return self.amiss or bool(ended & TROUBLE) or any(each.error for each in self.feeds)

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        found: dict[str, Any] = {"run": self.run, **self.counts, "requests": self.requests}
        found["articles"] = [
            {
                "info_code": each.info_code,
                "outcome": each.outcome.value,
                "reason": each.reason,
                "post": each.post,
            }
            for each in self.results
        ]
        if self.kind == "poll":
            found["feeds"] = [
                {
                    "name": each.name,
                    "listed": each.listed,
                    "discovered": each.discovered,
                    "error": each.error,
                    "paused": each.paused,
                }
                for each in self.feeds
            ]
        if self.note:
            found["note"] = self.note
        return found | self.extra
