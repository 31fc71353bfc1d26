"""The verdict can fail: on a leak, on files or connections left open, and on nothing else."""

from __future__ import annotations

from random import Random

import pytest

from tests.soak.gauge import Sample
from tests.soak.verdict import Windows, judged

MINUTES = 20
MIB = 2**20


def series(*, leak: float = 0.0, files: float = 0.0, connections: float = 0.0) -> list[Sample]:
    """A sample every two seconds for twenty minutes, noisy and with peaks; what grows does so by so much a minute.

    `leak` is a part of the first memory.
    """
    chance = Random(1)
    return [
        Sample(
            at=at,
            memory=int(
                80 * MIB * (1 + leak * at / 60 + chance.uniform(-0.02, 0.02)) + (at % 30 == 0) * 60 * MIB
            ),
            files=8 + int(files * at / 60) + chance.choice([0, 0, 0, 5]),
            connections=3 + int(connections * at / 60) + chance.choice([0, 0, 1]),
        )
        for at in range(0, MINUTES * 60, 2)
    ]


def broken(samples: list[Sample], seconds: float = MINUTES * 60) -> tuple[str, ...]:
    """The limits that a series breaks."""
    verdict = judged("worker", samples, Windows.of(seconds))
    assert verdict is not None
    return verdict.broken


def test_a_steady_process_is_well_whatever_its_peaks() -> None:
    assert broken(series()) == ()


def test_a_leak_is_seen() -> None:
    (words,) = broken(series(leak=0.01))
    assert words.startswith("worker: memory grew by 1")


def test_growth_below_a_tenth_is_allowed() -> None:
    assert broken(series(leak=0.004)) == ()


def test_memory_that_is_given_back_is_no_leak() -> None:
    assert broken(series(leak=-0.02)) == ()


def test_one_file_in_five_minutes_is_seen() -> None:
    assert broken(series(files=0.2)) == ("worker: 11 files are open for good, 9 were",)


def test_one_connection_is_seen() -> None:
    assert broken(series(connections=0.06)) == ("worker: 4 connections are open for good, 3 were",)


def test_of_a_short_soak_files_are_judged_and_memory_is_not() -> None:
    samples = [each for each in series(leak=0.2, files=2) if each.at < 300]
    assert broken(samples, 300) == ("worker: 17 files are open for good, 10 were",)


def test_of_a_very_short_one_nothing_is() -> None:
    samples = [each for each in series(leak=0.2, files=30, connections=30) if each.at < 30]
    assert broken(samples, 30) == ()


def test_files_that_are_kept_open_are_judged_once_they_must_all_be_open() -> None:
    samples, growing = series(), series(files=0.2)
    assert judged("PostgreSQL", growing, Windows.of(300), keeps_files=True).broken == ()  # type: ignore[union-attr]
    long = Windows.of(MINUTES * 60)
    assert judged("PostgreSQL", samples, long, keeps_files=True).broken == ()  # type: ignore[union-attr]
    assert judged("PostgreSQL", growing, long, keeps_files=True).broken != ()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("seconds", "base", "end", "settled"),
    [
        (1200, (300, 360), (1140, 1200), True),
        (3600, (300, 360), (3540, 3600), True),
        (600, (150, 180), (570, 600), True),
        (180, (45, 54), (171, 180), False),
        (15, (3.75, 7.5), (11.25, 15), False),
    ],
)
def test_the_windows(
    seconds: float, base: tuple[float, float], end: tuple[float, float], settled: bool
) -> None:
    assert Windows.of(seconds) == Windows(base=base, end=end, settled=settled)


def test_without_samples_there_is_no_verdict() -> None:
    assert judged("worker", series()[:10], Windows.of(MINUTES * 60)) is None
