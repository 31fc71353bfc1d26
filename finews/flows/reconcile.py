"""`reconcile`: what the source listed, the ledger knows, the database holds and the site shows; without a request.

Reads any number of rows a batch at a time: the database counts, and of each list no more than MOST_TOLD are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from finews.flows.database_outage import lasting
from finews.flows.progress import Progress, Silent
from finews.flows.reconcile_posts import PostComparison, compare_posts
from finews.schema.coverage import DayCoverage, coverage
from finews.schema.database import Database
from finews.schema.duplicates import count_repetitions, count_unhashed, repetitions
from finews.schema.records import CHINA
from finews.schema.settings import Settings
from finews.schema.stuck import Stuck, count_stuck, stuck
from finews.spiders.search_range import days

MOST_TOLD: Final = 1000
"""So many of a list are named; `counts` has the true number."""


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """All of it side by side, for the days from `first` to `last` (None: from the first, to the last).

    `coverage` has the days that anything is known of; `duplicates` are (infoCode, that of the first with the same
    text). `stuck_by_kind` and `duplicates_in_all` are the true numbers where a list is cut off; of `unhashed` rows
    it is not known yet whether they repeat another.
    """

    first: date | None
    last: date | None
    at: datetime
    site: PostComparison
    coverage: list[DayCoverage]
    stuck: list[Stuck]
    stuck_by_kind: Mapping[str, int]
    duplicates: list[tuple[str, str]]
    duplicates_in_all: int
    unhashed: int

    @property
    def rows(self) -> int:
        """Rows compared with their posts."""
        return self.site.rows

    @property
    def posts(self) -> int:
        """Post files on the site."""
        return self.site.posts

    @property
    def missing_posts(self) -> list[str]:
        """Paths, relative to the site, where a row has no post."""
        return self.site.missing_posts

    @property
    def orphan_posts(self) -> list[str]:
        """Paths of posts that belong to no row, or lie where their row's post does not belong."""
        return self.site.orphan_posts

    @property
    def changed_posts(self) -> list[str]:
        """Paths of posts that are not as their rows have them."""
        return self.site.changed_posts

    @property
    def counts(self) -> dict[str, int]:
        """True numbers, whatever the length of the lists; articles by what became of them, over all days."""
        found = {kind: self.site.counts[kind] for kind in ("missing_posts", "orphan_posts", "changed_posts")}
        found |= {"stuck": sum(self.stuck_by_kind.values()), "duplicates": self.duplicates_in_all}
        for name in ("listed", "known", "missing", "waiting", "quarantined", "gone", "forgotten"):
            found[name] = sum(getattr(each, name) for each in self.coverage)
        found["incomplete_days"] = sum(not each.is_complete(self.at) for each in self.coverage)
        return found | {"not_hashed": self.unhashed}

    @property
    def clean(self) -> bool:
        """Whether nothing is off: no wrong post, nothing stuck, and all that was listed is here or on its way.

        What waits for its time, repeats another, or was never listed is not off.
        """
        counts = self.counts
        wrong = ("missing_posts", "orphan_posts", "changed_posts", "stuck", "missing")
        return not any(counts[kind] for kind in wrong)

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "from": self.first.isoformat() if self.first else None,
            "to": self.last.isoformat() if self.last else None,
            "clean": self.clean,
            "rows": self.rows,
            "posts": self.posts,
            "missing_posts": self.missing_posts,
            "orphan_posts": self.orphan_posts,
            "changed_posts": self.changed_posts,
            "counts": self.counts,
            "stuck": [
                {
                    "info_code": each.info_code,
                    "state": each.state,
                    "since": each.since.astimezone().isoformat(timespec="seconds"),
                    "what": each.what,
                }
                for each in self.stuck
            ],
            "stuck_by_kind": dict(self.stuck_by_kind),
            "duplicates": [{"info_code": code, "of": first} for code, first in self.duplicates],
            "days": [self.day_as_json(each) for each in self.coverage],
        }

    def day_as_json(self, day: DayCoverage) -> dict[str, Any]:
        """A day of `days`; `posts` counts the post files of its articles."""
        surveyed = day.surveyed_at.astimezone().isoformat(timespec="seconds") if day.surveyed_at else None
        return {
            "day": day.day.isoformat(),
            "listed": day.listed,
            "known": day.known,
            "rows": day.rows,
            "posts": self.site.posts_by_day[day.day],
            "missing": day.missing,
            "waiting": day.waiting,
            "quarantined": day.quarantined,
            "gone": day.gone,
            "forgotten": day.forgotten,
            "surveyed": surveyed,
            "unread": day.unread,
            "complete": day.is_complete(self.at),
        }


def reconcile(
    database: Database,
    settings: Settings,
    *,
    first: date | None = None,
    last: date | None = None,
    progress: Progress | None = None,
) -> Reconciliation:
    """Compares all of it, of the days from `first` to `last` in China, both included; changes nothing.

    Raises SiteUnwritableError, and DatabaseLostError where the database stays away.
    """
    progress = progress or Silent()
    span = days(first, last)
    site = compare_posts(database, settings, progress, first=first, last=last, most=MOST_TOLD)
    longest = timedelta(seconds=settings.retry_max)

    def look() -> Reconciliation:
        with database.transaction() as connection:
            within, moments = {"first": first, "last": last}, {"since": span.since, "until": span.until}
            found = {each.day: each for each in coverage(connection, first, last)}
            found |= {day: DayCoverage(day=day) for day in site.posts_by_day if day not in found}
            return Reconciliation(
                first=first,
                last=last,
                at=datetime.now(CHINA),
                site=site,
                coverage=[found[day] for day in sorted(found)],
                stuck=stuck(connection, MOST_TOLD, **within, longest_wait=longest),
                stuck_by_kind=count_stuck(connection, **within, longest_wait=longest),
                duplicates=repetitions(connection, MOST_TOLD, **moments),
                duplicates_in_all=count_repetitions(connection, **moments),
                unhashed=count_unhashed(connection),
            )

    return lasting(database, settings, progress, look)
