"""One build of a site of hostile posts by Jekyll itself: everything is shown, nothing is acted on."""

import json
import os
import random
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from finews.flows.category import slug
from finews.flows.link_target import link_target
from finews.flows.post import Post, render
from finews.flows.sanitise import sanitise
from finews.schema.plain_text import clean_text
from finews.schema.records import CHINA
from tests.post.hostile import VECTORS, html, text
from tests.post.trees import blocks, executables, text_of, tree

pytestmark = [
    pytest.mark.jekyll,
    pytest.mark.xdist_group("jekyll"),
    pytest.mark.skipif(shutil.which("jekyll") is None, reason="Jekyll is not installed"),
]

_AWKWARD = [
    *(
        "2024",
        "true",
        "1e5",
        "0x1F",
        "null",
        "1_000",
        "2021-01-01",
        "1:30",
        "y",
        "no",
        "- a",
        "# a",
        "a: b",
        "a #b",
    ),
    *(
        "1. a",
        "> a",
        "[x]: javascript:alert(1)",
        "*[a]: b",
        "^",
        "* * *",
        "_ _ _",
        "[ ] x",
        "a  b",
        "@a",
        "%a",
        "!a",
    ),
    *(
        "</script>",
        "<!--",
        "[x](javascript:alert(1))",
        "{{ site.time }}",
        "{% include x %}",
        "$$x$$",
        "a]b",
        "a(",
        "a)",
    ),
    *("_x", "x_", "(_x_", "A B", "..", "每日经济新闻", "`", "\\", "a\\", "'", '"', "|", "{", "&", "<"),
]
_INDEX = """---
layout: null
---
[{% for post in site.posts %}{"name": {{ post.slug | jsonify }}, "title": {{ post.title | jsonify }},
"date": {{ post.date | date_to_xmlschema | jsonify }}, "categories": {{ post.categories | jsonify }},
"tags": {{ post.tags | jsonify }}, "content": {{ post.content | jsonify }}, "excerpt": {{ post.excerpt | jsonify }}
}{% unless forloop.last %},{% endunless %}{% endfor %}]
"""


def _posts() -> dict[str, Post]:
    chance = random.Random(20211221)
    posts = {}
    for number in range(500):
        rolling = number % 3 == 0
        phrase = _AWKWARD[number % len(_AWKWARD)] if number % 2 else text(chance)
        title, media, digest = (clean_text(each) or "x" for each in (phrase, text(chance), text(chance)))
        if number % 4 == 1:
            media, digest = clean_text(phrase), clean_text(phrase)
        link = link_target(f"http://a.b/{text(chance)}") or "http://a.b/"
        posts[f"nw{number:018}"] = Post(
            title=title,
            moment=datetime(2021, 12, 21, 23, 59, 59, tzinfo=CHINA) - timedelta(minutes=number),
            category="emnews" if rolling else slug(media),
            media="" if rolling else media,
            rolling=rolling,
            body=sanitise(VECTORS[number // 5 % len(VECTORS)] if number % 5 == 0 else html(chance)),
            digest=digest if rolling else None,
            link=link,
            site_host="site.example",
        )
    return posts


@pytest.fixture(scope="module")
def posts() -> dict[str, Post]:
    return _posts()


@pytest.fixture(scope="module")
def built(posts: dict[str, Post], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    site: Path = tmp_path_factory.mktemp("site")
    (site / "_posts").mkdir()
    (site / "_config.yml").write_text("timezone: Asia/Shanghai\nfuture: true\npermalink: /p/:title.html\n")
    (site / "index.json").write_text(_INDEX)
    for name, post in posts.items():
        path = site / "_posts" / f"2021-12-21-{name}.md"
        path.write_bytes(render(post).encode())
    done = subprocess.run(
        ["jekyll", "build", "--disable-disk-cache", "-q"],
        cwd=site,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    pages = json.loads((site / "_site" / "index.json").read_text(encoding="utf-8"))
    return {page["name"]: page for page in pages}


def test_every_post_is_built(posts: dict[str, Post], built: dict[str, dict[str, Any]]) -> None:
    assert built.keys() == posts.keys()


def test_front_matter_is_read_back(posts: dict[str, Post], built: dict[str, dict[str, Any]]) -> None:
    for name, post in posts.items():
        page = built[name]
        assert page["title"] == post.title
        assert datetime.fromisoformat(page["date"]) == post.moment
        assert page["categories"] == [post.category]
        assert page["tags"] == ["东财滚动新闻" if post.rolling else f"{post.media}新闻"]


def test_text_is_text(posts: dict[str, Post], built: dict[str, dict[str, Any]]) -> None:
    for name, post in posts.items():
        shown = blocks(built[name]["content"])
        if post.rolling:
            assert shown[0][0] == "blockquote"
            [paragraph] = [node for node in shown[0][2] if not isinstance(node, str)]
            assert paragraph == ("p", (), [post.digest])
        link, footer = shown[-2:]
        assert link == ("p", (), [("a", (("href", post.link),), [post.link])])
        back = footer[2][0]
        assert back[0] == "a"
        assert back[2] == ["返回东财滚动新闻" if post.rolling else f"返回{post.media}新闻"]
        address = "emnews/" if post.rolling else f"category/{post.category}.html"
        assert back[1][0][1].replace("%28", "(").replace("%29", ")") == f"//site.example/{address}"
        assert footer[2][1:] == ["｜", ("a", (("href", "//site.example/"),), ["返回首页"])]


def test_body_is_what_its_html_shows(posts: dict[str, Post], built: dict[str, dict[str, Any]]) -> None:
    for name, post in posts.items():
        shown = blocks(built[name]["content"])[1 if post.rolling else 0 : -2]
        # A line of plain text is a paragraph in the page.
        expected = (
            blocks(post.body) if "<" in post.body or not post.body.strip() else [("p", (), [post.body])]
        )
        assert shown == expected, post.body


def test_nothing_is_executable(built: dict[str, dict[str, Any]]) -> None:
    for page in built.values():
        assert list(executables(tree(page["content"]))) == []
        # The excerpt ends at the first blank line, wherever in the HTML that is.
        assert list(executables(tree(page["excerpt"]))) == []


def test_rolling_excerpt_is_the_digest(posts: dict[str, Post], built: dict[str, dict[str, Any]]) -> None:
    for name, post in posts.items():
        if post.rolling:
            assert text_of(tree(built[name]["excerpt"])).strip() == post.digest
