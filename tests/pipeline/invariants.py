"""What holds after every step, whatever came before it."""

from __future__ import annotations

from tests.pipeline import model
from tests.pipeline.model import Kept, Text
from tests.pipeline.modelled_desk import ModelledDesk
from tests.pipeline.observed import file_hashes, post_file


def check_everything(at: ModelledDesk) -> None:
    """Raises AssertionError where something is wrong in rows, events, leases or on the site."""
    check_ledger(at)
    check_site(at)
    for code, kept in at.kept.items():
        check_nothing_is_lost(code, kept)


def check_ledger(at: ModelledDesk) -> None:
    """Events, revisions, payloads and leases."""
    rows = at.seen.rows
    assert (
        rows(
            """
            select info_code, run_id, array_agg(outcome) from events where outcome is not null
            group by 1, 2 having count(*) > 1
            """
        )
        == []
    ), "an article ended twice in a run"
    for outcome, counts in (("new", at.born), ("updated", at.edited)):
        told = dict(rows("select info_code, count(*) from events where outcome = %s group by 1", outcome))
        assert told == {code: count for code, count in counts.items() if count}, outcome
    assert rows("select info_code, part, hash from payloads group by 1, 2, 3 having count(*) > 1") == []
    assert (
        rows(
            """
            select info_code from articles a
            where revision - 1 <> (select count(*) from revisions r where r.info_code = a.info_code)
            """
        )
        == []
    ), "an old text was not kept"
    if not at.leases_of_the_dead:
        assert rows("select info_code from links where lease_token is not null") == []
        assert rows("select id, kind from runs where state = 'running'") == []


def check_site(at: ModelledDesk) -> None:
    """One post a row, as the row has it; path and category stay."""
    files = file_hashes(at.desk.site)
    half_written = [path for path in files if "/.finews-" in path]
    assert at.half_written or half_written == []
    rows = {
        code: (path, category, hash_.hex() if hash_ else None)
        for code, path, category, hash_ in at.seen.rows(
            "select info_code, path, category, published_hash from articles"
        )
    }
    slugs = dict(at.seen.rows("select name, slug from media"))
    assert set(files) - set(half_written) <= {path for path, _, _ in rows.values()}, "an orphan"
    for code, (path, category, written) in rows.items():
        assert at.fixed.setdefault(code, (path, category)) == (path, category), f"{code} moved"
        row = at.kept[code].row
        assert row is not None
        assert category == ("emnews" if row.rolling else slugs[row.media])
        how = at.amiss.get(code)
        if how == "missing":
            assert path not in files
        elif how is None:
            assert files.get(path) == written, f"{path} is not as it was written"
            post = post_file(at.desk.site / path)
            assert post.title == row.title
            assert f"{post.moment:%Y-%m-%d %H:%M:%S}" == row.moment
            assert (post.category, post.tag) == (
                category,
                "东财滚动新闻" if row.rolling else f"{row.media}新闻",
            )
            assert row.body in post.body


def check_nothing_is_lost(code: str, kept: Kept) -> None:
    """What is stored and can be read is in the row, or waits to be read."""
    if kept.link in (None, "forgotten", "fetched") or not isinstance(kept.newest, Text):
        return
    if kept.item and kept.item.discarded:
        return
    made = model.read(code, kept, kept.newest)
    if not isinstance(made, str):
        assert kept.row, f"{code} has a text and no row: {kept}"
        assert kept.row.body == made.body, f"{code} has a newer text than its row: {kept}"
