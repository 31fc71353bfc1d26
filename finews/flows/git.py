"""Git, called so that it asks nobody, shows no password and is led nowhere else by the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from finews.flows.program import Ended, installed, run_program, without_secrets
from finews.schema.errors import GitError, RemoteUnreachableError

_LONGEST_TALK = 900.0
"""Seconds that a push or a fetch may take."""
_OPTIONS = (
    *("-c", "core.askPass=", "-c", "core.autocrlf=false", "-c", "core.quotePath=false"),
    # What runs on in the background would hold our lock; what is slow for a minute is away.
    *("-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false"),
    *("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60"),
)
_KEPT_OF_GIT = frozenset(
    {
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSL_CAINFO",
        "GIT_SSL_NO_VERIFY",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
    }
)
"""Others say which repository, index or editor is meant, which we know better, or ask for passwords."""
_ADVICE = ("hint: ", "Please make sure you have the correct access", "and the repository exists")


class Git:
    """Git in one folder. `lock` is the descriptor of a lock that every git process holds with us."""

    def __init__(self, folder: Path, *, lock: int | None = None) -> None:
        self.folder = folder
        self._program = installed("git", advice="Install it with `apt install git`")
        self._inherited = [] if lock is None else [lock]
        self.person: dict[str, str] = {}
        """Name and e-mail of author and committer, as git's own variables."""
        self.was_killed = False
        """Whether a git process was ended by a signal: then it may have left its locks."""

    def locked_by(self, lock: int) -> Git:
        """The same, holding a lock."""
        git = Git(self.folder, lock=lock)
        git.person = self.person
        return git

    def end(
        self,
        *arguments: str,
        given: bytes = b"",
        environment: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Ended:
        """Runs git to its end, whatever that is; raises TimeoutError."""
        try:
            ended = run_program(
                [self._program, *_OPTIONS, *arguments],
                folder=self.folder,
                environment=_environment() | self.person | dict(environment or {}),
                given=given,
                seconds=seconds,
                inherited=self._inherited,
            )
        except TimeoutError:
            self.was_killed = True
            raise
        self.was_killed |= ended.status < 0
        return ended

    def raw(self, *arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """What git answers; raises GitError with its own words."""
        ended = self.end(*arguments, given=given, environment=environment)
        if ended.status:
            raise GitError(words_of(ended))
        return ended.out

    def __call__(
        self, *arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> str:
        """What git answers, as text without the white space around it; raises GitError."""
        return self.raw(*arguments, given=given, environment=environment).decode("utf-8", "replace").strip()

    def asked(self, *arguments: str) -> str | None:
        """What git answers, or None where it says that there is no such thing."""
        ended = self.end(*arguments)
        return None if ended.status else ended.out.decode("utf-8", "replace").strip()

    def talk(self, *arguments: str) -> Ended:
        """A push or a fetch; raises RemoteUnreachableError where it takes too long."""
        try:
            return self.end(*arguments, seconds=_LONGEST_TALK)
        except TimeoutError:
            raise RemoteUnreachableError(f"no answer within {_LONGEST_TALK:g} s") from None


def words_of(ended: Ended) -> str:
    """What git or a hook said at last, on one line, without its advice."""
    refusals = [line for line in ended.out.decode("utf-8", "replace").splitlines() if line.startswith("!")]
    said = [*without_secrets(ended.err).splitlines(), *map(without_secrets, refusals)]
    lines = [" ".join(line.split()) for line in said if line.strip() and not line.startswith(_ADVICE)]
    if lines:
        return "; ".join(dict.fromkeys(lines[-3:]))[:500]
    return f"signal {-ended.status}" if ended.status < 0 else f"status {ended.status}"


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT_OF_GIT or not name.startswith(("GIT_", "FINEWS_", "PG", "SSH_ASKPASS", "PREFECT_"))
    }
    return kept | {
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",
        "SSH_ASKPASS_REQUIRE": "never",
    }
