"""What a doctor says of the database: pure judgements over what was found there."""

from __future__ import annotations

from typing import Final

from finews.flows.check import Check, not_checked, well, worth_knowing, wrong
from finews.schema.examination import DatabaseFacts
from finews.schema.migrate import HEAD

OLDEST, NEWEST = 15, 18
"""Major versions of PostgreSQL that finews is proven with."""
NAMES: Final = ("postgresql version", "schema", "encoding", "rights", "database clock", "leases of the dead")
_SOME_SECONDS: Final = 30.0
_MANY_SECONDS: Final = 300.0
"""As long as a lease."""


def judge_database(facts: DatabaseFacts) -> list[Check]:
    """All there is to say of a database that can be reached."""
    reached = well("database", f"{facts.shown}: {facts.size / 2**20:.0f} MiB")
    return [
        reached,
        judge_version(facts),
        judge_schema(facts),
        judge_encoding(facts),
        judge_rights(facts),
        judge_clock("database clock", "the database", facts.ahead),
        judge_the_dead(facts),
    ]


def judge_version(facts: DatabaseFacts) -> Check:
    """15 to 18 are known to work."""
    if facts.version < OLDEST:
        mend = f"Move to PostgreSQL {OLDEST} to {NEWEST}: `finews backup`, then `finews restore` there"
        return wrong("postgresql version", f"{facts.version}", mend)
    if facts.version > NEWEST:
        return worth_knowing("postgresql version", f"{facts.version}: newer than what finews is proven with")
    return well("postgresql version", f"{facts.version}")


def judge_schema(facts: DatabaseFacts) -> Check:
    """Whether the migrations are at their newest."""
    if facts.revision is None and facts.tables:
        found = f"{facts.tables} tables of somebody else, none of finews"
        return wrong("schema", found, "Give finews a database of its own in FINEWS_DATABASE_URL")
    if facts.revision is None:
        return worth_knowing("schema", "an empty database; the first command makes the tables")
    if facts.revision > HEAD:
        return wrong("schema", f"revision {facts.revision}, this finews knows {HEAD}", "Upgrade finews")
    if facts.revision < HEAD:
        return worth_knowing(
            "schema",
            f"revision {facts.revision}; the next command brings it to {HEAD}",
            "`finews backup` before that",
        )
    return well("schema", f"revision {facts.revision}")


def judge_encoding(facts: DatabaseFacts) -> Check:
    """Chinese needs UTF-8."""
    if facts.encoding != "UTF8":
        mend = "Make a database with `createdb --encoding=UTF8 --template=template0`"
        return wrong("encoding", facts.encoding, mend)
    return well("encoding", "UTF8")


def judge_rights(facts: DatabaseFacts) -> Check:
    """Migrations make tables, and every run makes temporary ones."""
    if facts.read_only:
        return wrong(
            "rights",
            "the database is read-only",
            "Is it a standby? FINEWS_DATABASE_URL has to name the primary",
        )
    if not facts.may_create:
        mend = "As its owner: grant create on schema public to this user, and temporary on the database"
        return wrong("rights", "tables and temporary tables cannot be made", mend)
    return well("rights", "tables can be made")


def judge_clock(name: str, whose: str, ahead: float) -> Check:
    """Leases, waits and the day in China go by clocks."""
    found = f"{whose} is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this machine"
    if abs(ahead) > _MANY_SECONDS:
        return wrong(name, found, "Set the clocks by NTP")
    if abs(ahead) > _SOME_SECONDS:
        return worth_knowing(name, found, "Set the clocks by NTP")
    return well(name, found)


def judge_the_dead(facts: DatabaseFacts) -> Check:
    """What killed processes held is freed by whoever comes next."""
    name = "leases of the dead"
    if facts.revision != HEAD:
        return not_checked(name, "the schema is another")
    if facts.dead_runs or facts.dead_leases:
        found = f"{facts.dead_runs} runs were killed, {facts.dead_leases} links are leased by such"
        return worth_knowing(name, found, "Nothing is to be done: the next run frees them")
    return well(name, "none")
