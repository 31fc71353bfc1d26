"""The weather of a soak: the same for the same seed, everything in it, one spell at a time."""

from __future__ import annotations

from itertools import pairwise

from tests.soak.weather import OF_A_MIRROR, spells


def test_a_seed_gives_the_same_weather() -> None:
    assert spells(3, 1200) == spells(3, 1200)
    assert spells(3, 1200) != spells(4, 1200)


def test_twenty_minutes_have_everything() -> None:
    for seed in range(5):
        planned = spells(seed, 1200)
        assert {f"all mirrors out ({kind})" for kind in OF_A_MIRROR} <= {each.name for each in planned}
        assert len({each.name for each in planned}) == len({each.name for each in spells(seed, 100_000)})


def test_spells_follow_one_another_within_the_time() -> None:
    planned = spells(0, 1200)
    assert all(each.begin < each.end <= 1200 for each in planned)
    assert all(one.end < other.begin for one, other in pairwise(planned))
    assert len(spells(0, 15, pace=0.05)) > 5
