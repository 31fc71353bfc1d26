"""A post of a site that was there before finews: its file → an article, and whether the file may stay as it is.

Its identity is the infoCode of the file's name, and the link line has to name the same article. A name without one
is not made up for by a link that has one: the link tells what a text is about, the name whose post it is, and an
owner's own text may well end with the link of an article.

A file stays to the byte where it differs from what would be written today in its form alone: blank lines, the
footer's layout and host, further keys of the front matter, quotes. Where the site generator would read or show
something else than the contract says, it is written anew. A date without an offset is such a case: the old program
meant China time, and Jekyll reads UTC.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import yaml

from finews.flows.front_matter import HANDLER, SAFE_LOADER
from finews.flows.markdown_text import markdown_text
from finews.flows.post import (
    ROLLING_CATEGORY,
    ROLLING_TAG,
    TAG_END,
    Post,
    PostFormatError,
    link_target,
    parse,
    render,
    split,
)
from finews.flows.sanitise import is_empty, sanitise
from finews.flows.securities import securities
from finews.schema.errors import InvalidLinkError
from finews.schema.infocode import as_code, digits, parse_link
from finews.schema.plain_text import clean_text
from finews.schema.records import Article, Payload, Rejection
from finews.schema.settings import Settings

_NAME = re.compile(r"(.*?)(?:NW)?([0-9]{18})\.md", re.ASCII | re.DOTALL)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})-", re.ASCII)
_CODES = re.compile(r"(?<![0-9])[0-9]{18}(?![0-9])", re.ASCII)
_CATEGORY = re.compile(r"(?=[^.]|\.+[^.])[\w.()（）·+-]{1,200}")
"""What may name a folder and stand in an address: older programs left more characters in it than ours does."""
_HOST = re.compile(r"\[返回首页\]\(//([A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~/-]*)?)/\)")
_BETWEEN_FOOTERS = re.compile(r"(?:\s|｜)+")
_WITH_OFFSET = re.compile(r"[+-][0-9]{2}:?[0-9]{2}\Z", re.ASCII)
_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True, kw_only=True)
class OldPost:
    """A post file that was read, before it has a payload.

    `rewritten` says why it will be written anew, empty where it stays; `verbatim` that today's rendering would have
    other bytes, though it stays.
    """

    info_code: str
    path: str
    content: bytes
    category: str
    media: str
    rewritten: str
    verbatim: bool

    @property
    def name(self) -> str:
        """The file's name, which is for good."""
        return self.path.rpartition("/")[2]

    @cached_property
    def hash(self) -> bytes:
        """SHA-256 of the file."""
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True, kw_only=True)
class NotRead:
    """A file that is no article's post: why not, in machine words; `own` says that it is the owner's own."""

    path: str
    reasons: tuple[str, ...]
    own: bool = False


def read_old_post(path: str, content: bytes, settings: Settings) -> OldPost | NotRead:
    """What the file at `path` of a site is."""
    name = path.rpartition("/")[2]
    named = _NAME.fullmatch(name)
    code = as_code(named[2]) if named else None
    wrong: tuple[str, ...] = ()
    if not named:
        wrong = ("name_without_code",)
    elif not code or not _is_day(named[1]):
        wrong = ("name_broken",)
    try:
        text = _text(content)
        post = parse(text, site_host=settings.site_host)
        front, after = split(text)
    except UnicodeDecodeError:
        return NotRead(path=path, reasons=("not_utf8",), own=not named)
    except PostFormatError as error:
        return NotRead(path=path, reasons=error.reasons + wrong, own=not named)
    if wrong or not code:
        return NotRead(path=path, reasons=wrong, own=not named)
    body, shown = _body(post.body)
    article = _article(post, code, body, payload_id=0)
    if wrong := _wrong(post, article, settings):
        return NotRead(path=path, reasons=wrong)
    tag = ROLLING_TAG if article.rolling else article.media + TAG_END
    today = _render(article, post.category, settings.site_host, article.link or settings.share_link(code))
    same = today == content.decode()
    rewritten = ""
    if not same:
        rewritten = _misread(front, article, post.category, tag) or _misshown(after, post, article, shown)
    return OldPost(
        info_code=code,
        path=path,
        content=content,
        category=post.category,
        media=article.media,
        rewritten=rewritten,
        verbatim=not same and not rewritten,
    )


def article_of(payload: Payload, number: int) -> Article | Rejection:
    """The article of the imported file that is payload `number`."""
    try:
        post = parse(_text(payload.body))
    except (UnicodeDecodeError, PostFormatError) as error:
        reason = error.reasons[0] if isinstance(error, PostFormatError) else "not_utf8"
        return Rejection(info_code=payload.info_code, stage="read", reason=reason, payload_id=number)
    return _article(post, payload.info_code, _body(post.body)[0], payload_id=number)


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def _is_day(prefix: str) -> bool:
    match = _DAY.fullmatch(prefix)
    try:
        return match is not None and date(*map(int, match.groups())) is not None
    except ValueError:
        return False


def _wrong(post: Post, article: Article, settings: Settings) -> tuple[str, ...]:
    """Why a post that can be read is still not the post of this article."""
    found = {
        "title_missing": not article.title,
        "category_broken": not _CATEGORY.fullmatch(post.category)
        or (post.category == ROLLING_CATEGORY) is not post.rolling,
        "media_missing": not post.rolling and not article.media,
        "body_empty": is_empty(article.body),
        "link_broken": link_target(post.link) is None,
        "name_mismatch": not _names(post, article.info_code, settings),
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _names(post: Post, code: str, settings: Settings) -> bool:
    """Whether the link line may stand under the post of this article.

    Rolling news has whatever address the feed gave; only one that holds another article's code speaks against it.
    """
    try:
        return parse_link(post.link, mirror_hosts=settings.mirror_hosts) == code
    except InvalidLinkError:
        codes = {found for found in _CODES.findall(post.link) if as_code(found)}
        return digits(code) in codes or (post.rolling and not codes)


def _article(post: Post, code: str, body: str, *, payload_id: int) -> Article:
    return Article(
        info_code=code,
        rolling=post.rolling,
        title=clean_text(post.title),
        moment=post.moment,
        media=clean_text(post.media),
        digest=clean_text(post.digest or ""),
        link=(link_target(post.link) or "") if post.rolling else "",
        body=body,
        payload_id=payload_id,
        securities=securities(body),
    )


def _body(written: str) -> tuple[str, bool]:
    """The body as today's rules have it, and whether the file shows just that.

    The first rolling news were text, paragraphs apart by blank lines: Markdown and we make the same of them.
    """
    body = sanitise(written)
    if body == written:
        return body, True
    plain = written.strip("\n")
    if "<" not in plain and len(paragraphs := _PARAGRAPH_BREAK.split(plain)) > 1:
        body = sanitise("\n".join(f"<p>{each}</p>" for each in paragraphs))
        return body, all(sanitise(each) == each for each in paragraphs)
    body = sanitise(plain)
    return body, body == plain


def _render(article: Article, category: str, site_host: str, link: str) -> str:
    return render(
        Post(
            title=article.title,
            moment=article.moment,
            category=category,
            media=article.media,
            rolling=article.rolling,
            body=article.body,
            digest=article.digest or None,
            link=link,
            site_host=site_host,
        )
    )


def _misread(front: str, article: Article, category: str, tag: str) -> str:
    """Why the site generator reads another title, moment, category or tag out of the front matter; empty if not."""
    try:
        read = yaml.load(front, Loader=SAFE_LOADER)  # noqa: S506
        written = HANDLER.load(front)["date"]
    except (yaml.YAMLError, ValueError, ArithmeticError):
        return "front_matter_unclear"
    if not isinstance(written, str) or not _WITH_OFFSET.search(written):
        return "naive_date"
    if read.get("title") != article.title:
        return "title_unclear"
    if _words(read, "category", "categories") != [category]:
        return "category_unclear"
    return "tag_unclear" if _words(read, "tag", "tags") != [tag] else ""


def _words(read: dict[Any, Any], one: str, many: str) -> list[Any]:
    """Categories or tags as Jekyll collects them: it splits a string at its blanks."""
    value = read.get(many)
    words = value.split() if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [each for each in (read.get(one), *words) if each is not None]


def _misshown(after: str, post: Post, article: Article, shown: bool) -> str:
    """Why the site generator shows something else than today's post, or acts on something; empty if it does not."""
    quotation = f"> {markdown_text(post.digest)}\n\n" if post.digest else ""
    if not shown:
        return "unsafe_html"
    if not after.startswith(quotation + post.body):
        return "digest_unclear"
    if link_target(post.link) != post.link:
        return "link_unsafe"
    home = _HOST.search(after, len(quotation) + len(post.body))
    today = _render(article, post.category, home[1] if home else post.site_host, post.link)
    footer = _BETWEEN_FOOTERS.sub(" ", after.removeprefix(f"{quotation}{post.body}\n\n<{post.link}>")).strip()
    expected = _BETWEEN_FOOTERS.sub(" ", today.rpartition(f"<{post.link}>")[2]).strip()
    return "" if footer in ("", expected) else "footer_unclear"
