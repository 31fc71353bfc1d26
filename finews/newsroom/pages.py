"""The HTML pages of the source: share shell, server-rendered article, and what stands in for them."""

from __future__ import annotations

from html import escape
from typing import Final

from .article import SourceArticle

NOT_FOUND: Final = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>404</title></head>
<body><h1>页面不存在</h1><p>您访问的内容可能已被删除。</p></body></html>
"""

LOGIN: Final = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>用户登录</title></head>
<body><div class="login"><h1>请先登录</h1>
<form method="post" action="/passport/login">
<label>账号 <input type="text" name="account"></label>
<label>密码 <input type="password" name="password"></label>
<button type="submit">登录</button>
</form></div></body></html>
"""

CAPTCHA: Final = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>安全验证</title></head>
<body><div id="captcha" class="captcha-box"><h1>安全验证</h1>
<p>访问过于频繁，请拖动滑块完成验证后继续。</p>
<div class="captcha-slider"><span class="handle"></span></div>
</div></body></html>
"""

BUSY: Final = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>系统维护</title></head>
<body><p>页面正在维护，请稍后再来。</p></body></html>
"""

# The shell is the same for every article: its script reads the infoCode off the address.
SHARE_SHELL: Final = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>资讯详情</title></head>
<body><div id="app"><h1 id="title"></h1><div id="content">正在加载…</div></div>
<script>
const code = new URLSearchParams(location.search).get("infoCode");
fetch("/NewsData/GetNewsText.do?id=" + encodeURIComponent(code))
  .then(answer => answer.json())
  .then(article => {
    document.getElementById("title").textContent = article.title;
    document.getElementById("content").innerHTML = article.text || article.content;
  });
</script></body></html>
"""


def rendered_article(article: SourceArticle) -> str:
    """The page of an article that has no article text, in the shape such pages had in 2021 and 2022."""
    day, _, clock = article.moment.partition(" ")
    year, month, date = day.split("-") if day.count("-") == 2 else ("", "", "")
    when = f"{year}年{month}月{date}日 {clock[:5]}" if year else ""
    source = article.medianame or article.from_
    authors = "".join(f'<div class="item">作者：{escape(name)}</div>' for name in article.author)
    return f"""<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8">
<title>{escape(article.title)} _ 财经资讯</title></head>
<body><div class="topbar"><a href="/">首页</a></div>
<div class="newsContent"><h1>{escape(article.title)}</h1>
<div class="tipInfo"><div class="infos"><div class="item">{when}</div>\
<div class="item">来源：{escape(source)}</div>{authors}</div></div>
<div id="ContentBody" class="txtinfos">
{article.body}
</div>
<div class="clear"></div></div>
<div class="footer"><p>郑重声明：以上内容与本站立场无关。</p></div>
</body></html>
"""
