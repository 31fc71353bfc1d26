"""Login pages and captchas, and what is neither."""

from __future__ import annotations

from time import process_time

import pytest

from finews.newsroom import pages
from finews.spiders.gates import gate


@pytest.mark.parametrize(
    "page",
    [
        pages.LOGIN,
        "<input name=a TYPE = 'password'>",
        "<title>用户登陆</title>",
        "<title>Please log in</title>",
        "<form method=post action=/passport/x>验证码<input></form>",
    ],
)
def test_login(page: str) -> None:
    """By its password field, title or form."""
    assert gate(page) == "login_page"


@pytest.mark.parametrize(
    "page",
    [
        pages.CAPTCHA,
        "<p>请输入验证码</p>",
        "<script src='/captcha/slide.js'></script>",
        "访问过于频繁，请完成验证",
    ],
)
def test_captcha(page: str) -> None:
    """By its words or its scripts."""
    assert gate(page) == "captcha"


@pytest.mark.parametrize(
    "page",
    [
        pages.SHARE_SHELL,
        pages.NOT_FOUND,
        pages.BUSY,
        "<script>if (login) { captcha() }</script>",
        "<title>博客日志</title><a href=/login>登录</a>",
        "",
    ],
)
def test_neither(page: str) -> None:
    """A shell, an error page, a link to a login, a script that could ask for one."""
    assert gate(page) is None


@pytest.mark.parametrize(
    "piece", ["<script>", "<input ", "<title>", "<title", "<form action=", "type ", "İ<script>"]
)
def test_hostile_pages_take_no_time(piece: str) -> None:
    """Patterns do not run wild over megabytes."""
    began = process_time()
    assert gate(piece * 1_000_000) is None
    assert process_time() - began < 5
