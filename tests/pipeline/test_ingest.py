"""`ingest` over real HTTP: one fetch, one row, one post, whatever the form of the link."""

from __future__ import annotations

import pytest

from finews.flows.ingest import read_links
from finews.schema.errors import InvalidLinksError
from finews.schema.records import Outcome
from tests.pipeline.desk import Desk, article, outcomes


def test_a_link_becomes_a_post(desk: Desk) -> None:
    desk.publish(article(1))
    report = desk.ingest(article(1))
    assert outcomes(report) == {article(1).info_code: ("new", "")}
    path = f"_posts/2026-03-10-{article(1).info_code}.md"
    assert report.results[0].post == path
    assert list(desk.tree()) == [path]
    text = desk.tree()[path].decode()
    assert text.startswith(
        '---\nlayout: post\ntitle: "第1条消息：样本公司发布公告"\ndate: 2026-03-10 09:30:00 +0800\n'
        "categories: yangbencaijingbao\ntags: 样本财经报新闻\n---\n<p>样本公司"
    )
    assert text.endswith("｜[返回首页](//finews.withounder.com/)")


def test_five_forms_in_one_call_are_one_fetch_one_row_one_post(desk: Desk) -> None:
    desk.publish(article(1))
    code, number = article(1).info_code, article(1).digits
    forms = [
        code.lower(),
        number,
        f"{desk.newsroom.bases[1]}/html_News/NewsShare.html?x=1&INFOCODE={code}#a",
        f"https://finance.eastmoney.com/a/{number}.html",
        f"http://app.jg.eastmoney.com/NewsData/GetNewsText.do?cid=1&id={code}",
    ]
    ran = desk.run("ingest", *forms, "--json")
    assert ran.status == 0, ran.err
    assert ran.json["new"] == 1
    assert [each["info_code"] for each in ran.json["articles"]] == [code]
    assert desk.newsroom.count("text") == 1
    assert (desk.count("articles"), desk.count("payloads"), len(desk.tree())) == (1, 1, 1)


def test_the_same_again_is_unchanged_and_an_edit_is_updated(desk: Desk) -> None:
    desk.publish(article(1))
    desk.ingest(article(1))
    before = desk.tree()
    assert outcomes(desk.ingest(article(1)))[article(1).info_code] == ("unchanged", "")
    assert desk.tree() == before
    assert desk.count("payloads") == 1
    desk.newsroom.edit(
        article(1).info_code, title="改过的标题", moment="2026-03-11 10:00:00", medianame="别的报"
    )
    report = desk.ingest(article(1))
    assert report.results[0].outcome is Outcome.UPDATED
    (path,) = desk.tree()
    assert path in before, "an edited article keeps its path"
    text = desk.tree()[path].decode()
    assert 'title: "改过的标题"\ndate: 2026-03-11 10:00:00 +0800\ncategories: yangbencaijingbao\n' in text
    assert desk.rows("select revision, title from revisions") == [(1, article(1).title)]
    assert desk.count("payloads") == 2


def test_a_mirror_that_lacks_it_is_passed_over(desk: Desk) -> None:
    desk.publish(article(1))
    desk.newsroom.withhold(article(1).info_code, mirror=0)
    desk.newsroom.fault("captcha", mirror=1)
    assert outcomes(desk.ingest(article(1)))[article(1).info_code] == ("new", "")
    (detail,) = desk.rows("select detail from events where stage = 'fetch'")[0]
    assert [each["reason"] for each in detail["asked"]] == ["http_404", "captcha", "ok"]


def test_what_no_mirror_has_is_gone(desk: Desk) -> None:
    report = desk.ingest("NW202603101111111111")
    assert report.results[0].outcome is Outcome.GONE
    assert report.trouble
    assert desk.tree() == {}


def test_a_page_stands_in_for_a_missing_text(desk: Desk) -> None:
    desk.publish(article(1, page_only=True))
    assert outcomes(desk.ingest(article(1)))[article(1).info_code] == ("new", "")
    (text,) = desk.tree().values()
    assert "categories: yangbencaijingbao" in text.decode()
    assert "第1号公告" in text.decode()
    assert desk.rows("select part from payloads") == [("page",)]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"extra": {"title": ""}}, "title_missing"),
        ({"extra": {"title": None}}, "title_missing"),
        ({"extra": {"title": 12}}, "title_missing"),
        ({"extra": {"date": ""}}, "date_missing"),
        ({"extra": {"date": "2026-02-30 10:00:00"}}, "date_missing"),
        ({"extra": {"date": 20260310}}, "date_missing"),
        ({"extra": {"medianame": None, "from": []}}, "media_missing"),
        ({"extra": {"text": None}}, "body_empty"),
        ({"extra": {"text": {"a": 1}}}, "body_empty"),
        ({"body": "<p>\u3000\u3000 &nbsp;</p><script>alert(1)</script>"}, "body_empty"),
    ],
)
def test_what_lacks_a_part_is_quarantined_and_its_payload_kept(
    desk: Desk, fields: dict[str, object], reason: str
) -> None:
    desk.publish(article(1, **fields))
    assert outcomes(desk.ingest(article(1)))[article(1).info_code] == ("quarantined", reason)
    assert desk.tree() == {}
    assert desk.rows("select reason, payload_id is not null from quarantine") == [(reason, True)]
    assert desk.count("payloads") == 1


def test_every_bad_line_of_a_file_is_told_and_nothing_fetched(desk: Desk) -> None:
    desk.publish(article(1))
    links = desk.folder / "links.txt"
    links.write_text(
        f"# March\n\n{article(1).info_code}\nhttp://example.org/x\nNW202613012221210789\n", encoding="utf-8"
    )
    ran = desk.run("ingest", "--file", str(links))
    assert ran.status == 2
    assert "links.txt:4" in ran.err
    assert "links.txt:5" in ran.err
    assert "impossible date 2026-13-01" in ran.err
    assert "Expected an infoCode" in ran.err
    assert "Traceback" not in ran.err
    assert desk.newsroom.count() == 0


def test_links_come_from_a_file_and_from_standard_input(desk: Desk) -> None:
    desk.publish(article(1), article(2), article(3))
    links = desk.folder / "links.txt"
    links.write_text(f"{article(1).info_code}  # a remark\n", encoding="utf-8")
    ran = desk.run(
        "ingest", "--json", "--file", str(links), "-", stdin=f"{article(2).digits}\n{article(3).digits}\n"
    )
    assert ran.status == 0, ran.err
    assert ran.json["new"] == 3


def test_a_wrong_line_in_the_middle_raises_with_all_of_them(desk: Desk) -> None:
    with pytest.raises(InvalidLinksError) as caught:
        read_links([("a:1", "x"), ("a:2", article(1).info_code), ("a:3", "y")], desk.settings())
    assert len(caught.value.problems) == 2


def test_securities_are_kept_once_each(desk: Desk) -> None:
    tag = '<span data-code="1,600160"><a data-code="1,600160" href="http://q.example/1.600160">巨化股份</a></span>'
    desk.publish(article(1, body=f"<p>{tag}与{tag}、<span data-code='90,BK0475'>银行</span></p>"))
    desk.ingest(article(1))
    assert desk.rows("select market, code, name from securities order by market") == [
        ("1", "600160", "巨化股份"),
        ("90", "BK0475", "银行"),
    ]


def test_two_media_names_never_share_a_slug(desk: Desk) -> None:
    desk.publish(
        article(1, medianame="长安报"), article(2, medianame="常安报"), article(3, medianame="长安报")
    )
    desk.ingest(article(1))
    desk.ingest(article(2))
    desk.ingest(article(3))
    slugs = dict(desk.rows("select info_code, category from articles"))
    first = slugs[article(1).info_code]
    assert slugs == {
        article(1).info_code: first,
        article(2).info_code: f"{first}-2",
        article(3).info_code: first,
    }
