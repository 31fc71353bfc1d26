"""What a reader sees of HTML."""

import re
from html import unescape

_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|svg|math|iframe|noscript|template|title)\b.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|bdi|bdo|cite|code|del|dfn|em|font|i|ins|kbd|mark|nobr|q|s|samp|small|span|strike|strong"
    r"|sub|sup|time|tt|u|var|wbr)(?=[\s/>])[^<>]*+>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*+>|<[!?][^<>]*+>")
_IMAGE = re.compile(r"<img\b[^<>]*?\ssrc=.?[^\s\"'<>]", re.IGNORECASE)
_PLAINLY_SEEN = re.compile(r"(?:\A|>)[ \n\u3000]*[^\W_]")
"""A letter or digit at the start of a text: what most articles have, and it says enough."""
_WIDTHLESS = str.maketrans("", "", "\u00ad\u200b\u200c\u200d\u2060\ufeff")


def visible_text(html: str) -> str:
    """The text of `html` on one line: no tags, references resolved, runs of white space one blank."""
    html = _UNSEEN.sub(" ", html)
    html = _TAG.sub(" ", _INLINE.sub("", html))
    return " ".join(unescape(html).split())


def is_empty(html: str) -> bool:
    """Whether sanitised `html` shows neither text nor an image."""
    if _PLAINLY_SEEN.search(html):
        return False
    return not visible_text(html).translate(_WIDTHLESS).strip() and _IMAGE.search(html) is None
