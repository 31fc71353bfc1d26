"""What tells texts apart that stand under several infoCodes: a hash over what a reader reads."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from finews.flows.visible_text import visible_text

SHORTEST: Final = 20
"""Characters; a shorter text (`图片新闻`, `快讯`) stands under many infoCodes without being one article."""
NO_TEXT: Final = b""
"""The hash of a body that says too little to be told from others: known, and equal to nothing."""

_CREDIT: Final = re.compile(r"<p\b[^<>]*\bem_media\b[^<>]*>.*?</p\s*>", re.DOTALL | re.IGNORECASE)
"""`（文章来源：…）` says who printed the text, and is not the text."""
_WIDE: Final = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u3000": " ", "…": "..."}
"""What NFKC makes of the signs that Chinese texts are full of; the rest of a text is mostly in NFKC already."""
_FOLDED: Final = {
    sign: plain
    for signs, plain in (
        ("“”„‟«»「」『』〝〞", '"'),
        ("‘’‚‛‹›`´", "'"),
        ("‐‑‒–—―−─━", "-"),
        ("•‧∙・", "·"),
        ("、", ","),
        ("。｡", "."),
        ("【〔〖", "["),
        ("】〕〗", "]"),
        ("〜", "~"),
        ("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    )
    for sign in signs
}
"""What NFKC leaves apart and a typesetter does not."""
_WIDE_SIGN: Final = re.compile("[\uff01-\uff5e\u3000…]")
_FOLDED_SIGN: Final = re.compile(f"[{''.join(_FOLDED)}]")


def text_hash(html: str) -> bytes:
    """16 bytes over the visible text of a body: the same for the same text in other markup, width or punctuation.

    NO_TEXT where fewer than SHORTEST characters can be read. Letters, digits and signs all count: `+2.5%` is
    another text than `-2.5%`.
    """
    if "em_media" in html:
        html = _CREDIT.sub(" ", html)
    text = _WIDE_SIGN.sub(lambda sign: _WIDE[sign[0]], visible_text(html))
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = "".join(_FOLDED_SIGN.sub(lambda sign: _FOLDED[sign[0]], text).split())
    if len(text) < SHORTEST:
        return NO_TEXT
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
