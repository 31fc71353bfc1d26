"""Old post files: which may stay to the byte, which are written anew, which are no post of ours, and why."""

from __future__ import annotations

import pytest

from finews.flows.old_post import NotRead, OldPost, article_of, read_old_post
from finews.schema.records import Article, Payload
from finews.schema.settings import Settings
from tests.pipeline.old_posts import CATEGORY, MEDIA, MOMENT, SHARE, code, elsewhere, path, post, rolling

FOOTER = post().rpartition("\n\n")[2]


def read(text: str | bytes, where: str = path(1)) -> OldPost | NotRead:
    """What a file is."""
    return read_old_post(where, text if isinstance(text, bytes) else text.encode(), Settings.load())


def read_post(text: str | bytes, where: str = path(1)) -> OldPost:
    """The post that it is."""
    found = read(text, where)
    assert isinstance(found, OldPost), found
    return found


def again(found: OldPost) -> Article:
    """The article that a replay makes of the file."""
    made = article_of(
        Payload(
            info_code=found.info_code,
            part="post",
            url=found.path,
            status=0,
            content_type="text/markdown",
            fetched_at=MOMENT,
            body=found.content,
        ),
        7,
    )
    assert isinstance(made, Article)
    return made


@pytest.mark.parametrize(
    ("text", "where"),
    [(post(), path(1)), (rolling(), path(1, prefix="")), (rolling(digest=None), path(1, prefix="")),
     (rolling(link=SHARE + code(1)), path(1, prefix="")), (rolling(link="https://example.org/x"), path(1, prefix="")),
     (post(media="每日 *经济*", category="meirijingji"), path(1)), (post(title='他说"好": {{ x }} # 1'), path(1)),
     (post(body="\n<p>x</p>"), path(1)), (post(body="<p>x</p>\n"), path(1)),
     (post(category="a.b-(c)", media="每日经济新闻"), path(1, folder="old_post"))],
)  # fmt: skip
def test_what_would_be_written_today_needs_no_copy(text: str, where: str) -> None:
    found = read_post(text, where)
    assert (found.rewritten, found.verbatim) == ("", False)
    assert again(found).title in (f"第{1}条", '他说"好": {{ x }} # 1')


@pytest.mark.parametrize(
    "text",
    [
        elsewhere(),
        post().replace("｜", "\n"),
        post().replace(f"\n\n{FOOTER}", ""),
        post() + "\n",
        post().replace("\n", "\r\n"),
        "\ufeff" + post(),
        post().replace('title: "第1条"', "title: 第1条"),
        post().replace("+0800", "+08:00"),
        post().replace("09:30:00 +0800", "01:30:00 +0000"),
        post().replace("layout: post\n", "layout: post\nauthor: 编辑\npermalink: /here\n"),
        post().replace("categories: yangbencaijingbao", "categories: [yangbencaijingbao]"),
        post().replace(SHARE + code(1), f"http://finance.eastmoney.com/a/{code(1)[2:]}.html"),
        post().replace("http://finews.zning.xyz", "http://another.example"),
    ],
)
def test_what_differs_in_its_form_stays(text: str) -> None:
    found = read_post(text)
    assert (found.rewritten, found.verbatim) == ("", True)
    article = again(found)
    assert (article.title, article.media, found.category) == ("第1条", MEDIA, CATEGORY)
    assert article.moment == MOMENT
    assert article.body.strip() == "<p>正文1</p>"
    assert article.link == ""


def test_the_first_rolling_news_were_text() -> None:
    for body, made in (
        ("一句话。", "一句话。"),
        ("第一段。\n\n第二段（新华社）。", "<p>第一段。</p>\n<p>第二段（新华社）。</p>"),
    ):
        text = rolling(digest=None, body=f"\n{body}")
        found = read_post(text, path(1, prefix=""))
        assert (found.rewritten, found.verbatim) == ("", True)
        assert again(found).body == made
    shown_otherwise = read_post(rolling(digest=None, body="\n*一*。\n\n二。"), path(1, prefix=""))
    assert shown_otherwise.rewritten == "unsafe_html"
    assert again(shown_otherwise).body == "<p>*一*。</p>\n<p>二。</p>"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (post().replace(" +0800", ""), "naive_date"),
        (post(body="<p>x</p><script>alert(1)</script>"), "unsafe_html"),
        (post(body="<p>x<!-- c --></p>"), "unsafe_html"),
        (post(body="<p>{{ site.x }}</p>"), "unsafe_html"),
        (post(body="text *x*"), "unsafe_html"),
        (post().replace('"第1条"', '"第1条  x"'), "title_unclear"),
        (post().replace('"第1条"', "2024"), "title_unclear"),
        (post().replace("categories: ", "category: other\ncategories: "), "category_unclear"),
        (post().replace("tags: 样本财经报新闻", "tags: 样本 财经报新闻"), "tag_unclear"),
        (elsewhere() + "\n\n<script>alert(1)</script>", "footer_unclear"),
        (elsewhere() + "{% include x %}", "footer_unclear"),
        (elsewhere(link=f"{SHARE}{code(1)}&x={{{{y}}}}"), "link_unsafe"),
        (rolling(digest="a*b*", site_host="old.example").replace("&#42;", "*"), "digest_unclear"),
    ],
)
def test_what_is_read_or_shown_otherwise_is_written_anew(text: str, reason: str) -> None:
    found = read_post(text)
    assert (found.rewritten, found.verbatim) == (reason, False)


@pytest.mark.parametrize(
    ("text", "where", "reasons"),
    [
        ("", path(1), ("front_matter_missing",)),
        (post().replace("title: ", "title: ["), path(1), ("front_matter_broken",)),
        ("---\n" + "[" * 5000 + "\n---\nx", path(1), ("front_matter_broken",)),
        (post().encode("gbk"), path(1), ("not_utf8",)),
        (post(title=" "), path(1), ("title_missing",)),
        (post().replace("date: 2026-03-10 09:30:00 +0800", "date:  +0800"), path(1), ("date_missing",)),
        (post().replace("2026-03-10 09:30:00", "2026-13-10 09:30:00"), path(1), ("date_broken",)),
        (post().replace("2026-03-10 09:30:00", "today"), path(1), ("date_broken",)),
        (post().replace("categories: yangbencaijingbao\n", ""), path(1), ("category_missing",)),
        (post(category="../x"), path(1), ("category_broken",)),
        (post(category="emnews"), path(1), ("category_broken",)),
        (post().replace("财经报新闻", "财经报"), path(1), ("media_missing",)),
        (post(body="<p> </p>"), path(1), ("body_empty",)),
        (post(link=""), path(1), ("link_missing",)),
        (post(link="javascript:alert(1)"), path(1), ("link_broken", "name_mismatch")),
        (post(link=SHARE + code(2)), path(1), ("name_mismatch",)),
        (post(link="https://example.org/"), path(1), ("name_mismatch",)),
        (rolling(2), path(1, prefix=""), ("name_mismatch",)),
        (rolling(link=f"http://stock.example/news/1,{code(2)[2:]}.html"), path(1), ("name_mismatch",)),
        (post(), path(1).replace("2026-03-10-", ""), ("name_broken",)),
        (post(), path(1).replace("2026-03-10-", "2026-02-30-"), ("name_broken",)),
        (post(), "_posts/2026-03-10-NW202613100000000001.md", ("name_broken",)),
    ],
)  # fmt: skip
def test_what_could_not_be_read(text: str | bytes, where: str, reasons: tuple[str, ...]) -> None:
    assert read(text, where) == NotRead(path=where, reasons=reasons)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (post().partition("\n\n<http")[0], ("link_missing", "name_without_code")),
        (post(), ("name_without_code",)),
        ("just text", ("front_matter_missing", "name_without_code")),
    ],
)
def test_the_owners_own_posts_are_told_as_such(text: str, reasons: tuple[str, ...]) -> None:
    where = "_posts/2026-03-10-hello.md"
    assert read(text, where) == NotRead(path=where, reasons=reasons, own=True)


def test_an_address_of_rolling_news_that_names_nobody_is_the_feeds_own() -> None:
    found = read_post(rolling(link="http://stock.example/news/1405,1.html"), path(1, prefix=""))
    assert again(found).link == "http://stock.example/news/1405,1.html"
