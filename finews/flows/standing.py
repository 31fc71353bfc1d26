"""`status` and `trace`: what is there, and where one article is and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from finews.flows.feeds import all_feeds, standing_of
from finews.flows.normalise import VERSION
from finews.flows.place import place, today
from finews.flows.why import answer
from finews.schema.articles import count_articles, revisions_of, securities_of
from finews.schema.backfills import BackfillState, newest_backfills, progress_of
from finews.schema.database import Database
from finews.schema.duplicates import same_text
from finews.schema.figures import freshness
from finews.schema.frontier import state_of, states
from finews.schema.ledger import events_of, last_runs
from finews.schema.mirrors import mirror_states
from finews.schema.pauses import Pause
from finews.schema.post_rows import posts_of
from finews.schema.quarantine import count_quarantined
from finews.schema.replayable import count_behind
from finews.schema.settings import Settings
from finews.schema.sightings import sightings_of

_BACKFILLS_TOLD = 20
_LATELY = timedelta(hours=1)
"""The span over which freshness is told."""


def status(database: Database, settings: Settings) -> dict[str, Any]:
    """The object that `finews status --json` prints."""
    with database.transaction() as connection:
        articles, posts = count_articles(connection)
        fresh = freshness(connection, _LATELY)
        return {
            "articles": articles,
            "posts": posts,
            "freshness": {**vars(fresh), "since": _iso(fresh.since)},
            "behind": count_behind(connection, VERSION),
            "quarantine": count_quarantined(connection),
            "links": states(connection),
            "feeds": [
                {
                    "name": feed.name,
                    "state": standing_of(feed, settings).value,
                    "last_success": _iso(feed.last_success),
                    "last_error": feed.last_error,
                    "failures": feed.failures,
                    "next_poll": None if feed.paused else _iso(feed.next_poll),
                    "listed": feed.listed,
                    "discovered": feed.discovered,
                    "flags": list(feed.flags),
                    "paused": _paused(feed.paused),
                }
                for feed in all_feeds(connection)
            ],
            "mirrors": [
                {
                    "base": mirror.base,
                    "circuit": "open" if mirror.opened else "closed",
                    "since": _iso(mirror.opened_at),
                    "next_probe": _iso(mirror.probe_at),
                    "failed_probes": max(0, mirror.opened - 1),
                    "last_error": mirror.last_error,
                    "last_error_at": _iso(mirror.last_error_at),
                    "paused": _paused(mirror.paused),
                    "rate": mirror.rate,
                }
                for mirror in mirror_states(connection, settings.sources)
            ],
            "backfills": [
                {
                    "backfill": each.id,
                    "words": each.wish["words"],
                    "state": each.state.value,
                    "left": progress_of(connection, each.id).left,
                }
                for each in newest_backfills(connection, _BACKFILLS_TOLD, unfinished=True)
                if each.state is not BackfillState.PLANNED
            ],
            "runs": [
                {**run, "started_at": _iso(run["started_at"]), "ended_at": _iso(run["ended_at"])}
                for run in last_runs(connection)
            ],
            "home": str(settings.data),
            "site": str(settings.site),
        }


def trace(database: Database, settings: Settings, info_code: str) -> dict[str, Any]:
    """The object that `finews trace LINK --json` prints; `standing` is the answer in a sentence.

    `duplicate_of` is the first of the articles with the same text, where it is another; of the first, `duplicates`
    are those that repeat it.
    """
    with database.transaction() as connection:
        state = state_of(connection, info_code)
        rows = posts_of(connection, [info_code])
        events = events_of(connection, info_code)
        sightings = sightings_of(connection, [info_code]).get(info_code, [])
        revisions = revisions_of(connection, info_code)
        named = securities_of(connection, info_code)
        # Of a text that stands under very many infoCodes the first are enough.
        alike = same_text(connection, info_code, _MOST_ALIKE)
        said = answer(connection, settings, info_code)
        first = alike[0] if alike else info_code
    post = place(rows[0].path, rows[0].moment, settings, today()) if rows else None
    return {
        "info_code": info_code,
        "state": state[0].value if state else None,
        "reason": state[1] if state else None,
        "standing": said.text,
        "post": post,
        "title": rows[0].title if rows else None,
        "revision": rows[0].revision if rows else None,
        "earlier_titles": [title for _, title, _ in revisions],
        "feeds": [each.feed for each in sightings],
        "securities": [{"market": market, "code": code, "name": name} for market, code, name in named],
        "duplicate_of": first if first != info_code else None,
        "duplicates": alike[1:] if first == info_code else [],
        "events": [
            {
                "at": _iso(each.at),
                "stage": each.stage,
                "outcome": each.outcome.value if each.outcome else None,
                "reason": each.reason,
                "run": each.run,
                **each.detail,
            }
            for each in events
        ],
    }


def _paused(pause: Pause | None) -> dict[str, str | None] | None:
    return {"at": _iso(pause.at), "by": pause.by, "why": pause.why} if pause else None


_MOST_ALIKE = 1001


def _iso(moment: Any) -> str | None:
    return moment.astimezone().isoformat(timespec="seconds") if moment else None
