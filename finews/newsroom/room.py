"""The newsroom in this process: mirrors on loopback ports, steered from any thread."""

from __future__ import annotations

import socket
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from .article import SourceArticle
from .control import PREFIX, Control
from .faults import PARAMETERS, Fault, FaultBoard
from .growth import grow
from .mirror import Mirror
from .request_log import RequestLog, SeenRequest
from .samples import load_samples
from .serving import Handler, ServingThread, listening
from .shelf import Shelf

_HOST: Final = "127.0.0.1"
# Another host than the mirrors' to every client that compares host names; not every system has it.
_AWAY_HOST: Final = "127.0.0.2"
_AWAY: Final = -1


class Newsroom:
    """A context manager: the source is served from ``__enter__`` to ``__exit__``.

    ``articles``       what it starts with; the samples if none are given
    ``mirrors``        number of mirrors, each on a port of its own and each serving everything
    ``ports``          their ports in order; 0 or none: a free one
    ``feed_size``      most records that a feed lists, whatever ``count`` asks for
    ``total_as_text``  write a search's ``total`` as a string
    ``disallow``       path prefixes that robots.txt forbids
    ``pool``, ``rate`` articles published by themselves, ``rate`` a second
    ``live_dates``     give each of the pool's articles the date at which it appears
    ``searched``       called when a search has its answer, with this newsroom: what comes between two pages
    ``control``        serve ``/_newsroom/…`` too

    Every method may be called from any thread. OSError from ``__enter__`` if a port is taken.
    """

    def __init__(
        self,
        articles: Iterable[SourceArticle] | None = None,
        *,
        mirrors: int = 3,
        ports: Sequence[int] = (),
        feed_size: int = 200,
        total_as_text: bool = False,
        disallow: Sequence[str] = (),
        pool: Iterable[SourceArticle] = (),
        rate: float = 0.0,
        live_dates: bool = False,
        searched: Callable[[Newsroom], object] | None = None,
        control: bool = False,
    ) -> None:
        if mirrors < 1 or len(ports) > mirrors:
            raise ValueError("a newsroom has at least one mirror, and no more ports than mirrors")
        self._shelf = Shelf(
            load_samples() if articles is None else articles, feed_size=feed_size, total_as_text=total_as_text
        )
        self._ports = [*ports, *[0] * (mirrors - len(ports))]
        self._disallow = tuple(disallow)
        self._pool, self._rate, self._live_dates = pool, rate, live_dates
        self._searched = searched
        self._control = Control(self) if control else None
        self._faults = FaultBoard()
        self._log = RequestLog()
        self._strays = RequestLog()
        self._serving: ServingThread | None = None
        self._bases: tuple[str, ...] = ()
        self._away_base = ""

    @property
    def bases(self) -> tuple[str, ...]:
        """Base address of each mirror, without a slash at the end."""
        return self._bases

    @property
    def away_base(self) -> str:
        """Base address of a host that is no mirror, where ``redirect_away`` leads; see :attr:`strays`."""
        return self._away_base

    def address(self, kind: str, *, mirror: int = 0) -> str:
        """Base address at which everything suffers the fault ``kind``; ValueError for an unknown one."""
        if kind not in PARAMETERS:
            raise ValueError(f"no fault is called {kind!r}")
        return f"{self._bases[mirror]}/~{kind}"

    @property
    def articles(self) -> list[SourceArticle]:
        """The articles served at the moment, newest first."""
        return self._shelf.articles()

    def publish(self, article: SourceArticle) -> None:
        """Serve an article from now on, in place of any with its infoCode."""
        self._shelf.publish(article)

    def edit(self, info_code: str, **fields: Any) -> SourceArticle:
        """Change fields of an article and return it; KeyError without it, TypeError for an unknown field."""
        return self._shelf.edit(info_code, fields)

    def withdraw(self, info_code: str, *, status: int = 404) -> None:
        """Answer ``status`` for an article and list it nowhere; KeyError if there is none."""
        self._shelf.withdraw(info_code, status)

    def withhold(self, info_code: str, *, mirror: int = 0) -> None:
        """Let one mirror answer 404 for an article's text and pages."""
        self._shelf.withhold(info_code, mirror)

    def restore(self, info_code: str) -> None:
        """Undo every :meth:`withhold` of an article."""
        self._shelf.restore(info_code)

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
        """Let matching requests suffer; what the arguments mean is told at :class:`Fault`.

        ValueError for what does not fit, also for a mirror that does not exist.
        """
        if mirror is not None and not 0 <= mirror < len(self._ports):
            raise ValueError(f"there is no mirror {mirror}")
        self._faults.add(
            Fault(
                kind=kind,
                mirror=mirror,
                path=path,
                info_code=info_code,
                times=times,
                every=every,
                params=params,
            )
        )

    def clear_faults(self) -> None:
        """Be well again, except at the addresses of faults."""
        self._faults.clear()

    @property
    def requests(self) -> list[SeenRequest]:
        """What the mirrors were asked, in order (the last 200,000)."""
        return self._log.seen()

    @property
    def strays(self) -> list[SeenRequest]:
        """What was asked at :attr:`away_base`, where no client should ever be."""
        return self._strays.seen()

    def count(self, kind: str | None = None, *, mirror: int | None = None) -> int:
        """How many requests of one kind (``text``, ``feeds``, ``page``, ``search``, ``robots``) came in."""
        return self._log.count(kind, mirror)

    def forget_requests(self) -> None:
        """Empty :attr:`requests`, :attr:`strays` and the counts."""
        self._log.forget()
        self._strays.forget()

    def __enter__(self) -> Self:
        if self._serving is not None:
            raise RuntimeError("this newsroom is open already")
        with ExitStack() as opened:
            bound = [opened.enter_context(listening(_HOST, port)) for port in self._ports]
            bound.append(opened.enter_context(_bound_away()))
            # From here on the serving thread closes them.
            opened.pop_all()
        *bases, self._away_base = map(_base, bound)
        self._bases = tuple(bases)
        listeners = [(one, self._handler(number)) for number, one in enumerate(bound[:-1])]
        away = Mirror(
            number=_AWAY, shelf=self._shelf, faults=FaultBoard(), log=self._strays, away=self._away_base
        )
        self._serving = ServingThread(
            [*listeners, (bound[-1], away.handle)], self._grow if self._rate > 0 else None
        )
        self._serving.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._serving is not None:
            self._serving.stop()
            self._serving = None

    def _handler(self, number: int) -> Handler:
        mirror = Mirror(
            number=number,
            shelf=self._shelf,
            faults=self._faults,
            log=self._log,
            away=self._away_base,
            disallow=self._disallow,
            searched=self._between_pages,
        )
        control = self._control
        if control is None:
            return mirror.handle

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if request.path.startswith(PREFIX):
                return await control.handle(request)
            return await mirror.handle(request)

        return handle

    def _between_pages(self) -> None:
        if self._searched:
            self._searched(self)

    def _grow(self) -> Coroutine[None, None, None]:
        return grow(self.publish, self._pool, self._rate, live_dates=self._live_dates)


def _base(bound: socket.socket) -> str:
    host, port = bound.getsockname()
    return f"http://{host}:{port}"


def _bound_away() -> socket.socket:
    try:
        return listening(_AWAY_HOST, 0)
    except OSError:
        return listening(_HOST, 0)
