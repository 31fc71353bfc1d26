"""Random stories of source and pipeline, with kills and faults, against a small model of what must come of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, cast

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from finews.flows.pipeline import Pipeline
from finews.newsroom import SourceArticle
from finews.schema.records import FEEDS
from tests.pipeline.desk import Desk
from tests.pipeline.invariants import check_everything
from tests.pipeline.killed_run import BOUNDARIES, OTHER_BOUNDARIES
from tests.pipeline.model import MAY_BE_LENT, WORDS, Steps
from tests.pipeline.modelled_desk import MIRRORS, SETTINGS, ModelledDesk, codes_of
from tests.pipeline.observed import Observer, file_hashes
from tests.pipeline.untouched import rows_as_they_lie

NUMBERS = range(1, 7)
NEVER_PUBLISHED = 99
MEDIA = ("样本财经报", "News A", "News-A", "厦门晚报(网)")
LACKS = ("title", "date", "media", "body")

articles = Bundle("articles")
some_articles = st.lists(articles, min_size=1, max_size=3)


def source_article(
    number: int, feeds: Sequence[str], media: str, lacks: Sequence[str], *, everywhere: bool
) -> SourceArticle:
    """An article of the source; what it `lacks` its text does not tell, and with `everywhere` no feed either."""
    (code,) = codes_of([number])
    told: dict[str, Any] = {
        "title": f'第{number}条: "样本"公司公告',
        "moment": f"2026-03-1{number} 09:30:00",
        "medianame": media,
        "from_": media,
    }
    names = {"title": ("title",), "date": ("moment",), "media": ("medianame", "from_")}
    if everywhere:
        told |= {name: "" for each in lacks if each in names for name in names[each]}
    return SourceArticle(
        info_code=code,
        **told,
        body="" if "body" in lacks else _body(number, 0),
        digest=f"【样本】第{number}条摘要",
        url_w=f"http://finance.eastmoney.com/a/{code[2:]}.html",
        feeds=tuple(feeds),
        extra=_hidden(lacks),
    )


def _body(number: int, version: int) -> str:
    return f"<p>样本公司第{number}号公告，第{version}稿。</p>"


def _hidden(lacks: Sequence[str]) -> dict[str, object]:
    keys = {"title": ("title",), "date": ("date",), "media": ("medianame", "from")}
    return {key: "" for each in lacks for key in keys.get(each, ())}


class Story(RuleBasedStateMachine):
    """One example. Rules take numbers of articles, so that a failing story can be read."""

    def __init__(self, at: ModelledDesk, *, most_kills: int) -> None:
        super().__init__()
        self.at = at
        self.kills_left = most_kills
        self.version = 0
        self.ever_asked: set[str] = set()
        at.clear()

    @initialize(target=articles)
    def begin(self) -> Any:
        """An article that is never published can be asked for all the same."""
        return multiple(NEVER_PUBLISHED)

    @rule(
        target=articles,
        number=st.sampled_from(NUMBERS),
        feeds=st.lists(st.sampled_from(FEEDS), unique=True, max_size=3),
        media=st.sampled_from(MEDIA),
        lacks=st.just([]) | st.lists(st.sampled_from(LACKS), unique=True, max_size=2),
        everywhere=st.booleans(),
    )
    def source_publishes(
        self, number: int, feeds: list[str], media: str, lacks: list[str], everywhere: bool
    ) -> int:
        self.at.serve(source_article(number, feeds, media, lacks, everywhere=everywhere))
        return number

    @rule(
        number=articles,
        what=st.sampled_from(["text", "title", "moment", "mended"]) | st.sampled_from(LACKS),
    )
    def source_edits(self, number: int, what: str) -> None:
        (code,) = codes_of([number])
        article = self.at.served.get(code)
        if article is None:
            return
        self.version += 1
        changes: dict[str, dict[str, Any]] = {
            "text": {"body": _body(number, self.version)},
            "title": {"title": f"第{number}条，第{self.version}稿"},
            "moment": {"moment": f"2026-04-0{number} 10:{self.version % 60:02}:00"},
            "mended": {"extra": {}},
            "body": {"body": ""},
        }
        hidden = {"extra": {**article.extra, **_hidden([what])}}
        self.at.serve(article.evolve(**changes.get(what, hidden)))

    @rule(number=articles)
    def source_withdraws_or_restores(self, number: int) -> None:
        (code,) = codes_of([number])
        if code in self.at.served:
            self.at.withdraw(code)
        elif code in self.at.withdrawn:
            self.at.serve(self.at.withdrawn[code])

    @rule(number=articles, mirror=st.integers(0, MIRRORS - 1))
    def mirror_lacks(self, number: int, mirror: int) -> None:
        (code,) = codes_of([number])
        self.at.withhold(code, mirror)

    @rule(kind=st.sampled_from(sorted(WORDS)), mirror=st.none() | st.integers(0, MIRRORS - 1))
    def fault_on(self, kind: str, mirror: int | None) -> None:
        for each in range(MIRRORS) if mirror is None else [mirror]:
            self.at.faults[each] = kind
        self.at.set_faults()

    @rule(
        kind=st.sampled_from(["http_500", "drop", "login_page", "truncated_json"]),
        path=st.sampled_from(["/web/webapi", "/information/newmarket"]),
    )
    def feeds_fault_on(self, kind: str, path: str) -> None:
        self.at.feed_faults[path] = kind
        self.at.set_faults()

    @rule()
    def faults_off(self) -> None:
        self.at.faults = [None] * MIRRORS
        self.at.feed_faults.clear()
        self.at.set_faults()

    @rule(feeds=st.just(list(FEEDS)) | st.lists(st.sampled_from(FEEDS), unique=True, min_size=1))
    def poll(self, feeds: list[str]) -> None:
        self.at.poll(feeds)

    @rule(numbers=some_articles)
    def ingest(self, numbers: list[int]) -> None:
        self.at.ingest(codes_of(numbers))

    @rule()
    def time_passes(self) -> None:
        self.at.seen.connection.execute("update links set due_at = now() where due_at > now()")

    @rule()
    def replay_all(self) -> None:
        self.at.replay()

    @rule(numbers=some_articles)
    def replay_some(self, numbers: list[int]) -> None:
        self.at.replay(codes=codes_of(numbers))

    @rule(reason=st.sampled_from([*MAY_BE_LENT, "body_empty", "not_json"]))
    def replay_for_a_reason(self, reason: str) -> None:
        self.at.replay(reason=reason)

    @rule(number=articles)
    def discard(self, number: int) -> None:
        (code,) = codes_of([number])
        if (item := self.at.kept[code].item) and not item.discarded:
            self.at.discard(code)

    @rule(number=articles)
    def forget_or_undo(self, number: int) -> None:
        (code,) = codes_of([number])
        if self.at.kept[code].link == "forgotten":
            self.at.remember(code)
        else:
            self.at.forget(code)

    @rule(number=articles, how=st.sampled_from(["missing", "changed"]))
    def post_is_damaged(self, number: int, how: str) -> None:
        (code,) = codes_of([number])
        row = self.at.kept[code].row
        if row is None or code in self.at.amiss:
            return
        path = self.at.desk.site / row.path
        path.unlink() if how == "missing" else path.write_bytes(path.read_bytes() + b"\nby hand")
        self.at.amiss[code] = how

    @rule()
    def publish(self) -> None:
        self.at.publish()

    @rule()
    def reconcile(self) -> None:
        self.at.reconcile()

    @rule()
    def mend(self) -> None:
        self.at.mend()

    @precondition(lambda self: self.kills_left > 0)
    @rule(
        numbers=some_articles,
        command=st.sampled_from(["poll", "ingest", "replay"]),
        boundary=st.sampled_from(sorted({*BOUNDARIES, *OTHER_BOUNDARIES})),
        passings=st.sampled_from([1, 1, 1, 2]),
    )
    def killed(self, numbers: list[int], command: str, boundary: str, passings: int) -> None:
        self.kills_left -= 1
        codes = codes_of(numbers)
        expecting: dict[str, Callable[[], dict[str, Steps]]] = {
            "poll": lambda: self.at.expect_poll(FEEDS),
            "ingest": lambda: self.at.expect_ingest(codes),
            "replay": lambda: self.at.expect_replay(),
        }
        expected = expecting[command]()
        named = {"poll": [], "ingest": codes, "replay": ["--all"]}[command]
        self.at.kill(boundary, passings, expected, command, *named)

    @invariant()
    def everything_is_consistent(self) -> None:
        check_everything(self.at)

    def teardown(self) -> None:
        """When all is well again, everything comes to its right end, and once more changes nothing."""
        if sys.exc_info()[0]:
            # The story ended badly already, and its error is the one to be seen.
            return
        self.faults_off()
        self.time_passes()
        self.at.poll()
        known = [code for code, kept in self.at.kept.items() if kept.link]
        self.at.ingest(sorted(known))
        self.at.poll()
        self.at.publish()
        self.at.reconcile()
        check_everything(self.at)
        assert self.at.amiss == {}
        for code, kept in self.at.kept.items():
            assert kept.link in (None, "done", "quarantined", "gone", "forgotten"), (code, kept)
        self.at.replay()
        before = rows_as_they_lie(self.at.desk), file_hashes(self.at.desk.site)
        self.at.poll()
        self.at.replay()
        assert (rows_as_they_lie(self.at.desk), file_hashes(self.at.desk.site)) == before
        self.at.publish()
        assert file_hashes(self.at.desk.site) == before[1]


@pytest.fixture
def modelled(desk: Desk) -> Iterator[ModelledDesk]:
    """A desk with an open pipeline, beside its model."""
    desk.given |= SETTINGS
    with (
        Pipeline(desk.settings(), crawling=1) as pipeline,
        psycopg.connect(desk.address, autocommit=True) as connection,
    ):
        yield ModelledDesk(desk, pipeline, Observer(connection))


def _tell(modelled: ModelledDesk, *, examples: int, steps: int, most_kills: int, **more: Any) -> None:
    run_state_machine_as_test(
        cast(type[RuleBasedStateMachine], partial(Story, modelled, most_kills=most_kills)),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


@pytest.mark.timeout(900)
def test_any_story_ends_well(modelled: ModelledDesk) -> None:
    _tell(modelled, examples=8, steps=15, most_kills=1, derandomize=True)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_long_stories_end_well(modelled: ModelledDesk) -> None:
    _tell(modelled, examples=150, steps=40, most_kills=3)
