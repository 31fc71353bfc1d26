"""`ingest`: links in, posts out. It asks the source now, also for known articles and whatever a link's wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from finews.flows.fetch import fetch_codes, load_left_over
from finews.flows.pipeline import Pipeline
from finews.flows.report import Report
from finews.schema.errors import InvalidLinkError, InvalidLinksError, RequestError
from finews.schema.frontier import add_links
from finews.schema.infocode import parse_link
from finews.schema.settings import Settings

BATCH = 1000
"""Links a step: what a flow run retries as one, and what one line of its task list stands for."""


def read_links(lines: Iterable[tuple[str, str]], settings: Settings) -> list[str]:
    """The infoCodes that lines name, each once, in order of appearance.

    `lines` are pairs of where a line stands (`links.txt:3`, empty for an argument) and the line itself; in files,
    blank lines and `#` comments are passed over. Raises InvalidLinksError with every bad line.
    """
    codes: dict[str, None] = {}
    problems: list[str] = []
    for place, line in lines:
        text = line.strip().lstrip("\ufeff")
        if place and (not text or text.startswith("#")):
            continue
        try:
            codes[parse_link(text.split(" #")[0], mirror_hosts=settings.mirror_hosts)] = None
        except InvalidLinkError as error:
            problems.append(f"{place}: {error}" if place else str(error))
    if problems:
        raise InvalidLinksError(tuple(problems))
    return list(codes)


def lines_of(file: Path) -> Iterator[tuple[str, str]]:
    """The lines of a file with their places, one at a time; raises RequestError where it cannot be read."""
    try:
        with file.open(encoding="utf-8") as text:
            lines = (line for part in text for line in part.splitlines())
            for number, line in enumerate(lines, 1):
                yield f"{file}:{number}", line
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise RequestError(f"{file} cannot be read ({reason})") from error


def ingest(
    pipeline: Pipeline, codes: Sequence[str], *, kind: str = "ingest", reason: str = "", skipped: int = 0
) -> Report:
    """Fetches, stores, normalises, loads and publishes these articles; every one ends in one outcome.

    The results begin with these articles; what a killed process had left to be read comes after them.
    `skipped` is how many more the caller knew and did not ask for.
    """
    with pipeline.run(kind, reason or f"{len(codes)} links") as run:
        run.skipped = skipped
        run.results += pipeline.lasting(lambda: load_left_over(pipeline, run, but=codes))
        pipeline.lasting(lambda: _add(pipeline, codes))
        pipeline.progress.begin("fetching", len(codes))
        for start in range(0, len(codes), BATCH):
            batch = codes[start : start + BATCH]

            def work(batch: Sequence[str] = batch) -> None:
                # A step that is tried again asks only for what the first try did not bring to its end.
                ended = {each.info_code for each in run.results}
                for results in fetch_codes(pipeline, run, [code for code in batch if code not in ended]):
                    run.results += results
                    pipeline.progress.advance(len(results))

            pipeline.step(f"links {start + 1} to {start + len(batch)}", work)
    order = {code: place for place, code in enumerate(codes)}
    return Report(
        run=run.number,
        kind=kind,
        results=sorted(run.results, key=lambda each: order.get(each.info_code, len(order))),
        skipped=skipped,
        requests=pipeline.requests,
        note=run.note,
    )


def _add(pipeline: Pipeline, codes: Sequence[str]) -> None:
    with pipeline.database.transaction() as connection:
        add_links(connection, codes)
