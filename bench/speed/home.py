"""A finews home of the bench: its commands run as an operator runs them, whole processes with real durability."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

FINEWS: Final = Path(sys.executable).with_name("finews")
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a command came to: seconds from start to end of its process, and what it printed as JSON."""

    seconds: float
    answer: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Home:
    """A data folder with a database of its own (the embedded one where no `database` is given), and its source."""

    folder: Path
    base: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that its commands run with: nothing of the operator's own, and bytecode is kept."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FINEWS_", "PREFECT_", "PG", "PYTHONDONTWRITE"))
        }
        return kept | {
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "FINEWS_HOME": str(self.folder / "home"),
            "FINEWS_SOURCES": self.base,
            **{f"FINEWS_{name.upper()}": value for name, value in self.settings.items()},
        }

    def prepared(self) -> Home:
        """Makes the database, so that no later command has to."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.finews("status")
        return self

    def finews(self, *arguments: str) -> Told:
        """Runs a command with `--json`; raises RuntimeError where it does not end well."""
        process = self.started(*arguments)
        began = time.perf_counter()
        answer, words = process.communicate()
        took = time.perf_counter() - began
        if process.returncode:
            raise RuntimeError(f"finews {' '.join(arguments)}: exit {process.returncode}: {words[-500:]}")
        return Told(seconds=took, answer=json.loads(answer))

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        """The same, still running."""
        return subprocess.Popen(
            [str(FINEWS), *arguments, "--json"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
