"""A post as a record, and as the text that the site generator reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import yaml

from finews.flows.category import RESERVED
from finews.flows.front_matter import HANDLER, quoted
from finews.flows.link_target import link_target
from finews.flows.markdown_text import markdown_text, plain_of
from finews.schema.records import CHINA

__all__ = [
    "ROLLING_CATEGORY",
    "ROLLING_TAG",
    "TAG_END",
    "Post",
    "PostFormatError",
    "link_target",
    "parse",
    "render",
    "split",
]

ROLLING_CATEGORY = "emnews"
ROLLING_TAG = "东财滚动新闻"
TAG_END = "新闻"
"""Follows the media name in a tag."""

_FOOTER = re.compile(r"\n\n<([^<>\n]*)>\s*(?:\n\n\[返回.*?\]\(//([^/\s()]+)/.*)?\Z", re.DOTALL)
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_OFFSET = re.compile(r"[+-]\d\d:?\d\d\Z", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?: ([+-]\d\d:?\d\d))?")


class PostFormatError(ValueError):
    """The text is not a post of this site. `reasons` are machine words, in the order of the post's parts."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """`problems` is reason → what is wrong, in words."""
        self.reasons = tuple(problems)
        super().__init__("; ".join(problems.values()))


@dataclass(frozen=True, kw_only=True)
class Post:
    """What is published of one article.

    `title` is one line of clean text; `moment` is aware; `category` is a slug, or `emnews` for rolling
    news, which has no `media`; `body` is sanitised HTML; `digest` is the plain text that rolling news
    starts with; `link` stands between `<` and `>`.
    """

    title: str
    moment: datetime
    category: str
    media: str
    rolling: bool
    body: str
    digest: str | None
    link: str
    site_host: str

    def __post_init__(self) -> None:
        if self.moment.tzinfo is None:
            raise ValueError("the moment of a post must be aware")


def _in_address(slug: str) -> str:
    # Kramdown pairs the parentheses of an address; only where they do not pair must they be encoded.
    depth = 0
    for character in slug:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            break
    if depth == 0:
        return slug
    return slug.replace("(", "%28").replace(")", "%29")


def _footer(category: str, media: str, rolling: bool, site_host: str) -> str:
    home = f"[返回首页](//{site_host}/)"
    if rolling:
        return f"[返回{ROLLING_TAG}](//{site_host}/{ROLLING_CATEGORY}/)｜{home}"
    name = markdown_text(media, in_link=True)
    return f"[返回{name}{TAG_END}](//{site_host}/category/{_in_address(category)}.html)｜{home}"


@lru_cache(maxsize=4096)
def _shelf(category: str, media: str, rolling: bool, site_host: str) -> tuple[str, str]:
    """What all posts of a media have in common: the end of their front matter, and their footer."""
    tag = ROLLING_TAG if rolling else media + TAG_END
    front = HANDLER.export({"categories": category, "tags": tag})
    return f"{front}\n---\n", _footer(category, media, rolling, site_host)


def render(post: Post) -> str:
    """The text of the file of `post`, without a line break at its end."""
    return post_from(
        title=post.title,
        moment=post.moment,
        category=post.category,
        media=post.media,
        rolling=post.rolling,
        body=post.body,
        digest=post.digest,
        link=post.link,
        site_host=post.site_host,
    )


def post_from(
    *,
    title: str,
    moment: datetime,
    category: str,
    media: str,
    rolling: bool,
    body: str,
    digest: str | None,
    link: str,
    site_host: str,
) -> str:
    """The same of a post's parts: a replay has them at hand for each article, and spares itself the record."""
    shelf, footer = _shelf(category, media, rolling, site_host)
    china = moment.astimezone(CHINA)
    quotation = f"> {shown}\n\n" if rolling and digest and (shown := markdown_text(digest)) else ""
    return (
        # `strftime` takes four times as long as `isoformat`; neither pads a year.
        f"---\nlayout: post\ntitle: {quoted(title)}\n"
        f"date: {china.year}{china.isoformat(' ', 'seconds')[4:19]} +0800\n{shelf}"
        f"{quotation}{body}\n\n<{link}>\n\n{footer}"
    )


def split(text: str) -> tuple[str, str]:
    """The front matter between its lines, as YAML, and what follows it; raises PostFormatError."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        raise PostFormatError({"front_matter_missing": "the text does not start with front matter"})
    return match[1], text[match.end() :]


def _metadata(front: str) -> dict[str, object]:
    try:
        return HANDLER.load(front)
    except (yaml.YAMLError, RecursionError) as error:
        raise PostFormatError({"front_matter_broken": f"the front matter is not YAML: {error}"}) from error


def _one(metadata: dict[str, object], key: str, problems: dict[str, str], reason: str) -> str:
    value = metadata.get(key)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or not value.strip():
        problems[reason] = f"the front matter has no single `{key}`"
        return ""
    return value


def _moment(written: str, problems: dict[str, str]) -> datetime:
    """The moment that a date names; a naive one is China time, as the earlier program meant it."""
    if not _OFFSET.sub("", written).strip():
        problems["date_missing"] = "the front matter has no `date`"
    elif match := _DATE.fullmatch(written.strip()):
        day, time, offset = match.groups()
        try:
            return datetime.fromisoformat(f"{day}T{time}{offset or '+0800'}").astimezone(CHINA)
        except (ValueError, OverflowError):
            problems["date_broken"] = f"the date {written!r} does not exist"
    else:
        problems["date_broken"] = f"the date is {written!r}, not `YYYY-MM-DD HH:MM:SS +0800`"
    return datetime.min.replace(tzinfo=CHINA)


def parse(text: str, *, site_host: str = "") -> Post:
    """The post that `render` wrote as `text`.

    Earlier posts are read too: a date without an offset is China time, and the footer may be of an older
    form or missing, in which case the post has the given `site_host`. Raises `PostFormatError`, which names all
    that is wrong.
    """
    front, content = split(text)
    metadata = _metadata(front)
    problems: dict[str, str] = {}
    title = _one(metadata, "title", problems, "title_missing")
    moment = _moment(_one(metadata, "date", problems, "date_missing"), problems)
    category = _one(metadata, "categories", problems, "category_missing")
    tag = _one(metadata, "tags", problems, "media_missing")
    footer = _last_footer(content)
    if footer is None:
        problems["link_missing"] = "the text has no link line"
    elif not footer[1]:
        problems["link_missing"] = "the link line is empty"
    rolling = category in RESERVED and tag == ROLLING_TAG
    if tag and not rolling and not (tag.endswith(TAG_END) and tag.removesuffix(TAG_END)):
        problems["media_missing"] = "the tag names no media"
    if problems or footer is None:
        raise PostFormatError(problems)
    body, digest = content[: footer.start()], None
    if rolling and body.startswith("> "):
        quotation, _, body = body.partition("\n\n")
        digest = plain_of(quotation[2:])
    return Post(
        title=title,
        moment=moment,
        category=category,
        media="" if rolling else tag.removesuffix(TAG_END),
        rolling=rolling,
        body=body,
        digest=digest,
        link=footer[1],
        site_host=footer[2] or site_host,
    )


def _last_footer(content: str) -> re.Match[str] | None:
    # The body is HTML of any kind, so the link line is the last that looks like one.
    start = len(content)
    while (start := content.rfind("\n\n<", 0, start)) >= 0:
        if match := _FOOTER.match(content, start):
            return match
    return None
