"""`publish --build`: the site by Jekyll, where it is installed."""

from __future__ import annotations

import os
import re
from pathlib import Path

from finews.flows.file_lock import file_lock
from finews.flows.program import Ended, installed, run_program, without_secrets
from finews.schema.errors import BuildFailedError
from finews.schema.settings import Settings

BUILT = "_site"
"""Folder of the built site, in the site."""
_WAIT = 900.0
"""Seconds that a build waits for another one; what that one leaves out, this one builds."""
_PASSED_ON = (
    *("PATH", "HOME", "TMPDIR", "TZ", "JEKYLL_ENV", "GEM_HOME", "GEM_PATH"),
    *("BUNDLE_PATH", "BUNDLE_GEMFILE", "BUNDLE_APP_CONFIG"),
)
"""Of the environment Jekyll and its plugins get what finds them, and no secret."""
_NOISE = re.compile(r"\s*(?:-+|Jekyll [\d.]+ +Please append .*|for any additional information.*|)\s*")
_MOST_LINES = 3


def build_site(settings: Settings) -> Path:
    """Builds the site; returns the folder of what was built.

    Raises ProgramMissingError, BusyError, and BuildFailedError with Jekyll's own last words.
    """
    jekyll = installed("jekyll", advice="Install it with `apt install jekyll` or `gem install jekyll`")
    site = settings.site
    if not site.is_dir():
        raise BuildFailedError(f"there is no site in {site}", advice="Publish an article first")
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    with file_lock(site, seconds=_WAIT, busy=f"another build of {site}") as lock:
        ended = run_program(
            [jekyll, "build", "--source", str(site), "--destination", str(site / BUILT)],
            folder=site,
            environment={"JEKYLL_ENV": "production"} | environment,
            inherited=[lock],
        )
    if ended.status:
        raise BuildFailedError(
            _last_words(ended), advice=f"`jekyll build --source {site} --trace` shows more"
        )
    return site / BUILT


def _last_words(ended: Ended) -> str:
    said = (
        without_secrets(ended.err).splitlines()
        or without_secrets(ended.out.decode("utf-8", "replace")).splitlines()
    )
    lines = [" ".join(line.split()) for line in said if not _NOISE.fullmatch(line)]
    # The error is told first and explained after; what went before it is told by a colon at its head.
    first = next(
        (place for place, line in enumerate(lines) if re.match(r".*(?:Error|Exception)\b", line)),
        -_MOST_LINES,
    )
    words = "; ".join(lines[first:][:_MOST_LINES])
    return words or (f"signal {-ended.status}" if ended.status < 0 else f"status {ended.status}")
