"""Differences between two texts, and words marked in one: nothing is lost on the way."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from finews.flows.highlight import excerpt, pieces
from finews.flows.search_text import folded, words_of
from finews.flows.text_diff import changes, readable_text, shortened

LETTERS = st.text("甲乙丙。，！1２ \nabＡßﬁ①é𠮷\u200b", max_size=40)


@given(LETTERS, LETTERS, st.integers(0, 40))
def test_a_difference_holds_both_texts(old: str, other: str, place: int) -> None:
    for new in (other, old[:place] + other[:3] + old[place + 1 :]):
        found = changes(old, new)
        assert "".join(each.text for each in found if each.kind != "new") == old
        assert "".join(each.text for each in found if each.kind != "gone") == new
        assert all(one.kind != next_.kind for one, next_ in pairwise(found))


def test_a_difference_reads_as_an_editor_would_say_it() -> None:
    old = "贵州茅台今日公告，净利润同比增长12.5%。公司称经营正常。"
    new = "贵州茅台今日晚间公告，净利润同比增长13.8%。公司称经营正常。以公告为准。"
    told = [(each.kind, each.text) for each in changes(old, new) if each.kind != "same"]
    assert told == [("new", "晚间"), ("gone", "12.5%"), ("new", "13.8%"), ("new", "以公告为准。")]
    unlike = changes("今天天气很好。", "公司股价大跌，投资者离场。")
    assert [each.kind for each in unlike] == ["gone", "new"], "rubble of chance hits is no difference"
    cut = shortened(changes("甲" * 500 + "。旧", "甲" * 500 + "。新"))
    assert len(cut[0].text) < 100
    assert readable_text("<p>一<b>二</b></p><p>三<br>四</p>") == "一二\n三\n四"


@given(LETTERS, LETTERS)
def test_words_are_marked_in_the_texts_own_spelling(text: str, wanted: str) -> None:
    words = words_of(wanted)
    found = pieces(text, words)
    assert "".join(part for part, _ in found) == text
    for part, hit in found:
        assert not hit or any(word in folded(part) for word in words)
    if shown := excerpt(text, words):
        assert any(hit for _, hit in shown)


def test_an_excerpt_begins_shortly_before_the_word() -> None:
    text = "前" * 300 + "ＧＤＰ增长" + "后" * 300
    assert pieces("ＧＤＰ增长", ("gdp",)) == [("ＧＤＰ", True), ("增长", False)]
    shown = excerpt(text, ("gdp",))
    assert (shown[0], shown[2], shown[-1]) == (("…", False), ("ＧＤＰ", True), ("…", False))
    assert len("".join(part for part, _ in shown)) < 200
    assert excerpt(text, ("没有",)) == []
