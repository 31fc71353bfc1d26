"""Articles in the console: searched, filtered, looked at one by one, missed and brought back."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from finews.flows.why import SENTENCES
from finews.ui.language import words_in
from tests.pipeline.desk import Desk, article
from tests.pipeline.service import wait_until

TRAP = """<p>贵州茅台<b>今日</b>公告，<script>alert(1)</script>上半年净利润同比增长12.5%。</p>
<p onclick="x()">公司称经营<a href="javascript:alert(2)">正常</a>。</p><img src="http://127.0.0.1:9/a.png">
<p>涉及<span data-code="1,600519">贵州茅台</span>。</p>"""
CODE = article(1).info_code


def publish(desk: Desk) -> None:
    """A handful of articles: one edited, one repeated, one in quarantine, two rolling."""
    desk.publish(
        article(
            1, title="贵州茅台发布ＧＤＰ公告", body=TRAP, moment="2026-03-10 09:30:00", codes=("600519.SH",)
        ),
        article(2, title="五粮液公告", medianame="样本晚报", moment="2026-03-11 10:00:00"),
        article(
            3,
            title="快讯",
            medianame="",
            feeds=("rolling",),
            digest="【快讯】快讯一则",
            moment="2026-03-11 11:00:00",
        ),
        article(4, title="转载", body=TRAP, moment="2026-03-12 09:30:00"),
        article(5, feeds=("37",), extra={"text": ""}),
    )
    desk.poll()
    desk.ingest(*(article(number) for number in (1, 2, 4)))
    changed = TRAP.replace("12.5%", "13.8%").replace("称经营", "仍称经营")
    desk.newsroom.publish(
        article(1, title="贵州茅台发布ＧＤＰ公告（更正）", body=changed, codes=("600519.SH",))
    )
    desk.ingest(article(1))


def press(client: httpx.Client, action: str, **fields: str) -> httpx.Response:
    """Presses the button of a form that goes to `action`."""
    return client.post(action, data=fields)


def titles(answer: httpx.Response) -> list[str]:
    """The headlines of a list, as they are read."""
    assert answer.status_code == 200, answer.text
    found = re.findall(r'<p class="headline"><a [^>]*>(.*?)</a>', answer.text)
    return [unescape(re.sub(r"<[^>]*>", "", each)) for each in found]


def listed(client: httpx.Client, **filters: str) -> list[str]:
    """The codes that the API lists, and the page as well."""
    given = {name.rstrip("_"): value for name, value in filters.items()}
    answer = client.get("/api/articles", params=given)
    assert answer.status_code == 200, answer.text
    codes = [each["info_code"] for each in answer.json()["items"]]
    shown = re.findall(
        r'class="headline"><a href="/articles/(\w+)"', client.get("/articles", params=given).text
    )
    assert shown == codes
    return [str(int(code[-10:])) for code in codes]


def test_the_list_by_words_and_filters(desk: Desk, client: httpx.Client) -> None:
    publish(desk)
    assert listed(client) == ["4", "3", "2", "1"]
    assert listed(client, words="茅台") == ["4", "1"]
    assert listed(client, words="茅台 gdp") == ["1"]
    assert listed(client, words="台今日公") == ["4", "1"], "a tag within a line does not part its words"
    assert listed(client, words="茅五") == listed(client, words="alert") == []
    assert listed(client, media="样本晚报") == ["2"]
    assert listed(client, media="东财滚动新闻") == ["3"]
    assert listed(client, from_="2026-03-11", to="2026-03-11") == ["3", "2"]
    assert listed(client, security="600519") == listed(client, security="贵州茅台") == ["4", "1"]
    assert listed(client, security="600519", from_="2026-03-11", words="茅台") == ["4"]
    assert listed(client, edited="1") == ["1"]
    assert listed(client, state="quarantined") == ["5"]
    assert listed(client, state="quarantined", words="第5条") == ["5"]
    assert listed(client, state="quarantined", words="第4条") == []
    page = client.get("/articles", params={"words": "ｇｄｐ 净利润"})
    assert "贵州茅台发布<mark>ＧＤＰ</mark>公告（更正）" in page.text
    assert "上半年<mark>净利润</mark>同比增长13.8%" in page.text
    assert "Nothing has all of this" in client.get("/articles?words=没有这个词").text
    for wrong in (
        "from=2026-13-01",
        "state=lost",
        "from=2026-03-12&to=2026-03-11",
        "after=x",
        "words=" + "长" * 300,
    ):
        answer = client.get(f"/articles?{wrong}")
        assert (answer.status_code, 'role="alert"' in answer.text) == (400, True), wrong
        assert client.get(f"/api/articles?{wrong}").json()["error"] in ("Request", "UnknownName")


def test_pages_in_both_directions(desk: Desk, client: httpx.Client) -> None:
    some = [article(number, title=f"样本{number}", moment="2026-03-10 09:30:00") for number in range(1, 8)]
    desk.publish(*some)
    desk.ingest(*some)
    for words in ("", "样本"):
        seen, after = [], ""
        while True:
            answer = client.get("/api/articles", params={"words": words, "after": after, "limit": 3}).json()
            seen += [int(each["info_code"][-10:]) for each in answer["items"]]
            if not (after := answer["next"]):
                break
        assert seen == [7, 6, 5, 4, 3, 2, 1]
    middle = client.get("/api/articles", params={"limit": 3}).json()["next"]
    page = client.get("/articles", params={"after": middle})
    assert titles(page) == ["样本4", "样本3", "样本2", "样本1"]
    back = re.search(r'<a href="([^"]*)" rel="prev"', page.text)
    assert back
    newer = client.get(unescape(back[1]))
    assert titles(newer) == ["样本7", "样本6", "样本5"]
    assert 'rel="prev"' not in newer.text


def test_one_article(desk: Desk, client: httpx.Client) -> None:
    publish(desk)
    page = client.get(f"/articles/{CODE[2:]}")
    assert page.url.path == f"/articles/{CODE}"
    text = unescape(page.text)
    assert f"It is here: published as _posts/2026-03-10-{CODE}.md." in text
    assert "增长<del>12.5%</del><ins>13.8%</ins>" in text
    assert "公司<ins>仍</ins>称经营正常" in text
    assert "公告<ins>（更正）</ins>" in text
    assert f'href="http://finews.zning.xyz/html_News/NewsShare.html?infoCode={CODE}"' in text
    frame = client.get(f"/articles/{CODE}/frame")
    policy = frame.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script" not in policy
    assert "img-src data:;" in policy
    assert "13.8%" in frame.text
    for unsafe in ("alert", "onclick", "javascript:"):
        assert unsafe not in frame.text
    assert "12.5%" in client.get(f"/articles/{CODE}/frame?revision=1").text
    assert client.get(f"/articles/{CODE}/frame?revision=9").status_code == 404
    assert "http:" in client.get(f"/articles/{CODE}/frame?images=1").headers["content-security-policy"]

    desk.publish(article(6, title="再转载", body=TRAP, moment="2026-03-12 10:30:00"))
    desk.ingest(article(6))
    assert "再转载" in client.get(f"/articles/{article(4).info_code}").text, (
        "the same text under another code"
    )

    told = client.get(f"/api/articles/{CODE}").json()
    assert (told["revision"], len(told["revisions"]), len(told["same_text"])) == (2, 2, 0)
    assert [each["code"] for each in told["securities"]] == ["600519"]
    items = client.get(f"/api/articles/{CODE}/payloads", params={"limit": 1}).json()
    rest = client.get(f"/api/articles/{CODE}/payloads", params={"after": items["next"]}).json()
    assert len(items["items"] + rest["items"]) == 2
    number = items["items"][0]["id"]
    shown = client.get(f"/articles/{CODE}/payloads/{number}")
    assert "<script>alert" in unescape(shown.text)
    assert "<script>alert" not in shown.text
    saved = client.get(f"/articles/{CODE}/payloads/{number}/raw")
    assert saved.headers["content-disposition"] == f'attachment; filename="{CODE}-{number}.txt"'
    assert saved.headers["content-type"].startswith("text/plain")
    assert len(saved.content) == items["items"][0]["size"]
    assert client.get(f"/articles/{article(2).info_code}/payloads/{number}").status_code == 404
    assert client.get("/articles/NW1").status_code == 400


def test_why_is_it_not_here(desk: Desk, client: httpx.Client) -> None:
    publish(desk)

    def why(code: str) -> tuple[str, list[str], str]:
        told = client.get(
            "/api/why", params={"link": f"https://finance.eastmoney.com/a/{code[2:]}.html"}
        ).json()
        assert told["info_code"] == code
        page = client.get("/why", params={"link": code})
        assert told["answer"].split(" (")[0] in unescape(page.text)
        return told["kind"], told["helps"], told["answer"]

    assert why(CODE)[0] == "here"
    kind, helps, words = why(article(5).info_code)
    assert (kind, helps) == ("quarantined", ["replay", "fetch"])
    assert "body_empty" in words
    unheard = "NW202603091111111111"
    kind, helps, words = why(unheard)
    assert (kind, helps) == ("never", ["fetch", "backfill"])
    assert "never read" in words
    assert why("NW209903091111111111")[2].endswith("has not begun.")
    for state, kind in (
        ("gone", "gone"),
        ("blocked", "blocked"),
        ("failed", "failed"),
        ("pending", "pending"),
    ):
        desk.execute(
            "update links set state = %s, reason = 'http_503' where info_code = %s",
            [state, article(5).info_code],
        )
        assert why(article(5).info_code)[:2] == (kind, ["fetch"])
    desk.execute("insert into surveys (day, listed) values ('2026-03-09', 7)")
    assert why(unheard)[1] == ["fetch"]
    desk.execute(
        """insert into listings (info_code, feed, day, title, media, digest, url)
           values (%s, 'search', '2026-03-09', 'x', '', '', '')""",
        [unheard],
    )
    assert why(unheard)[:2] == ("listed", ["fetch", "backfill"])
    wrong = client.get("/why", params={"link": "https://example.org/x"})
    assert (wrong.status_code, "Not a link to an article" in wrong.text) == (400, True)
    assert client.get("/articles/NW202603081111111111").url.path == "/why"
    chinese = client.get("/why", params={"link": unheard}, headers={"Accept-Language": "zh"})
    assert "立即抓取即可取回" in chinese.text
    assert not [text for text in SENTENCES.values() if text not in words_in("zh")]


def test_an_article_is_forgotten_let_back_fetched_and_replayed(desk: Desk, client: httpx.Client) -> None:
    publish(desk)
    page = f"/articles/{CODE}"
    refused = press(client, f"{page}/forget", why="  ")
    assert (refused.status_code, "a reason is needed" in refused.text) == (400, True)
    gone = press(client, f"{page}/forget", why="withdrawn at the author's request")
    assert "its post was removed" in unescape(gone.text)
    assert "had it removed at" in gone.text
    assert "withdrawn at the author's request" in unescape(gone.text)
    assert listed(client, words="茅台") == ["4"]
    back = press(client, f"{page}/remember")
    assert "the next poll fetches it" in back.text
    begun = press(client, f"{page}/fetch")
    assert "asks the source" in begun.text
    wait_until(lambda: desk.rows("select 1 from articles where info_code = %s", [CODE]) != [])
    wait_until(lambda: desk.rows("select 1 from runs where state = 'running'") == [])
    assert listed(client, words="茅台") == ["4", "1"]
    again = press(client, f"{page}/replay")
    assert "unchanged" in again.text
    acts = {each["action"]: each for each in client.get("/api/actions").json()["items"]}
    assert set(acts) == {"forget", "remember", "fetch", "replay"}
    assert {each["subject"] for each in acts.values()} == {CODE}


@pytest.mark.parametrize("code", ["NW2", "x" * 41, "%00"])
def test_a_code_that_is_none(client: httpx.Client, code: str) -> None:
    for address in (f"/articles/{code}", f"/api/articles/{code}", f"/articles/{code}/frame"):
        assert client.get(address).status_code in (400, 404), address
