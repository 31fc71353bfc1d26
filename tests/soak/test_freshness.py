"""Posts are on disk soon: the proof, and that it would see what is late or lost."""

from __future__ import annotations

import pytest

from tests.soak.freshness import ENOUGH, Measured, measure, rendered


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_posts_are_on_disk_within_the_interval_and_five_seconds() -> None:
    """Two articles a second for ten minutes, polls every ten seconds."""
    measured = measure(seconds=600, interval=10, rate=2)
    report = rendered(measured)
    print(report)
    assert len(measured.delays) > 900, report
    assert measured.in_time >= ENOUGH, report
    assert measured.lost == (), report
    # The source dates its articles to the second: what the pipeline says of itself is the same but for that.
    assert measured.told[0] == pytest.approx(measured.quantile(0.5), abs=1.5), report
    assert measured.told[1] == pytest.approx(measured.quantile(0.95), abs=1.5), report


def test_late_and_lost_are_seen() -> None:
    delays = tuple(float(each) for each in range(100))
    measured = Measured(interval=85.0, delays=delays, lost=(), told=(49.5, 94.0, 100), polls=(0.5,))
    assert (measured.in_time, measured.quantile(0.5), measured.quantile(0.95)) == (0.91, 50.0, 95.0)
    assert "91.0% within 90 s, 95% wanted: NOT WELL." in rendered(measured)
    fast = Measured(interval=95.0, delays=delays, lost=(), told=(49.5, 94.0, 100), polls=(0.5,))
    assert "wanted: well." in rendered(fast)
    lost = Measured(interval=95.0, delays=delays, lost=("a",) * 10, told=(49.5, 94.0, 100), polls=())
    assert lost.in_time < ENOUGH
    nothing = Measured(interval=95.0, delays=(), lost=(), told=(0, 0, 0), polls=())
    assert "NOT WELL" in rendered(nothing)
