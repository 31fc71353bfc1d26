"""A post's file: its sign, by which it is known again without being read, as git does with its index."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from typing import Final

from finews.schema.settings import Settings

FORM: Final = 1
"""Goes up with every change after which the same row may give other bytes."""


def file_sign(settings: Settings, path: str) -> str:
    """The sign of the post at `path` in the site: size, times and number of its file, and the form that posts have.

    It changes with whatever is written, renamed or restored in its place, and with the settings that are part of
    every post. Raises OSError.
    """
    found = os.stat(f"{settings.site}/{path}")  # noqa: PTH116 - a Path costs more than the look
    return f"{form_of(settings)}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}"


def is_as_noted(settings: Settings, path: str, sign: str | None) -> bool:
    """Whether the post at `path` is the file that was noted with this sign."""
    try:
        return sign is not None and file_sign(settings, path) == sign
    except OSError:
        return False


def form_of(settings: Settings) -> str:
    """What all posts have in common, in a few characters."""
    return _form(settings.site_host, settings.share_base)


@lru_cache(maxsize=8)
def _form(site_host: str, share_base: str) -> str:
    return hashlib.blake2b(f"{FORM}|{site_host}|{share_base}".encode(), digest_size=4).hexdigest()
