"""What a commit of the site says: `12 new, 1 removed: 样本财经报, 样本晚报 and 2 more`, and counts by media."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from finews.flows.front_matter import HANDLER
from finews.flows.place import ARCHIVE, LIVE
from finews.flows.post import TAG_END
from finews.schema.plain_text import clean_text

NEW, UPDATED, ARCHIVED, RESTORED, REMOVED = "new", "updated", "archived", "restored", "removed"
_ORDER = (NEW, UPDATED, ARCHIVED, RESTORED, REMOVED)
_NAMED = 2
_LISTED = 50
_LONGEST_NAME = 60
_HEAD = 4096
"""Bytes of a post in which its front matter stands."""
_POST = re.compile(rf"(?:{LIVE}|{ARCHIVE})/([^/]+\.md)")
_TAGS = re.compile(r"^tags:[ \t]*(.+)$", re.MULTILINE)
_NAMELESS = "other posts"


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Posts by what became of them, as paths where they lie now or lay last, and how many other files changed."""

    posts: Mapping[str, Sequence[str]]
    others: int = 0


def changes_of(listed: bytes) -> Changes:
    """What `git diff --name-status -z --no-renames` lists; a post that only moved is archived or restored."""
    fields = listed.decode("utf-8", "surrogateescape").split("\0")
    letters: dict[str, str] = dict(zip(fields[1::2], fields[0::2], strict=False))
    posts: dict[str, list[str]] = defaultdict(list)
    others = 0
    for path, letter in letters.items():
        match = _POST.fullmatch(path)
        if match is None:
            others += 1
            continue
        folder = path.partition("/")[0]
        other = f"{LIVE if folder == ARCHIVE else ARCHIVE}/{match[1]}"
        moved = {letter, letters.get(other)} == {"A", "D"}
        if not moved:
            posts[{"A": NEW, "D": REMOVED}.get(letter, UPDATED)].append(path)
        elif letter == "A":
            posts[ARCHIVED if folder == ARCHIVE else RESTORED].append(path)
    return Changes(posts=posts, others=others)


def message(changes: Changes, media_of: Callable[[Sequence[str]], Iterable[str]]) -> str:
    """The message of a commit; `media_of` gives the media names of posts that changed alike, one each."""
    by_media: dict[str, Counter[str]] = defaultdict(Counter)
    for what in _ORDER:
        for media in media_of(paths) if (paths := changes.posts.get(what, ())) else ():
            by_media[media][what] += 1
    if not by_media:
        return f"{_files(changes.others)} of the site"
    ranked = sorted(by_media, key=lambda name: (-by_media[name].total(), name))
    totals = sum(by_media.values(), Counter[str]())
    names = ", ".join(ranked[:_NAMED])
    if len(ranked) > _NAMED:
        names += f" and {len(ranked) - _NAMED} more"
    lines = [f"{name}: {_counted(by_media[name])}" for name in ranked[:_LISTED]]
    if len(ranked) > _LISTED:
        lines.append(f"and {len(ranked) - _LISTED} more")
    if changes.others:
        lines += ["", f"{_files(changes.others)} beside the posts"]
    return "\n".join([f"{_counted(totals)}: {names}", "", *lines])


def media_on_disk(site: Path, paths: Sequence[str]) -> Iterator[str]:
    """The media names of posts, read from their files."""
    for path in paths:
        try:
            with (site / path).open("rb") as file:
                yield media_in(file.read(_HEAD))
        except OSError:
            yield _NAMELESS


def media_in(post: bytes) -> str:
    """The media name in a post's tag, fit for a line of a message."""
    match = _TAGS.search(post.decode("utf-8", "replace"))
    tag: object = match[1].strip() if match else ""
    if isinstance(tag, str) and tag.startswith(("[", '"', "'")):
        try:
            tag = HANDLER.load(f"tags: {tag}").get("tags")
        except yaml.YAMLError:
            tag = ""
        tag = tag[0] if isinstance(tag, list) and tag else tag
    return clean_text(str(tag or "")).removesuffix(TAG_END)[:_LONGEST_NAME] or _NAMELESS


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[what]} {what}" for what in _ORDER if counts[what])


def _files(number: int) -> str:
    return f"{number} file{'s' * (number != 1)}"
