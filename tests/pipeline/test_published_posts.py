"""Real posts of the earlier program: what the source answered is rebuilt from each, ingested, and compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from finews.newsroom import SourceArticle
from tests.pipeline.desk import Desk, outcomes

pytestmark = pytest.mark.shared

GOLDEN = "2021-12-21-NW202112212221210789.md"


@dataclass(frozen=True, kw_only=True)
class OldPost:
    """A published post in its parts, read with nothing of the pipeline's own."""

    name: str
    text: str

    @property
    def code(self) -> str:
        found = re.search(r"(?:NW)?([0-9]{18})\.md$", self.name)
        assert found
        return f"NW{found[1]}"

    def head(self, key: str) -> str:
        found = re.search(rf'^{key}: *"?(.*?)"?$', self.text, re.MULTILINE)
        assert found
        return found[1]

    @property
    def rolling(self) -> bool:
        return self.head("categories") == "emnews"

    @property
    def link(self) -> str:
        found = re.search(r"^<(http[^>]*)>$", self.text, re.MULTILINE)
        return found[1] if found else ""

    @property
    def digest(self) -> str:
        found = re.search(r"^---\n> (.*)\n\n", self.text, re.MULTILINE)
        return found[1] if found else ""

    @property
    def body(self) -> str:
        after = self.text.split("\n---\n", 1)[1]
        after = after.removeprefix(f"> {self.digest}\n\n") if self.digest else after.removeprefix("\n")
        return after.split("\n\n<http", 1)[0].split("\n\n<>", 1)[0]

    def at_the_source(self) -> SourceArticle:
        """What the source had when the post was made."""
        return SourceArticle(
            info_code=self.code,
            title=self.head("title"),
            moment=self.head("date").removesuffix("+0800").strip(),
            medianame="" if self.rolling else self.head("tags").removesuffix("新闻"),
            body=self.body,
            body_field="content" if self.rolling else "text",
            digest=f"【{self.head('title')}】{self.digest}" if self.digest else "",
            url_w=self.link if self.rolling else "",
            feeds=("rolling",) if self.rolling else ("37",),
        )


Mend = Callable[[str], str]


def with_offset(text: str) -> str:
    """Naive dates get their offset: the contract's dates are aware."""
    return re.sub(r"^(date: [0-9: -]{19})$", r"\1 +0800", text, flags=re.MULTILINE)


def without_comments(text: str) -> str:
    """Comments do not survive."""
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def at_once(text: str) -> str:
    """The body follows the closing `---` directly."""
    return text.replace("\n---\n\n", "\n---\n", 1)


def with_footer(text: str) -> str:
    """Both footer links stand on one line at the end, as in every later post."""
    links = "[返回东财滚动新闻](//finews.withounder.com/emnews/)｜[返回首页](//finews.withounder.com/)"
    return re.sub(r"(\n\n<http[^\n]*>)\n*(?:\[.*)?\Z", rf"\1\n\n{links}", text, flags=re.DOTALL)


MENDS: dict[str, tuple[Mend, ...]] = {
    GOLDEN: (),
    "2021-12-08-202112082206672930.md": (with_offset, at_once, with_footer),
    "2021-12-08-202112082206945215.md": (with_offset, at_once, with_footer),
    "2021-12-08-202112082207168450.md": (at_once,),
    "2022-01-07-202201072239307540.md": (),
    "2022-02-11-NW202202112274017262.md": (without_comments,),
    "2022-04-21-202204212352227421.md": (),
    "2022-04-21-202204212352230938.md": (),
}
"""All that differs between the old posts and ours, each with its reason."""


def read(shared: Path, name: str) -> OldPost:
    (path,) = [each for each in (shared / "seed" / name, shared / "corpus" / name) if each.exists()]
    return OldPost(name=name, text=path.read_bytes().decode())


@pytest.mark.parametrize("name", MENDS)
def test_a_published_post_is_made_again_to_the_byte(desk: Desk, shared: Path, name: str) -> None:
    old = read(shared, name)
    source = old.at_the_source()
    desk.publish(source)
    report = desk.poll() if old.rolling else desk.ingest(source)
    assert outcomes(report) == {old.code: ("new", "")}
    expected = old.text
    for mend in MENDS[name]:
        mended = mend(expected)
        assert mended != expected, f"{mend.__name__} mends nothing in {name}"
        expected = mended
    assert desk.tree() == {f"_posts/{name}": expected.encode()}


def test_the_post_that_went_wrong_is_quarantined_today(desk: Desk, shared: Path) -> None:
    old = read(shared, "-202205262391921712.md")
    desk.publish(old.at_the_source())
    assert outcomes(desk.poll()) == {old.code: ("quarantined", "title_missing")}
    assert desk.tree() == {}


def test_no_post_is_left_out(shared: Path) -> None:
    """The owner's own page is no article; every other post is compared above."""
    there = {path.name for folder in ("seed", "corpus") for path in (shared / folder).glob("*.md")}
    assert there - {"README.md", "2021-12-01-init.md", "-202205262391921712.md"} == set(MENDS)
