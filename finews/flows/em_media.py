"""The source note at the end of an article."""

import re

from finews.flows.html_tree import elements, text_of

_NOTES = "//p[contains(concat(' ', normalize-space(@class), ' '), ' em_media ')]"
_LABEL = re.compile(r"\s*([（(]?)\s*文章来源\s*[：:]\s*")
_OPENING, _CLOSING = "（(", "）)"


def _until_closed(text: str) -> str:
    depth = 1
    for index, character in enumerate(text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
            if depth == 0:
                return text[:index]
    return text


def em_media(html: str) -> str:
    """The media name in `<p class="em_media">（文章来源：…）</p>`, on one line; `""` without such a note.

    Tags and parentheses may stand within the name. Any text is accepted.
    """
    if "em_media" not in html:
        return ""
    for note in elements(html, _NOTES):
        text = text_of(note)
        label = _LABEL.match(text)
        if label is None:
            continue
        name = text[label.end() :]
        name = (_until_closed(name) if label[1] else name).strip()
        if name:
            return name
    return ""
