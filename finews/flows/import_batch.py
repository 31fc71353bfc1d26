"""A batch of old posts into rows, in one transaction: payload, row, link and event together, or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from finews.flows.category import candidates
from finews.flows.load import places_of
from finews.flows.normalise import VERSION
from finews.flows.old_post import OldPost, article_of
from finews.flows.place import LIVE
from finews.flows.post_file import file_sign
from finews.flows.publish import post_text
from finews.flows.text_hash import text_hash
from finews.schema.articles import Loading, identities, load_articles
from finews.schema.database import Database
from finews.schema.frontier import Settlement, add_links, claim, release, settle
from finews.schema.imported import imported_before, loaded_by
from finews.schema.ledger import record_events
from finews.schema.media import give_slug, keep_slug, known_slugs
from finews.schema.payloads import store_payloads
from finews.schema.post_rows import mark_published, posts_of
from finews.schema.records import Article, Event, LinkState, Outcome, Payload, Result
from finews.schema.settings import Settings
from finews.schema.tombstones import forgotten

DUPLICATE = "duplicate"
"""Why a post is left out whose article has another file for its post."""
_AS_IT_STANDS = frozenset({LinkState.FETCHED, LinkState.QUARANTINED})
"""States of links that an import leaves alone: an answer of the source is kept there, and still to be read."""


def import_batch(
    database: Database, settings: Settings, run: int, posts: Sequence[OldPost], *, in_place: bool
) -> list[Result]:
    """Imports those posts whose article has no row yet; every post ends in one result, in their order.

    `in_place` says that the files are those of the configured site: then what stays as it is counts as published.
    The reason of a `new` article says why `publish` will write it anew, empty where it stays to the byte.
    """
    first = {post.info_code: post for post in reversed(posts)}
    _keep_slugs(database, [post for post in posts if post.media])
    with database.transaction() as connection:
        known = set(identities(connection, list(first)))
        missing = [code for code in first if code not in known]
        add_links(connection, missing)
        leases = {each.info_code: each for each in claim(connection, run, missing)}
        # Somebody may have loaded one of them before the lease was ours.
        late = set(identities(connection, list(leases)))
        fresh = {code: first[code] for code in leases if code not in late}
        _load(connection, run, fresh)
        done = [code for code in fresh if leases[code].state not in _AS_IT_STANDS]
        settle(connection, [Settlement(info_code=code, state=LinkState.DONE) for code in done])
        release(connection, {code: leases[code].token for code in set(leases) - set(done)})
        if in_place:
            _mark(connection, settings, fresh)
        results = _results(connection, settings, run, posts, fresh)
        new = [each for each in results if each.info_code in fresh and each.outcome is Outcome.NEW]
        record_events(
            connection,
            run,
            [
                Event(
                    info_code=each.info_code,
                    stage="import",
                    outcome=each.outcome,
                    reason=each.reason,
                    detail={"file": fresh[each.info_code].path},
                )
                for each in new
            ],
        )
    return results


def _keep_slugs(database: Database, posts: Sequence[OldPost]) -> None:
    """Keeps the categories of these posts for their media, and gives every media a slug for its next articles."""
    with database.transaction() as connection:
        known = identities(connection, [post.info_code for post in posts])
    # In the order of the files: which category becomes a name's own must not depend on the cut of the batches.
    for name, slug in dict.fromkeys(
        (post.media, post.category) for post in posts if post.info_code not in known
    ):
        # One name a transaction, as everywhere: nobody waits in a circle.
        with database.transaction() as connection:
            keep_slug(connection, name, slug)
            if not known_slugs(connection, [name]):
                give_slug(connection, name, candidates(name))


def _load(connection: Any, run: int, posts: Mapping[str, OldPost]) -> None:
    now = datetime.now(UTC)
    payloads = [
        Payload(
            info_code=code,
            part="post",
            url=post.path,
            status=0,
            content_type="text/markdown; charset=utf-8",
            fetched_at=now,
            body=post.content,
        )
        for code, post in posts.items()
    ]
    numbers = store_payloads(connection, run, payloads)
    loadings = []
    for payload in payloads:
        post, number = posts[payload.info_code], numbers[payload.info_code]
        article = article_of(payload, number)
        assert isinstance(article, Article), "it was read before"
        loadings.append(
            Loading(
                article=article,
                path=f"{LIVE}/{post.name}",
                category=post.category,
                text_hash=text_hash(article.body),
                imported_post=number if post.verbatim else None,
            )
        )
    load_articles(connection, run, loadings, normaliser=VERSION)


def _mark(connection: Any, settings: Settings, posts: Mapping[str, OldPost]) -> None:
    kept = {code: post for code, post in posts.items() if not post.rewritten}
    places = places_of(connection, list(kept), settings)
    mark_published(
        connection,
        [
            (code, 1, post.hash, file_sign(settings, post.path))
            for code, post in kept.items()
            if places[code] == post.path
        ],
        imported=True,
    )


def _results(
    connection: Any, settings: Settings, run: int, posts: Sequence[OldPost], fresh: Mapping[str, OldPost]
) -> list[Result]:
    codes = [post.info_code for post in posts]
    places = places_of(connection, codes, settings)
    # What this run committed without hearing of it is new all the same.
    new = loaded_by(connection, run, codes)
    rows = {row.info_code: row for row in posts_of(connection, [code for code in codes if code not in fresh])}
    before = imported_before(connection, {(post.info_code, post.hash) for post in posts})
    buried = forgotten(connection, codes)

    def ended(post: OldPost) -> tuple[Outcome, str]:
        code, row = post.info_code, rows.get(post.info_code)
        if code not in places:
            return Outcome.SKIPPED, "forgotten" if code in buried else "leased"
        if places[code].rpartition("/")[2] != post.name:
            return Outcome.SKIPPED, DUPLICATE
        if code in new:
            return Outcome.NEW, post.rewritten
        if (code, post.hash) in before or (row and post_text(row, settings).encode() == post.content):
            return Outcome.UNCHANGED, ""
        return Outcome.SKIPPED, "known"

    return [
        Result(info_code=post.info_code, outcome=outcome, reason=reason, post=places.get(post.info_code))
        for post in posts
        for outcome, reason in [ended(post)]
    ]
