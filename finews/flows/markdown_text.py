"""Plain text as Markdown that shows exactly that text."""

import re
from collections.abc import Iterator

from finews.schema.plain_text import clean_text

_ORDINARY = re.compile(r"""[^"'|\\<>\-.$~{&#+*_`\[\]^0-9]*+""")

# Each alternative is one character that the site generator (Liquid, then kramdown) would act on where it
# stands. References are used throughout: a backslash is an escape to one of the two only.
_ANYWHERE = r"""
    ["'|]                                         # typographic quotes; one pipe makes a line a table
  | \\(?=[\\.*_+`<>()\[\]{}\#!:|"'$=~-]|\Z)       # would escape what follows
  | <(?=[^\W\d]|[:/!<]|[\w.-]+@)                  # a tag, a guillemet, an autolink
  | >(?=>) | -(?=-) | \.(?=\.\.) | \$(?=\$) | ~(?=~)
  | \{(?=[{%:])                                   # Liquid; an attribute list
  | &(?=[\#\w:][\w:.-]{0,80};)                    # a reference
"""
_IN_PARAGRAPH = re.compile(_ANYWHERE + r"| (?<=\])\(", re.VERBOSE)
_IN_LINK = re.compile(_ANYWHERE + r"| [\[\]]", re.VERBOSE)
_AT_START = re.compile(
    r"""
    >                          # a quotation
  | \#(?=\#{0,5}\ )            # a heading
  | [-+*](?=\ )                # a list
  | (?P<number>[0-9]+)\.(?=\ )
  | _(?=[_ ]*\Z)               # a rule
  | \[(?=[^\]]+\]:)            # a definition
  | \*(?=\[.+\]:)
  | \^(?=\Z)                   # the mark that ends a block
    """,
    re.VERBOSE,
)
_STARS = re.compile(r"\*+")
_UNDERSCORES = re.compile(r"_+")
_AFTER_LETTER = re.compile(r"[^\W\d_]-?\Z")
_REFERENCE = re.compile(r"&#([0-9]{2,3});")


def _emphasis(text: str, *, in_link: bool) -> Iterator[int]:
    # A mark opens emphasis unless a blank follows, and becomes it when a second one is found. The address
    # of a link, where kramdown looks too, may hold underscores.
    if text.count("*") > 1:
        for run in _STARS.finditer(text):
            if len(run[0]) > 2 or not text.startswith(" ", run.end()):
                yield from range(*run.span())
    if text.count("_") > (0 if in_link else 1):
        for run in _UNDERSCORES.finditer(text):
            within_word = _AFTER_LETTER.search(text, max(0, run.start() - 2), run.start())
            if len(run[0]) > 2 or not (within_word or text.startswith(" ", run.end())):
                yield from range(*run.span())


def _special(text: str, *, in_link: bool) -> Iterator[int]:
    last_end = text.rfind(">")
    for match in (_IN_LINK if in_link else _IN_PARAGRAPH).finditer(text):
        # Without a `>` to end it there is no tag.
        if match[0] != "<" or match.start() < last_end or text.startswith("<<", match.start()):
            yield match.start()
    yield from _emphasis(text, in_link=in_link)
    if text.count("`") > 1:
        yield from (index for index, character in enumerate(text) if character == "`")
    if not in_link and (start := _AT_START.match(text)):
        yield len(start["number"] or "")


def markdown_text(text: str, *, in_link: bool = False) -> str:
    """`text` as one line of Markdown that shows its characters, and nothing else.

    Runs of white space become one blank. What has a meaning to Jekyll is written as a reference such as
    `&#42;`, and what has none as it is. The line is a paragraph of its own; `in_link` says that it stands
    in the text of a link instead, where brackets count and the start of a line does not.
    """
    text = clean_text(text)
    if _ORDINARY.fullmatch(text):
        return text
    special = sorted(set(_special(text, in_link=in_link)))
    parts: list[str] = []
    last = 0
    for index in special:
        parts += (text[last:index], f"&#{ord(text[index])};")
        last = index + 1
    parts.append(text[last:])
    return "".join(parts)


def plain_of(markdown: str) -> str:
    """The text of which `markdown_text` made `markdown`."""
    return _REFERENCE.sub(lambda reference: chr(int(reference[1])), markdown)
