"""Invented sentences for generated articles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Any

from . import samples


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """``market`` is ``1`` for Shanghai and ``0`` for Shenzhen; ``code`` has six digits."""

    market: str
    code: str
    name: str


class Phrasing:
    """Words filled into patterns, every choice taken from ``random``."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._words = _words()

    def media(self) -> str:
        return self._pick("media")

    def authors(self) -> tuple[str, ...]:
        return tuple(self._random.sample(self._words["authors"], self._random.choice((0, 0, 1, 1, 2))))

    def company(self) -> Company:
        market, code, name = self._random.choice(self._words["companies"])
        return Company(market=market, code=code, name=name)

    def title(self, company: Company) -> str:
        return self._filled(self._pick("titles"), company.name)

    def sentence(self, company: str) -> str:
        return self._filled(self._pick("sentences"), company)

    def paragraph(self, company: str) -> str:
        return "".join(self.sentence(company) for _ in range(self._random.randint(1, 4)))

    def table(self) -> str:
        """Prices of a few goods as an HTML table."""
        goods = self._random.sample(self._words["goods"], 3)
        rows = "".join(
            f"<tr><td>{name}</td><td>{self._random.randint(1800, 99000)}</td></tr>" for name in goods
        )
        return (
            f"<table><thead><tr><th>品种</th><th>报价（元/吨）</th></tr></thead><tbody>{rows}</tbody></table>"
        )

    def _filled(self, pattern: str, company: str) -> str:
        number = self._random.random()
        return pattern.format_map(
            {
                "company": company,
                "goods": self._pick("goods"),
                "place": self._pick("places"),
                "sector": self._pick("sectors"),
                "speaker": self._pick("speakers"),
                "season": self._pick("seasons"),
                "move": self._pick("moves"),
                "percent": f"{0.3 + number * 78:.1f}",
                "amount": f"{0.6 + number * number * 190:.2f}",
                "few": 2 + int(number * 8),
            }
        )

    def _pick(self, kind: str) -> str:
        words: list[str] = self._words[kind]
        return words[int(self._random.random() * len(words))]


@cache
def _words() -> dict[str, Any]:
    found = resources.files(samples).joinpath("phrases.json").read_text(encoding="utf-8")
    words: dict[str, Any] = json.loads(found)
    return words
