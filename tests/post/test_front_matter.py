"""Front matter reads back as it was written, whatever reads it."""

import random

import frontmatter
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.front_matter import HANDLER, quoted, scalar, word
from finews.schema.plain_text import clean_text
from tests.post.hostile import text

NOT_STRINGS = """
2024 true 1e5 0x1F null 1_000 .inf 2021-01-01 y ~ 1,000 1:30 no On 0b1 0o7 007 1. .5 -1 1e NaN""".split()


@pytest.mark.parametrize("spelling", NOT_STRINGS)
def test_what_yaml_takes_for_another_type_is_quoted(spelling: str) -> None:
    assert scalar(spelling) == f'"{spelling}"'


@pytest.mark.parametrize(
    "name", ["shamenwanbao", "21shijijingjibaodao", "A-B-wang", "caijing(wang)", "厦门晚报新闻"]
)
def test_names_are_plain(name: str) -> None:
    assert word(name) == name


def test_blanks_make_a_list() -> None:
    assert word("A B新闻") == '["A B新闻"]'


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.integers(0, 10**9) | st.text(min_size=1))
def test_every_reader_agrees(source: int | str) -> None:
    value = clean_text(text(random.Random(source)) if isinstance(source, int) else source)
    if not value:
        return
    document = f"title: {quoted(value)}\ncategories: {word(value)}\ntags: {scalar(value)}"
    assert len(document.splitlines()) == 3
    for read in (yaml.safe_load, HANDLER.load):
        found = read(document)
        assert found["title"] == found["tags"] == value
        assert found["categories"] in (value, [value])
    assert frontmatter.loads(f"---\n{document}\n---\n<p>x</p>").metadata["title"] == value
