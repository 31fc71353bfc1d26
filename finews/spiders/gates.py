"""Pages that stand in an article's way: a login form, a captcha.

Only for answers that are no JSON object and hold no article: news speaks of logins and codes too.
"""

from __future__ import annotations

import re
from typing import Final

# Every repetition has a bound: these run over whatever a stranger sends.
_LOGIN: Final = re.compile(
    r"""<input\b[^>]{0,300}?\btype\s{0,9}=\s{0,9}["']?password
      | <title[^>]{0,300}>[^<]{0,300}?(?:登[录陆]|\blog\s?in\b|\bsign\s?in\b)
      | <form\b[^>]{0,300}?\baction\s{0,9}=\s{0,9}["']?[^"'>\s]{0,300}?(?:login|passport|signin)""",
    re.IGNORECASE | re.VERBOSE,
)
_CAPTCHA: Final = re.compile(
    r"captcha|geetest|验证码|安全验证|人机验证|身份验证|滑块|滑动验证|完成验证|访问验证", re.IGNORECASE
)
_LOOKED_AT: Final = 50_000
"""Characters; such pages are short."""


def gate(text: str) -> str | None:
    """`login_page` or `captcha` if the text of an answer is that, else None."""
    seen = _without_inline_scripts(text[:_LOOKED_AT])
    if _LOGIN.search(seen):
        return "login_page"
    return "captcha" if _CAPTCHA.search(seen) else None


def _without_inline_scripts(text: str) -> str:
    # A script's address stays: it may be all that a captcha page has.
    kept: list[str] = []
    lower, at = text.lower(), 0
    # A few letters grow longer in lower case, and then the places would not be the same.
    if len(lower) != len(text):
        return text
    while (start := lower.find("<script", at)) >= 0:
        opened = lower.find(">", start)
        closed = lower.find("</script", opened) if opened >= 0 else -1
        if closed < 0:
            break
        kept.append(text[at : opened + 1])
        at = closed
    return "".join((*kept, text[at:]))
