"""The front matter of a post, in the one form in which posts are written."""

import re

import yaml
from frontmatter.default_handlers import YAMLHandler

# What YAML keeps out of a stream, and what it takes for a line break or a byte-order mark.
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_PLAIN = re.compile(r"[^\W_][\w.()（）《》“”·、+&/-]*")
_OTHER_TYPE = re.compile(
    r"""
    [~.0-9][0-9_,.]*(?:e[-+]?[0-9_]*)?                  # numbers, also `1_000`, `1e5` and `1.`
  | 0[box]?[0-9a-f_]*
  | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*                    # dates
  | y|n|yes|no|on|off|true|false|null|nan|inf|infinity
    """,
    re.VERBOSE | re.IGNORECASE,
)

# libyaml, as Ruby's: ten times as fast, and what the site generator reads with.
_STRINGS_ONLY = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Reads front matter with the types that YAML gives its values."""


def _escape(character: re.Match[str]) -> str:
    found = character[0]
    if found in _SHORT:
        return _SHORT[found]
    code = ord(found)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def quoted(text: str) -> str:
    """`text` as a double-quoted YAML scalar on one line."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def scalar(text: str) -> str:
    """`text` as a YAML scalar: plain where Python and Ruby read it back as that string, else quoted."""
    if _PLAIN.fullmatch(text) and not _OTHER_TYPE.fullmatch(text):
        return text
    return quoted(text)


def word(text: str) -> str:
    """`text` as the one category or tag that Jekyll reads; it splits a string at its blanks."""
    return f"[{quoted(text)}]" if len(text.split()) > 1 else scalar(text)


class PostHandler(YAMLHandler):  # type: ignore[misc, unused-ignore]
    """Writes the keys in the order in which they are given."""

    def export(self, metadata: dict[str, object], **_options: object) -> str:
        """The lines of the front matter, without the lines around them."""
        form = {"title": quoted, "categories": word, "tags": word}
        return "\n".join(f"{key}: {form.get(key, str)(str(value))}" for key, value in metadata.items())

    def load(self, fm: str, **_options: object) -> dict[str, object]:
        """The front matter with every value as it is spelled: a category `2024` is a string."""
        loaded = yaml.load(fm, Loader=_STRINGS_ONLY)  # noqa: S506
        return {str(key): value for key, value in loaded.items()} if isinstance(loaded, dict) else {}


HANDLER = PostHandler()
