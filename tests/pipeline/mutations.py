"""Hostile answers made from good ones: seeded, so that each case can be made again."""

from __future__ import annotations

import json
from random import Random
from typing import Any

_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    10**30,
    "",
    " ",
    "\u3000",
    [],
    {},
    [None],
    [[["x"]]],
    {"a": {"b": "c"}},
    "null",
    "\ud800",
    "\x00",
    "a\x00b",
    "\u202e反",
    "\ufeff",
    "😀" * 40,
    "长" * 3000,
    "---",
    "{{ site.title }}",
    "{% raw %}",
    '"; rm: "',
    "- a: &b *c",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "$$x$$",
    "# 标题",
    "0000-00-00 00:00:00",
    "9999-12-31 23:59:59",
    "99999-01-01 00:00:00",
    "2026-02-30 10:00:00",
    "2026-03-10",
    "2026-03-10T09:30:00Z",
    "1773106200",
    1773106200,
    "２０２６-０３-１０ ０９:３０:００",
)
_SNIPPETS: tuple[str, ...] = (
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><style><img onerror=alert(1) src=x>",
    "<table><tr><p>",
    "</div></div></div>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='jav&#x0A;ascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<p style='background:url(javascript:alert(1))'>",
    "<template><p>",
    "<textarea>",
    "<title>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "&#0;",
    "&#x110000;",
    "&amp;lt;",
    "&" * 50,
    "<" * 50,
    "<p " + "a=b " * 50 + ">",
    "\x00",
    "\ud83d",
    "\n---\n",
    "{{ x }}",
    "{% include x %}",
    "{% endraw %}",
    "\u3000\u3000",
    "<span data-code='1,600160'>",
    "<span data-code='>'>",
    "<b><i></b></i>",
    "<plaintext>",
    "<meta charset=utf-7>",
    "<base href=//x>",
    "<form><input onfocus=alert(1) autofocus>",
    "<object data=x>",
    "<p>" * 300,
    "<link rel=stylesheet href=//x>",
)


def good(info_code: str, number: int) -> dict[str, Any]:
    """The article text of a plain article."""
    return {
        "id": info_code,
        "title": f"第{number}条消息：样本公司发布公告",
        "date": "2026-03-10 09:30:00",
        "from": "样本财经报",
        "medianame": "样本财经报",
        "author": ["某某"],
        "newsid": info_code[2:],
        "order": 1,
        "url": "",
        "reletecodes": ["600160"],
        "text": f"<p>样本公司今日发布第{number}号公告。</p>"
        '<p><span data-code="1,600160">样本股份</span>称经营正常。</p>'
        '<table><tr><td>甲</td><td>乙</td></tr></table><p class="em_media">（文章来源：样本财经报）</p>',
    }


def hostile(info_code: str, number: int, chance: Random) -> tuple[int, str, bytes]:
    """Status, content type and body of one hostile answer for this article."""
    value = good(info_code, number)
    for _ in range(chance.randint(1, 3)):
        chance.choice((_spoil_field, _spoil_field, _spoil_html, _spoil_html, _drop_field))(value, chance)
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5)
    body = text.encode("utf-8", "surrogatepass")
    body = chance.choice((_whole, _whole, _whole, _whole, _cut, _flipped, _wrapped, _recoded))(body, chance)
    kind = chance.choice(
        ("application/json", "application/json; charset=utf-8", "text/html", "text/plain", "")
    )
    return chance.choices((200, 404, 403, 400), (94, 3, 2, 1))[0], kind, body


def _spoil_field(value: dict[str, Any], chance: Random) -> None:
    value[chance.choice(list(value) or ["text"])] = chance.choice(_VALUES)


def _drop_field(value: dict[str, Any], chance: Random) -> None:
    value.pop(chance.choice(list(value)), None)


def _spoil_html(value: dict[str, Any], chance: Random) -> None:
    html = value.get("text")
    if isinstance(html, str):
        for _ in range(chance.randint(1, 4)):
            place = chance.randint(0, len(html))
            html = html[:place] + chance.choice(_SNIPPETS) + html[place:]
        value["text"] = html


def _whole(body: bytes, _chance: Random) -> bytes:
    return body


def _cut(body: bytes, chance: Random) -> bytes:
    return body[: chance.randint(0, len(body))]


def _flipped(body: bytes, chance: Random) -> bytes:
    spoilt = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def _wrapped(body: bytes, chance: Random) -> bytes:
    before, after = chance.choice(
        (
            (b"[", b"]"),
            (b"jsonp(", b")"),
            (b"\xef\xbb\xbf", b""),
            (b"<html><body>", b"</body></html>"),
            (b'{"a":' * 200, b"}" * 200),
            (b'<div id="ContentBody"><p>', b"</p></div>"),
            (b"", b"\x00"),
            (b" \n", b" \n"),
        )
    )
    return before + body + after


def _recoded(body: bytes, chance: Random) -> bytes:
    text = body.decode("utf-8", "replace")
    return text.encode(chance.choice(("gb18030", "utf-16", "utf-16-le", "big5", "shift_jis")), "replace")
