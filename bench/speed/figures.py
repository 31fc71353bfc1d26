"""What a stage came to beside its limit: two rates or costs of the same run, and their ratio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`ours` and `beside` are medians over the rounds, in `unit`; `ratio` is the median of the rounds' ratios.

    A rate wants a ratio of at least `target`, a cost (`at_most`) one of at most `target`; without a target it is shown.
    """

    stage: str
    what: str
    unit: str
    ours: float
    limit: str
    beside: float
    ratios: tuple[float, ...]
    target: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)

    @property
    def held(self) -> bool | None:
        """Whether the target holds; None without one."""
        if self.target is None:
            return None
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    def to_json(self) -> dict[str, Any]:
        """Every field by name, with `ratio` and `held`, numbers rounded to what they mean."""
        plain = asdict(self) | {"ratio": self.ratio, "held": self.held}
        return {name: _rounded(value) for name, value in plain.items()}


def side_by_side(
    ours: Callable[[], float], beside: Callable[[], float], *, rounds: int
) -> tuple[float, float, tuple[float, ...]]:
    """Measures both in turn so many times; returns their medians, and the ratio of each round.

    Each round begins with the other one: what the machine does besides hits both.
    """
    mine, others = list[float](), list[float]()
    for number in range(rounds):
        for kept, measure in ((mine, ours), (others, beside))[:: 1 if number % 2 else -1]:
            kept.append(measure())
    return median(mine), median(others), tuple(a / b for a, b in zip(mine, others, strict=True))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return [_rounded(each) for each in value] if isinstance(value, tuple | list) else value
