"""Article texts, share links, pages and robots.txt."""

from __future__ import annotations

import pytest

from finews.newsroom import Newsroom, SourceArticle, load_samples, sample

from .asking import ask, text_address

KEYS = {
    "id": str,
    "title": str,
    "date": str,
    "from": str,
    "medianame": str,
    "author": list,
    "newsid": str,
    "order": int,
    "url": str,
    "docreader": str,
    "reletecodes": list,
    "relkey": str,
    "text": str,
}


def test_an_article_text_has_the_keys_of_the_contract(quiet: Newsroom) -> None:
    article = sample("security_tags")
    reply = ask(text_address(quiet.bases[0], article.info_code))
    assert reply.status == 200
    assert reply.headers.get_content_type() == "application/json"
    assert {key: type(value) for key, value in reply.json.items()} == KEYS
    assert reply.json["id"] == article.info_code
    assert reply.json["text"] == article.body
    assert reply.json["reletecodes"] == ["609901.SH", "609904.SH", "009908.SZ"]


@pytest.mark.parametrize("mirror", [0, 1, 2])
def test_every_mirror_serves_every_text(quiet: Newsroom, mirror: int) -> None:
    for article in load_samples():
        reply = ask(text_address(quiet.bases[mirror], article.info_code))
        assert reply.status == (404 if article.page_only else 200)


def test_rolling_news_has_its_body_in_content(quiet: Newsroom) -> None:
    article = sample("rolling_plain_digest")
    answer = ask(text_address(quiet.bases[0], article.info_code)).json
    assert answer["content"] == article.body
    assert "text" not in answer


def test_the_digits_alone_name_it_too(quiet: Newsroom) -> None:
    article = sample("quoted_title")
    assert ask(text_address(quiet.bases[0], article.digits)).json["title"] == article.title


@pytest.mark.parametrize("code", ["NW202603060000000000", "", "nonsense"])
def test_an_unknown_article_is_404(quiet: Newsroom, code: str) -> None:
    assert ask(text_address(quiet.bases[0], code)).status == 404


def test_overrides_change_and_remove_keys(quiet: Newsroom) -> None:
    wrong = ask(text_address(quiet.bases[0], sample("wrong_types").info_code)).json
    assert (wrong["author"], wrong["order"], wrong["reletecodes"]) == (None, "12", "")
    missing = ask(text_address(quiet.bases[0], sample("missing_fields").info_code)).json
    assert not {"author", "order", "from"} & set(missing)
    assert ask(text_address(quiet.bases[0], sample("null_text").info_code)).json["text"] is None


def test_answers_are_packed_for_who_accepts_it(quiet: Newsroom) -> None:
    address = text_address(quiet.bases[0], sample("long_article").info_code)
    packed, plain = ask(address, Accept_Encoding="gzip, br"), ask(address, Accept_Encoding="identity")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Content-Encoding"] is None
    assert packed.text == plain.text
    assert len(packed.body) < len(plain.body)


def test_a_share_link_is_a_shell_without_the_article(quiet: Newsroom) -> None:
    article = sample("quoted_title")
    reply = ask(f"{quiet.bases[0]}/html_News/NewsShare.html?infoCode={article.info_code}")
    assert reply.status == 200
    assert reply.headers.get_content_type() == "text/html"
    assert article.title not in reply.text
    assert "/NewsData/GetNewsText.do?id=" in reply.text


@pytest.mark.parametrize(
    "form", ["/html_News/NewsShare.html?infoCode=NW{}", "/a/{}.html", "/news/1345,{}.html"]
)
def test_a_page_only_article_is_rendered(quiet: Newsroom, form: str) -> None:
    article = sample("page_only_2021")
    reply = ask(quiet.bases[1] + form.format(article.digits))
    assert reply.status == 200
    assert f'<div class="newsContent"><h1>{article.title}</h1>' in reply.text
    assert '<div class="item">2021年12月22日 15:37</div>' in reply.text
    assert '<div class="item">来源：厦门晚报</div>' in reply.text
    assert f'<div id="ContentBody" class="txtinfos">\n{article.body}' in reply.text


def test_other_articles_have_no_page(quiet: Newsroom) -> None:
    assert ask(f"{quiet.bases[0]}/a/{sample('quoted_title').digits}.html").status == 404


def test_a_title_on_a_page_is_text() -> None:
    article = sample("page_only_2021").evolve(title='<b>甲</b> & "乙"')
    with Newsroom([article], mirrors=1) as room:
        assert "<h1>&lt;b&gt;甲&lt;/b&gt; &amp; " in ask(f"{room.bases[0]}/a/{article.digits}.html").text


def test_robots_allow_everything_unless_told_otherwise(quiet: Newsroom) -> None:
    assert ask(f"{quiet.bases[0]}/robots.txt").text == "User-agent: *\nDisallow:\n"
    with Newsroom([], mirrors=1, disallow=["/web/", "/a/"]) as room:
        rules = ask(f"{room.bases[0]}/robots.txt").text
    assert rules == "User-agent: *\nDisallow: /web/\nDisallow: /a/\n"


def test_there_is_nothing_else(quiet: Newsroom) -> None:
    assert ask(f"{quiet.bases[0]}/nothing").status == 404
    assert ask(f"{quiet.bases[0]}/_newsroom/requests").status == 404
    assert ask(f"{quiet.bases[0]}/~no_such_fault/robots.txt").status == 404
    assert ask(f"{quiet.bases[0]}/robots.txt", method="POST").status == 405


def test_the_order_of_articles_given_does_not_matter() -> None:
    first, second = (sample(label) for label in ("table_body", "quoted_title"))
    with Newsroom([first, second]) as one, Newsroom([second, first]) as other:
        assert one.articles == other.articles
        assert isinstance(one.articles[0], SourceArticle)
