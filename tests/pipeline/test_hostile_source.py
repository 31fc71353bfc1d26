"""Five thousand hostile answers through the whole pipeline: no crash, one outcome each, nothing unsafe published."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random

import pytest
import yaml
from aiohttp import web
from lxml import html

from finews.flows.ingest import ingest
from finews.flows.pipeline import Pipeline
from tests.pipeline.desk import Desk
from tests.pipeline.mutations import hostile

CASES = 5000
_ACTIVE = {
    "script",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "style",
    "link",
    "meta",
    "base",
    "template",
    "svg",
    "math",
}


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6))])
def test_hostile_answers(desk: Desk, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    chance = Random(seed)
    answers = {f"NW20260310{n:010d}": hostile(f"NW20260310{n:010d}", n, chance) for n in range(1, CASES + 1)}
    with _serving(answers) as base, Pipeline(desk.settings(sources=(base,)), crawling=1) as pipeline:
        report = ingest(pipeline, list(answers))
        pids = pipeline.crawl.pids
    assert len(pids) == 1
    assert [each.info_code for each in report.results] == list(answers), "each ends once"
    told = Counter((each.outcome.value, each.reason) for each in report.results)
    assert not any(reason == "internal_error" for _, reason in told), told
    assert {"new", "quarantined", "gone", "blocked", "failed"} <= {outcome for outcome, _ in told}, told
    assert len(told) >= 10, told
    assert told["new", ""] > CASES / 5, told

    ended = desk.rows("select info_code, count(*) from events where outcome is not null group by 1")
    assert Counter(dict(ended)) == Counter(dict.fromkeys(answers, 1))
    assert desk.rows("select count(*) from links where lease_token is not null or state = 'pending'") == [
        (0,)
    ]
    held = {each.info_code for each in report.results if each.outcome.value == "quarantined"}
    assert {code for (code,) in desk.rows("select info_code from quarantine")} == held
    rows = {
        path: (title, category)
        for path, title, category in desk.rows("select path, title, category from articles")
    }
    tree = desk.tree()
    assert set(tree) == set(rows)
    for path, content in tree.items():
        _looks_safe(path, content.decode(), *rows[path])
    with capsys.disabled():
        print(
            f" [{CASES} answers, seed {seed}: {dict(Counter(each.outcome.value for each in report.results))}]",
            end="",
        )


def _looks_safe(path: str, text: str, title: str, category: str) -> None:
    _, front, rest = text.split("---\n", 2)
    told = yaml.safe_load(front)
    assert told["title"] == title, path
    assert told["categories"] in (category, [category]), path
    body = rest.rpartition("\n\n[返回")[0]
    assert not any(opener in body for opener in ("{{", "{%")), path
    for element in html.fragment_fromstring(body, create_parent=True).iter():
        assert isinstance(element.tag, str), (path, "a comment or an instruction")
        assert element.tag not in _ACTIVE, (path, element.tag)
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (path, name)
            squeezed = "".join(value.split()).lower()
            assert not squeezed.startswith("javascript:"), (path, value)


@contextmanager
def _serving(answers: Mapping[str, tuple[int, str, bytes]]) -> Iterator[str]:
    """A mirror on loopback that has these answers as article texts, and nothing else."""

    async def text(request: web.Request) -> web.Response:
        status, kind, body = answers[request.query["id"]]
        return web.Response(status=status, body=body, headers={"Content-Type": kind} if kind else {})

    async def nothing(_request: web.Request) -> web.Response:
        return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/NewsData/GetNewsText.do", text)
    app.router.add_get("/{anything:.*}", nothing)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return int(runner.addresses[0][1])

    port = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
