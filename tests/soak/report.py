"""The report of a soak: what a person reads, and whether it is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.soak.author import Story
from tests.soak.truth import Found
from tests.soak.verdict import Verdict, Windows

_MIB: Final = 2**20
_MOST_TOLD: Final = 20


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """All that a soak came to; `seconds` is how long it lasted, without settling."""

    seconds: float
    settling: float
    interrupted: bool
    windows: Windows
    verdicts: tuple[Verdict, ...]
    stories: Mapping[str, Story]
    edits: int
    weather: tuple[str, ...]
    done: Mapping[str, int]
    requests: int
    found: Found
    wrong: tuple[str, ...]
    """What is wrong beside the comparison with the truth."""

    @property
    def complaints(self) -> list[str]:
        """Every limit that is broken and every article that is wrong."""
        limits = [words for each in self.verdicts for words in each.broken]
        return [*limits, *self.wrong, *self.found.wrong]


def rendered(soaked: Soaked) -> str:
    """The report."""
    return "\n".join([*_head(soaked), "", *_table(soaked), "", *_counts(soaked), "", *_end(soaked)])


def _head(soaked: Soaked) -> list[str]:
    windows = soaked.windows
    begun, ended = ([f"{second:.0f}" for second in each] for each in (windows.base, windows.end))
    early = ", interrupted" if soaked.interrupted else ""
    lines = [
        f"Soak of {soaked.seconds / 60:.1f} min{early}, then {soaked.settling:.0f} s of fair weather",
        f"Compared: second {begun[0]} to {begun[1]} with second {ended[0]} to {ended[1]}.",
        "Memory is the median of what a process holds for itself (USS). Files and connections are what is open",
        "for good, the least of each time; in brackets the least and the most ever.",
    ]
    if not windows.settled:
        lines.append(
            "Too short a soak to judge memory and PostgreSQL's files, which takes ten minutes; for other files "
            "and connections it takes one. They are only shown."
        )
    return lines


def _table(soaked: Soaked) -> list[str]:
    memory, files = (
        f"{'MiB then':>9} {'at end':>9} {'ratio':>7}",
        f"{'files then':>10} {'at end':>7} {'':<12}",
    )
    lines = [f"{'process':<12} {memory}   {files} {'connections':<12} verdict"]
    for each in soaked.verdicts:
        ever = f"({each.files_ever[0]}…{each.files_ever[1]})"
        connections = f"{each.connections[0]} → {each.connections[1]}" if any(each.connections) else ""
        lines.append(
            f"{each.name:<12} {each.memory[0] / _MIB:>9.1f} {each.memory[1] / _MIB:>9.1f} {each.ratio:>7.3f}   "
            f"{each.files[0]:>10} {each.files[1]:>7} {ever:<12} {connections:<12} "
            f"{'BROKEN' if each.broken else 'well'}"
        )
    return lines


def _counts(soaked: Soaked) -> list[str]:
    stories, found = soaked.stories.values(), soaked.found
    kinds = Counter(each.kind for each in stories)
    hard = sum(number for kind, number in kinds.items() if kind != "plain")
    unlisted = sum(not each.listed for each in stories)
    weather = Counter(soaked.weather)
    published = f"{len(stories)} articles, {len(stories) / soaked.seconds:.2f} a second"
    return [
        f"Published   {published}; {hard} of them hard, {unlisted} in no feed",
        f"Edited      {soaked.edits} times; {found.revisions} earlier editions are kept",
        f"Pipeline    {found.rows} rows, {found.posts} posts; links: {_told(found.states)}",
        f"Outcomes    {_told(found.outcomes)}",
        f"Runs        {_told(found.runs)}",
        f"Worker      {_told(soaked.done)}; {soaked.requests} requests",
        f"Weather     {sum(weather.values())} faults: {_told(weather)}",
        *(f"Broken run  {words}" for words in found.broken_runs),
    ]


def _end(soaked: Soaked) -> list[str]:
    complaints = soaked.complaints
    if not complaints:
        return ["All is well: no limit is broken, every article has its one right outcome."]
    more = [f"… and {len(complaints) - _MOST_TOLD} more"] if len(complaints) > _MOST_TOLD else []
    return ["NOT WELL:", *(f"  {each}" for each in [*complaints[:_MOST_TOLD], *more])]


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "none"
