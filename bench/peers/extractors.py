"""Readies newspaper4k, and news-please on top of it, before the clock starts, without a request to anybody."""

from __future__ import annotations

import logging

import jieba
import tldextract


def ready() -> None:
    """Loads what would be loaded, or fetched, with the first article."""
    jieba.setLogLevel(logging.WARNING)
    # The Chinese dictionary takes most of a second, once a process: a start, like an import.
    jieba.initialize()
    # The list of public suffixes would be fetched from the web; the one in the package is as good here.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
