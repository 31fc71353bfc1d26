"""A list of infoCodes is a list of strings, in a tenth of the room."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews.schema.code_list import CodeList

CODES = st.lists(st.from_regex(r"NW[0-9]{18}", fullmatch=True))


@given(codes=CODES, start=st.integers(-5, 5), stop=st.none() | st.integers(-5, 5))
def test_it_is_what_it_was_made_of(codes: list[str], start: int, stop: int | None) -> None:
    found = CodeList(codes)
    assert list(found) == codes
    assert [found[place] for place in range(len(found))] == codes
    assert found[start:stop] == codes[start:stop]
    assert (len(found), bool(found)) == (len(codes), bool(codes))
    assert all(code in found for code in codes)
    assert sorted(found) == sorted(codes)
    assert (found, hash(found)) == (CodeList(iter(codes)), hash(CodeList(codes)))
    assert found != CodeList([*codes, "NW202603020000000001"])
    assert found != codes


def test_a_place_that_is_none() -> None:
    with pytest.raises(IndexError):
        CodeList(["NW202603020000000001"])[1]


def test_it_is_small() -> None:
    codes = [f"NW20260302{number:010}" for number in range(1000)]
    assert sys.getsizeof(CodeList(codes)._numbers) < sum(map(sys.getsizeof, codes)) / 7
