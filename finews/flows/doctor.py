"""`doctor`: looks at all that finews needs, says what is wrong and how to mend it, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from finews.flows.check import Check, Standing, looked_at, not_checked, well, worth_knowing
from finews.flows.doctor_database import NAMES, judge_database
from finews.flows.doctor_machine import (
    check_backup_programs,
    check_folder,
    check_left_server,
    check_leftovers,
    check_prefect,
    check_site_programs,
)
from finews.schema.bare_database import has_database
from finews.schema.examination import DatabaseFacts, examine
from finews.schema.records import FEEDS
from finews.schema.settings import Settings

_WITH_SETTINGS: Final = (
    "data folder",
    "site folder",
    "leftover files",
    "embedded server",
    "database",
    *NAMES,
    "mirrors",
    "mirrors' clock",
    *(f"feed {name}" for name in FEEDS),
)


def diagnose(load: Callable[[], Settings]) -> list[Check]:
    """Every check, in an order in which what others need comes first. Raises nothing but an interrupt."""
    settings: list[Settings] = []

    def check_settings() -> list[Check]:
        settings.append(load())
        return [well("settings", "can be read")]

    found = looked_at("settings", check_settings)
    if settings:
        found += _with(settings[0])
    else:
        found += [not_checked(name, "the settings cannot be read") for name in _WITH_SETTINGS]
        found += looked_at("backup programs", lambda: check_backup_programs(0))
    found += looked_at("jekyll and git", check_site_programs)
    found += looked_at("prefect", check_prefect)
    return found


def is_well(checks: list[Check]) -> bool:
    """Whether nothing is wrong."""
    return all(each.standing is not Standing.WRONG for each in checks)


def _with(settings: Settings) -> list[Check]:
    found = looked_at("data folder", lambda: check_folder("data folder", settings.data, "FINEWS_HOME"))
    found += looked_at("site folder", lambda: check_folder("site folder", settings.site, "FINEWS_SITE_DIR"))
    found += looked_at("leftover files", lambda: check_leftovers(settings))
    # Before the database is opened, and with it the server is somebody's.
    found += looked_at("embedded server", lambda: check_left_server(settings))
    facts: list[DatabaseFacts] = []
    away = "Start the server, or set FINEWS_DATABASE_URL to one that runs"
    found += looked_at("database", lambda: _database(settings, facts), mend=away)
    if not facts:
        found += [not_checked(name, "there is no database to look at") for name in NAMES]
    found += looked_at("backup programs", lambda: check_backup_programs(facts[0].version if facts else 0))
    states = facts[0].mirrors if facts else ()
    paused = facts[0].paused_feeds if facts else {}

    def check_mirrors_and_feeds() -> list[Check]:
        from finews.flows.doctor_source import check_source

        return check_source(settings, states, paused)

    return found + looked_at("mirrors", check_mirrors_and_feeds)


def _database(settings: Settings, facts: list[DatabaseFacts]) -> list[Check]:
    if not has_database(settings):
        return [worth_knowing("database", f"none in {settings.data} yet; the first command makes it")]
    facts.append(examine(settings))
    return judge_database(facts[0])
