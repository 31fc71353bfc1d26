"""Text of a stranger made fit for one line."""

import re

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def whole_characters(text: str) -> str:
    """`text` without NUL, each lone surrogate replaced by U+FFFD: it can be encoded and stored."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        # Twice as fast as looking for what is next to never there.
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def clean_text(text: str) -> str:
    """`text` on one line: whole characters only, each run of white space one blank, none at the ends."""
    return " ".join(whole_characters(text).split())
