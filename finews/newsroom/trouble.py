"""A request that is about to suffer a fault, and all that the fault may draw on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from .answer import Answer
from .faults import Fault


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """``honest`` is the answer without the fault; ``text_of`` and ``another`` give other articles' texts.

    ``away`` is a base address that is no mirror.
    """

    request: web.BaseRequest
    fault: Fault
    honest: Answer
    text_of: Callable[[str], Answer]
    another: Callable[[], Answer]
    away: str

    def number(self, name: str, default: float) -> float:
        """A numeric parameter of the fault."""
        return float(str(self.fault.params.get(name, default)))

    def respond(self, answer: Answer) -> web.Response:
        return answer.response(self.request)


Act = Callable[[Trouble], Awaitable[web.StreamResponse]]
