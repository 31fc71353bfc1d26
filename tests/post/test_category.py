"""Slugs: old addresses stay, any name gives a folder name."""

import re
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.category import LONGEST_SLUG, candidates, numbered, slug


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        ("厦门晚报", "shamenwanbao"),
        ("每日经济新闻", "meirijingjixinwen"),
        ("21世纪经济报道", "21shijijingjibaodao"),
        ("A B（网）", "A-B-wang"),
        ("财经(网)", "caijing(wang)"),
        ("--x--", "x"),
        ("《》", "media"),
        ("", "media"),
        ("..", "media"),
        ("😀", "media"),
    ],
)
def test_slug(media: str, expected: str) -> None:
    assert slug(media) == expected


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_name_gives_a_folder_name(media: str) -> None:
    name = slug(media)
    assert re.fullmatch(r"(?!-)[A-Za-z0-9._()-]+(?<!-)", name)
    assert len(name) <= LONGEST_SLUG
    assert name not in (".", "..")
    assert len(numbered(name, 12345)) <= LONGEST_SLUG


def test_candidates_skip_the_reserved_name() -> None:
    assert list(islice(candidates("厦门晚报"), 3)) == ["shamenwanbao", "shamenwanbao-2", "shamenwanbao-3"]
    assert list(islice(candidates("emnews"), 2)) == ["emnews-2", "emnews-3"]
