"""A real build of a site folder by Debian's Jekyll, in its strict ways, without a word that is no plain progress."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

_STRICT = "liquid:\n  error_mode: strict\n  strict_filters: true\n"
_PROGRESS = re.compile(
    r"""\s*(?:
        Configuration\ file:\ .*
      | Source:\ .*
      | Destination:\ .*
      | Incremental\ build:\ disabled\..*
      | Generating\.\.\.
      | Jekyll\ Feed:\ Generating\ feed\ for\ posts
      | done\ in\ [\d.]+\ seconds\.
      | Auto-regeneration:\ disabled\..*
    )?\s*""",
    re.VERBOSE,
)


def build(site: Path) -> Path:
    """Builds the site and returns the folder of its pages; a warning of any kind fails the test."""
    strict = site.parent / f"{site.name}-strict.yml"
    strict.write_text(_STRICT, encoding="utf-8")
    command = ["jekyll", "build", "--strict_front_matter", "--disable-disk-cache", "--config"]
    done = subprocess.run(
        [*command, f"_config.yml,{strict}"],
        cwd=site,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    if "you don't have jekyll-" in done.stderr:
        pytest.skip("Jekyll's plugins are not installed (Debian's ruby-jekyll-feed and ruby-jekyll-sitemap)")
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in done.stdout.splitlines() if not _PROGRESS.fullmatch(line)]
    assert not said, "\n".join(said)
    assert not done.stderr, done.stderr
    return site / "_site"
