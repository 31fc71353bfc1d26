"""`/metrics`: the figures in the words of Prometheus, asked of the database when somebody scrapes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from finews.flows.figures import Figure
from finews.schema.errors import AddressTakenError, ServiceError

_FRESH = 3.0
"""Seconds for which an answer stands: many scrapers cost the database no more than one."""


class FigureCollector(Collector):
    """Asks `look` for the figures at a scrape, of several at once one time.

    `finews_up` is 0 while the database cannot be asked: then it is the only figure.
    """

    def __init__(self, look: Callable[[], Sequence[Figure]]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._known: Sequence[Figure] = ()
        self._until = 0.0

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing beforehand: the database is not asked by being registered."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families of this scrape."""
        figures = self._figures()
        yield GaugeMetricFamily("finews_up", "1 where the database answers", value=float(bool(figures)))
        for each in figures:
            yield _family(each)

    def _figures(self) -> Sequence[Figure]:
        with self._lock:
            if time.monotonic() >= self._until:
                try:
                    self._known = self._look()
                except ServiceError:
                    self._known = ()
                self._until = time.monotonic() + _FRESH
            return self._known


def _family(figure: Figure) -> GaugeMetricFamily:
    names = list(figure.samples[0][0]) if figure.samples else []
    family = GaugeMetricFamily(figure.name, figure.meaning, labels=names)
    for labels, value in figure.samples:
        family.add_metric([labels[name] for name in names], value)
    return family


def metrics_text(look: Callable[[], Sequence[Figure]]) -> str:
    """What `/metrics` would answer now."""
    return generate_latest(_registry(look)).decode()


@contextmanager
def served_metrics(look: Callable[[], Sequence[Figure]], host: str, port: int) -> Iterator[str]:
    """Serves `/metrics` for the block, in threads of its own; yields its address. Raises AddressTakenError."""
    try:
        server, thread = start_http_server(port, addr=host, registry=_registry(look))
    except OSError as error:
        raise AddressTakenError(
            f"{host}:{port} ({error.strerror or error})",
            advice="Choose another with --port, FINEWS_METRICS_PORT or FINEWS_METRICS_HOST",
        ) from None
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _registry(look: Callable[[], Sequence[Figure]]) -> CollectorRegistry:
    # One of our own: the figures are the pipeline's, not those of the process that serves them.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FigureCollector(look))
    return registry
