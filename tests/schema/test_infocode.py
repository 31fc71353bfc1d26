"""Identity: every form of the contract names one article, anything else is refused in words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews.schema.errors import InvalidLinkError
from finews.schema.infocode import as_code, parse_link

CODE = "NW202112212221210789"
NUMBER = CODE[2:]
MIRRORS = {"127.0.0.1:8100"}

FORMS = [
    CODE,
    CODE.lower(),
    f"  {CODE}\t",
    NUMBER,
    f"http://finews.zning.xyz/html_News/NewsShare.html?infoCode={CODE}",
    f"https://choicewzp1.eastmoney.com/html_News/NewsShare.html?infoCode={CODE}#top",
    f"http://app.jg.eastmoney.com/html_News/NewsShare.html?from=app&INFOCODE={CODE.lower()}&x=1",
    f"HTTP://FINEWS.ZNING.XYZ:80/html_News/NewsShare.html?infocode={CODE}",
    f"http://127.0.0.1:8100/html_News/NewsShare.html?infoCode={CODE}",
    f"http://127.0.0.1:8100/~http_500/html_News/NewsShare.html?infoCode={CODE}",
    f"http://finews.zning.xyz/NewsData/GetNewsText.do?id={CODE}&cid=17",
    f"https://choicewzp1.eastmoney.com/NewsData/GetNewsText.do?cid=&id={NUMBER}",
    f"http://finance.eastmoney.com/a/{NUMBER}.html",
    f"https://finance.eastmoney.com/a/{NUMBER}.html?from=wap#comments",
    f"https://finance.eastmoney.com/news/1345,{NUMBER}.html",
    f"http://wap.eastmoney.com/a/{NUMBER}.html",
    f"wap.eastmoney.com/a/{NUMBER}.html",
]

WRONG = [
    "",
    "hello",
    "NW2021122122212107",
    CODE + "0",
    "NX202112212221210789",
    "NW２０２１12212221210789",
    f"http://example.org/html_News/NewsShare.html?infoCode={CODE}",
    f"http://finews.zning.xyz@example.org/html_News/NewsShare.html?infoCode={CODE}",
    f"http://user@finews.zning.xyz/html_News/NewsShare.html?infoCode={CODE}",
    f"http://finews.zning.xyz.example.org/html_News/NewsShare.html?infoCode={CODE}",
    f"http://finews.zning.xyz:8080/html_News/NewsShare.html?infoCode={CODE}",
    f"ftp://finews.zning.xyz/html_News/NewsShare.html?infoCode={CODE}",
    f"javascript:alert('{CODE}')",
    "http://finews.zning.xyz/html_News/NewsShare.html",
    f"http://finews.zning.xyz/html_News/NewsShare.html?infoCode={CODE}&infoCode=NW202112212221210780",
    f"http://finews.zning.xyz/other.html?infoCode={CODE}",
    f"http://finance.eastmoney.com/news/{NUMBER}.html",
    f"http://wap.eastmoney.com/news/1345,{NUMBER}.html",
    f"http://stock.eastmoney.com/news/1405,{NUMBER}.html",
    "http://[::1/html_News/NewsShare.html",
    f"http://finews.zning.xyz:port/html_News/NewsShare.html?infoCode={CODE}",
    f"http://finews.zning.xyz/html_News/News Share.html?infoCode={CODE}",
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_the_article(form: str) -> None:
    assert parse_link(form, mirror_hosts=MIRRORS) == CODE


@pytest.mark.parametrize("text", WRONG)
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(InvalidLinkError, match="Expected an infoCode"):
        parse_link(text, mirror_hosts=MIRRORS)


@pytest.mark.parametrize("day", ["20211301", "20210230", "20210000", "00000101", "20230229"])
def test_an_impossible_date_is_told(day: str) -> None:
    with pytest.raises(InvalidLinkError, match="impossible date"):
        parse_link(f"NW{day}2221210789")
    assert as_code(f"NW{day}2221210789") is None


def test_a_leap_day_is_possible() -> None:
    assert parse_link("202402292221210789") == "NW202402292221210789"


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    try:
        found = parse_link(text, mirror_hosts=MIRRORS)
    except InvalidLinkError:
        return
    assert as_code(found) == found


@given(st.dates(), st.integers(0, 10**10 - 1), st.sampled_from(FORMS))
def test_any_day_in_any_form(day: date, number: int, form: str) -> None:
    code = f"{day.isoformat().replace('-', '')}{number:010d}"
    text = form.replace(NUMBER, code).replace(CODE.lower(), f"nw{code}")
    assert parse_link(text, mirror_hosts=MIRRORS) == f"NW{code}"


@given(st.one_of(st.none(), st.integers(), st.floats(), st.lists(st.text()), st.text()))
def test_as_code_takes_anything(value: object) -> None:
    found = as_code(value)
    assert found is None or as_code(found) == found
