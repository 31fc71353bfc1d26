"""Posts are written behind the load: those of one batch while the next one is loaded."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from finews.flows.pipeline import Pipeline
from finews.flows.publish import publish_results
from finews.schema.records import Result


def published(pipeline: Pipeline, loaded: Generator[list[Result]]) -> Iterator[list[Result]]:
    """Yields each batch once its posts are on disk; they are written while the next batch is loaded.

    An error of a later batch is raised after what was loaded before it has been handed over.
    """
    last: tuple[list[Result], Future[object]] | None = None
    with ThreadPoolExecutor(1, "posts") as writer, closing(loaded):
        try:
            for results in loaded:
                before, last = last, (results, _begun(writer, pipeline, results))
                if before:
                    yield _on_disk(before)
        except Exception:
            if last:
                yield _on_disk(last)
            raise
        if last:
            yield _on_disk(last)


def _begun(writer: ThreadPoolExecutor, pipeline: Pipeline, results: Sequence[Result]) -> Future[object]:
    return writer.submit(publish_results, pipeline.database, pipeline.settings, results)


def _on_disk(batch: tuple[list[Result], Future[object]]) -> list[Result]:
    results, written = batch
    written.result()
    return results
