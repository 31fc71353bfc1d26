"""What a crawl has to know, as a frozen record that travels to the crawl processes as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from finews.schema.records import RobotsFile

from .mirror_circuit import CircuitRules


@dataclass(frozen=True, kw_only=True)
class CrawlSettings:
    """Rules of one crawl. Times are seconds, sizes bytes; a limit for a mirror is for all processes together."""

    sources: tuple[str, ...]
    """Base addresses of the mirrors, without a slash at the end; the first also serves feeds."""
    user_agent: str
    rate: float | None = None
    """Requests a second to one mirror; None: no limit."""
    rates: Mapping[str, float] = field(default_factory=dict)
    """Mirror → requests a second, for those that have a rate of their own."""
    paused: tuple[str, ...] = ()
    """Mirrors that are not to be asked anything. They leave articles as an open circuit does."""
    concurrency: int = 16
    """Open requests to one mirror."""
    timeout: float = 15.0
    """For one whole answer."""
    max_bytes: int = 8 * 2**20
    """Of one answer, packed and unpacked."""
    retries: int = 2
    """How often a mirror that failed in passing is asked again for the same article."""
    backoff: float = 0.5
    """Before the first such repetition; doubled each time, with jitter."""
    longest_wait: float = 10.0
    """A Retry-After up to this is waited for; beyond it the link is given back."""
    feed_count: int = 50
    """Articles asked of each feed."""
    obey_robots: bool = True
    circuit: CircuitRules = field(default_factory=CircuitRules)
    """When a mirror is not asked any more, and when it is tried again."""
    open_circuits: Mapping[str, float] = field(default_factory=dict)
    """Mirror → seconds until it may be tried again, for those that were failing before."""
    robots: Mapping[str, RobotsFile] = field(default_factory=dict)
    """Origin (`scheme://host:port`) → what was read before."""

    def __post_init__(self) -> None:
        if not self.sources:
            raise ValueError("at least one mirror is needed")
        object.__setattr__(self, "sources", tuple(dict.fromkeys(each.rstrip("/") for each in self.sources)))

    @property
    def asked(self) -> tuple[str, ...]:
        """The mirrors that may be asked, in their order."""
        return tuple(each for each in self.sources if each not in self.paused)

    def rate_of(self, mirror: str) -> float | None:
        """Requests a second to this mirror; None: no limit."""
        return self.rates.get(mirror, self.rate)

    def share(self, processes: int) -> CrawlSettings:
        """The part of rate and concurrency that each of so many processes may use."""
        rate = None if self.rate is None else self.rate / processes
        rates = {mirror: each / processes for mirror, each in self.rates.items()}
        return self.evolve(rate=rate, rates=rates, concurrency=max(1, self.concurrency // processes))

    def evolve(self, **changes: Any) -> CrawlSettings:
        """The same rules with some of them changed."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return CrawlSettings(**{**fields, **changes})

    def to_json(self) -> dict[str, Any]:
        """Every field by name, as JSON values."""
        robots = {origin: robots_to_json(each) for origin, each in self.robots.items()}
        plain = asdict(self.evolve(robots={}))
        return {**plain, "sources": list(self.sources), "paused": list(self.paused), "robots": robots}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> CrawlSettings:
        """The reverse of `to_json`."""
        robots = {origin: robots_from_json(each) for origin, each in fields["robots"].items()}
        circuit = CircuitRules(**fields["circuit"])
        lists = {name: tuple(fields[name]) for name in ("sources", "paused")}
        return cls(**{**fields, **lists, "robots": robots, "circuit": circuit})


def robots_to_json(file: RobotsFile) -> dict[str, Any]:
    """A robots.txt answer as JSON values."""
    return {"status": file.status, "body": file.body, "fetched_at": file.fetched_at.isoformat()}


def robots_from_json(fields: Mapping[str, Any]) -> RobotsFile:
    """The reverse of `robots_to_json`."""
    return RobotsFile(
        status=fields["status"],
        body=fields["body"],
        fetched_at=datetime.fromisoformat(fields["fetched_at"]),
    )
