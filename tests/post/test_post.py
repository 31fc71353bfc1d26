"""Posts: the golden file to the byte, and every record back from its text."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import frontmatter
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews.flows.category import slug
from finews.flows.front_matter import HANDLER
from finews.flows.link_target import link_target
from finews.flows.markdown_text import markdown_text
from finews.flows.post import Post, PostFormatError, parse, render
from finews.flows.sanitise import sanitise
from finews.schema.plain_text import clean_text
from finews.schema.records import CHINA
from tests.post.hostile import html, text

POST = Post(
    title="题",
    moment=datetime(2021, 12, 21, 7, 37, 43, tzinfo=UTC),
    category="shamenwanbao",
    media="厦门晚报",
    rolling=False,
    body="<p>一</p>",
    digest=None,
    link="http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202112212221210789",
    site_host="finews.withounder.com",
)
ROLLING = replace(
    POST, rolling=True, category="emnews", media="", digest="摘*要*", link="http://a.b/1,2.html"
)


@pytest.mark.shared
def test_golden_file_from_its_parts(golden: str) -> None:
    body = golden[golden.index("<p>") : golden.rindex("\n\n<http")]
    article = "".join(f"\u3000\u3000{part}" for part in body.splitlines(keepends=True))
    post = replace(POST, title="优化营商环境 建设活力思明", category=slug("厦门晚报"), body=sanitise(article))
    assert render(post) == golden
    assert parse(golden) == replace(post, moment=post.moment.astimezone(CHINA))


def test_rolling_news() -> None:
    assert render(ROLLING) == (
        '---\nlayout: post\ntitle: "题"\ndate: 2021-12-21 15:37:43 +0800\ncategories: emnews\ntags: 东财滚动新闻\n---\n'
        "> 摘&#42;要&#42;\n\n<p>一</p>\n\n<http://a.b/1,2.html>\n\n"
        "[返回东财滚动新闻](//finews.withounder.com/emnews/)｜[返回首页](//finews.withounder.com/)"
    )
    assert "\n---\n<p>一</p>\n\n<http" in render(replace(ROLLING, digest=" "))


def test_unpaired_parentheses_are_encoded_in_the_address() -> None:
    assert "/category/a(b).html)" in render(replace(POST, category="a(b)", media="a(b)"))
    assert "/category/a%28.html)" in render(replace(POST, category="a(", media="a("))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_reads_back(seed: int, rolling: bool) -> None:
    chance = random.Random(seed)
    media = clean_text(text(chance)) or "x"
    moment = datetime(2022, 1, chance.randint(1, 31), chance.randint(0, 23), tzinfo=CHINA)
    post = Post(
        title=clean_text(text(chance)) or "x",
        moment=moment,
        category="emnews" if rolling else slug(media),
        media="" if rolling else media,
        rolling=rolling,
        body=sanitise(html(chance)),
        digest=clean_text(text(chance)) or None if rolling else None,
        link="http://a.b/c",
        site_host="site.example",
    )
    written = render(post)
    assert parse(written) == post
    assert render(parse(written)) == written
    assert frontmatter.loads(written).metadata["title"] == post.title


@pytest.mark.shared
def test_corpus_posts_are_read(corpus: dict[str, str]) -> None:
    refused = {}
    for name, written in corpus.items():
        try:
            post = parse(written, site_host="finews.withounder.com")
        except PostFormatError as error:
            refused[name] = str(error)
            continue
        assert post.title in written
        if not name.startswith("2021-12-08-2021120822066") and not name.startswith(
            "2021-12-08-2021120822069"
        ):
            assert render(post) == written
    assert refused == {
        "2021-12-01-init.md": "the text has no link line; the tag names no media",
        "-202205262391921712.md": "the front matter has no single `title`; the front matter has no `date`; "
        "the link line is empty",
    }


@pytest.mark.shared
def test_corpus_bodies_keep_their_bytes(corpus: dict[str, str]) -> None:
    for name in ("2022-01-07-202201072239307540.md", "2022-04-21-202204212352227421.md"):
        body = parse(corpus[name]).body
        assert sanitise(body) == body
    commented = parse(corpus["2022-02-11-NW202202112274017262.md"]).body
    plain = commented.replace("<!-- EM_StockImg_Start -->", "").replace("<!-- EM_StockImg_End -->", "")
    assert sanitise(commented) == plain


@pytest.mark.parametrize(
    "broken",
    ["", "text", "---\ntitle: x\n", "---\ntitle: [\n---\nx", "---\ntitle: x\n---\nbody",
     render(POST).replace("date: 2021-12-21", "date: 2021-13-21"),
     render(POST).replace("date: 2021-12-21", "date: soon"),
     render(POST).replace("tags: 厦门晚报新闻", "tags: 新闻"), render(POST).replace("categories: shamenwanbao\n", ""),
     render(replace(POST, link="")), render(replace(POST, title=""))],
)  # fmt: skip
def test_what_is_no_post_is_refused(broken: str) -> None:
    with pytest.raises(PostFormatError):
        parse(broken)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        replace(POST, moment=datetime(2021, 12, 21))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://finance.eastmoney.com/news/1353,202201072239307540.html",) * 2,
        ("https://a.b/c?d=1&e=2#f",) * 2,
        (" HTTP://a.b ", "http://a.b"),
        ("http://a.b/x y<z>{{\"'", "http://a.b/x%20y%3Cz%3E%7B%7B%22'"),
        ("http://a.b/中|\\%zz%41", "http://a.b/%E4%B8%AD%7C%5C%25zz%41"),
        ("http://例子.com:80/", "http://xn--fsqu00a.com:80/"),
        ("http://a.b/?c&lt;d", "http://a.b/?c&lt%3Bd"),
        ("javascript:alert(1)", None),
        ("http://", None),
        ("http:/a.b", None),
        ("//a.b", None),
        ("http://a.b/\nx", None),
        ("http://a@b.c/", None),
        ("http://a.b:x/", None),
        ("http://[::1", None),
        ("http://a\\@b/", None),
        ("ftp://a.b/", None),
        ("", None),
    ],
)
def test_link_target(url: str, target: str | None) -> None:
    assert link_target(url) == target
    if target is not None:
        assert link_target(target) == target


_MOMENTS = st.builds(
    lambda seconds, zone: (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(zone),
    st.floats(-6e10, 2.5e11),
    st.sampled_from([UTC, CHINA]),
)
"""From the year 68 on, with fractions of a second."""
_LINES = st.integers(0, 10**9).map(lambda seed: clean_text(text(random.Random(seed))) or "x")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(_LINES, _MOMENTS, _LINES, st.booleans(), st.none() | _LINES)
def test_the_short_way_to_a_text_is_the_long_one(
    title: str, moment: datetime, media: str, rolling: bool, digest: str | None
) -> None:
    """A post is put together from what its media's posts share; key by key it is the same."""
    category = "emnews" if rolling else slug(media)
    post = Post(
        title=title,
        moment=moment,
        category=category,
        media=media,
        rolling=rolling,
        body="<p>一</p>",
        digest=digest,
        link="l",
        site_host="h",
    )
    front = HANDLER.export(
        {
            "layout": "post",
            "title": title,
            "date": f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S} +0800",
            "categories": category,
            "tags": "东财滚动新闻" if rolling else f"{media}新闻",
        }
    )
    quotation = f"> {markdown_text(digest)}\n\n" if rolling and digest else ""
    written = render(post)
    assert written.startswith(f"---\n{front}\n---\n{quotation}<p>一</p>\n\n<l>\n\n[返回")
