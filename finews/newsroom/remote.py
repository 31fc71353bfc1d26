"""A newsroom in another process, steered over HTTP with the methods of one in this process."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import urlencode

from .article import SourceArticle
from .control import PREFIX
from .faults import PARAMETERS
from .request_log import SeenRequest

# Seconds for an answer of the control addresses.
_PATIENCE: Final = 30.0
_ERRORS: Final = {error.__name__: error for error in (KeyError, TypeError, ValueError)}


class RemoteNewsroom:
    """One that runs elsewhere on this machine with its control addresses served.

    Its methods raise what those of :class:`Newsroom` raise, and URLError when nobody is there.
    """

    def __init__(self, bases: Sequence[str], away_base: str = "") -> None:
        self._bases = tuple(bases)
        self._away_base = away_base
        # Proxies of the environment have no business with loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @property
    def bases(self) -> tuple[str, ...]:
        """Base address of each mirror, without a slash at the end."""
        return self._bases

    @property
    def away_base(self) -> str:
        """Base address of a host that is no mirror."""
        return self._away_base

    def address(self, kind: str, *, mirror: int = 0) -> str:
        """Base address at which everything suffers the fault ``kind``; ValueError for an unknown one."""
        if kind not in PARAMETERS:
            raise ValueError(f"no fault is called {kind!r}")
        return f"{self._bases[mirror]}/~{kind}"

    @property
    def articles(self) -> list[SourceArticle]:
        """The articles served at the moment, newest first."""
        return [SourceArticle.from_json(fields) for fields in self._ask("articles")]

    def publish(self, article: SourceArticle) -> None:
        """Serve an article from now on, in place of any with its infoCode."""
        self._tell("publish", article.to_json())

    def edit(self, info_code: str, **fields: Any) -> SourceArticle:
        """Change fields of an article and return it."""
        changed = self._tell("edit", {"info_code": info_code, **fields})
        return SourceArticle.from_json(cast(dict[str, object], changed))

    def withdraw(self, info_code: str, *, status: int = 404) -> None:
        """Answer ``status`` for an article and list it nowhere."""
        self._tell("withdraw", {"info_code": info_code, "status": status})

    def withhold(self, info_code: str, *, mirror: int = 0) -> None:
        """Let one mirror answer 404 for an article's text and pages."""
        self._tell("withhold", {"info_code": info_code, "mirror": mirror})

    def restore(self, info_code: str) -> None:
        """Undo every :meth:`withhold` of an article."""
        self._tell("restore", {"info_code": info_code})

    def fault(
        self,
        kind: str,
        *,
        mirror: int | None = None,
        path: str | None = None,
        info_code: str | None = None,
        times: int | None = None,
        every: int = 1,
        **params: object,
    ) -> None:
        """Let matching requests suffer."""
        where = {"mirror": mirror, "path": path, "info_code": info_code}
        self._tell("fault", {"kind": kind, **where, "times": times, "every": every, **params})

    def clear_faults(self) -> None:
        """Be well again, except at the addresses of faults."""
        self._tell("clear_faults", {})

    @property
    def requests(self) -> list[SeenRequest]:
        """What the mirrors were asked, in order; ``at`` is the child's monotonic clock."""
        return [SeenRequest(**fields) for fields in self._ask("requests")]

    @property
    def strays(self) -> list[SeenRequest]:
        """What was asked at :attr:`away_base`."""
        return [SeenRequest(**fields) for fields in self._ask("strays")]

    def count(self, kind: str | None = None, *, mirror: int | None = None) -> int:
        """How many requests of one kind came in."""
        asked = {"kind": kind, "mirror": mirror}
        return cast(
            int, self._ask("count", {key: value for key, value in asked.items() if value is not None})
        )

    def forget_requests(self) -> None:
        """Empty :attr:`requests`, :attr:`strays` and the counts."""
        self._tell("forget_requests", {})

    def _ask(self, name: str, query: Mapping[str, object] | None = None) -> Any:
        return self._exchange(f"{name}?{urlencode(query or {})}", None)

    def _tell(self, name: str, fields: Mapping[str, object]) -> Any:
        return self._exchange(name, json.dumps(fields).encode())

    def _exchange(self, address: str, body: bytes | None) -> Any:
        if not self._bases:
            raise RuntimeError("this newsroom is not open")
        asked = urllib.request.Request(f"{self._bases[0]}{PREFIX}{address}", data=body)  # noqa: S310 - loopback
        try:
            with self._opener.open(asked, timeout=_PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                told = json.load(refused)
            raise _ERRORS.get(told["kind"], RuntimeError)(told["error"]) from None
