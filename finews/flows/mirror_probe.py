"""Asking one mirror now whether it is there, and closing its circuit."""

from __future__ import annotations

from dataclasses import dataclass

from finews.flows.crawl_rules import user_agent
from finews.flows.mirror_names import mirror_named
from finews.flows.mirrors import circuit_rules
from finews.schema.database import Database
from finews.schema.errors import BusyError, RequestError
from finews.schema.hourly_counts import count_answers
from finews.schema.mirrors import close_circuit, mirror_states, note_error, open_circuit
from finews.schema.records import Record
from finews.schema.settings import Settings
from finews.spiders.crawl import Crawl
from finews.spiders.crawl_settings import CrawlSettings

_PATIENCE = 10.0
"""Most seconds that somebody waits before a page for one answer."""


@dataclass(frozen=True, kw_only=True)
class Probe(Record):
    """How a mirror answered: in so many seconds, or not well, for this reason. `words` says what was done about it."""

    base: str
    error: str | None
    seconds: float | None
    words: str


def probe_mirror(database: Database, settings: Settings, name: str) -> Probe:
    """Asks a mirror for its robots.txt, once; an answer closes its circuit, and none keeps an open one open.

    A circuit that is closed stays so: one request that failed is no reason to open it. Raises UnknownNameError,
    RequestError where the mirror is paused, BusyError where it is being probed.
    """
    base = mirror_named(settings, name)
    with database.slot(f"probe {base}") as ours:
        if not ours:
            raise BusyError(f"mirror {base} is being probed just now")
        with database.transaction() as connection:
            (state,) = mirror_states(connection, [base])
        if state.paused:
            raise RequestError(f"mirror {base} is paused", advice="Resume it first")
        rules = CrawlSettings(
            sources=(base,),
            user_agent=user_agent(settings),
            timeout=min(settings.timeout, _PATIENCE),
            retries=0,
        )
        with Crawl(rules) as crawl:
            (answer,) = crawl.mirrors()
            heard = crawl.heard.taken()
        with database.transaction() as connection:
            count_answers(connection, heard)
            if answer.error is None:
                close_circuit(connection, base)
            elif state.opened:
                circuit = circuit_rules(settings)
                open_circuit(
                    connection, base, answer.error, probed=True, pause=circuit.pause, longest=circuit.longest
                )
            else:
                note_error(connection, base, answer.error)
    seconds = sum(each.seconds for each in heard.values()) if answer.error is None else None
    return Probe(
        base=base,
        error=answer.error,
        seconds=seconds,
        words=_words(base, answer.error, opened=state.opened > 0),
    )


def close_now(database: Database, settings: Settings, name: str) -> str:
    """Closes a mirror's circuit unasked; returns what it came to, in words. Raises UnknownNameError.

    Running crawls notice when they would have probed; troubles open it again.
    """
    base = mirror_named(settings, name)
    with database.transaction() as connection:
        (state,) = mirror_states(connection, [base])
        close_circuit(connection, base)
    already = "is closed" if state.opened else "was closed already"
    return f"the circuit of mirror {base} {already}"


def _words(base: str, error: str | None, *, opened: bool) -> str:
    if error is None:
        return f"mirror {base} answers" + ("; its circuit is closed" if opened else "")
    return f"mirror {base} does not answer well ({error})" + ("; its circuit stays open" if opened else "")
