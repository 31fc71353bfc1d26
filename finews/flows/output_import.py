"""What `finews import` prints for a person: what is not as it was, and the counts."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finews.flows.report import Report
from finews.schema.records import Outcome

_SHOWN = 20
_GROUPS = (
    ("unread", "could not be read", "red"),
    ("rewritten", "publish writes it anew", "yellow"),
    ("skipped", "left out", "yellow"),
    ("own", "left alone, it is no article's post", ""),
)


def print_import(report: Report) -> None:
    """Files by what becomes of them, with the reason, the gravest first; then the counts."""
    console = Console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("file", "what becomes of it", "reason"):
        table.add_column(column, overflow="fold")
    for group, words, style in _GROUPS:
        lines = _lines(report, group)
        for file, reason in lines[:_SHOWN]:
            table.add_row(Text(file), Text(words, style=style), reason)
        if len(lines) > _SHOWN:
            table.add_row(f"and {len(lines) - _SHOWN} more", Text(words, style=style), "--json has all")
    if table.row_count:
        console.print(table)
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items() if number)
    extra = report.extra
    console.print(
        Text(
            f"run {report.run}: {extra['files']} files, {counts or 'no article'}; {extra['rewritten']} to be written "
            f"anew, {len(extra['unread'])} could not be read, {len(extra['own'])} are the owner's own"
        )
    )
    if report.note:
        console.print(Text(report.note))


def _lines(report: Report, group: str) -> list[tuple[str, str]]:
    if group in ("unread", "own"):
        return [(each["post"], ", ".join(each["reasons"])) for each in report.extra[group]]
    outcome = Outcome.NEW if group == "rewritten" else Outcome.SKIPPED
    return [
        (each.post or each.info_code, each.reason)
        for each in report.results
        if each.reason and each.outcome is outcome
    ]
