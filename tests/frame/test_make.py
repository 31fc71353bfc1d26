"""What a newcomer types: the make targets, the CI script, and the one range of Pythons."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib

import pytest

from tests.frame.source_tree import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = (
    "setup",
    "demo",
    "test",
    "soak",
    "freshness",
    "lint",
    "bench",
    "bench-gate",
    "bench-docs",
    "bench-console",
    "bench-peers",
    "pictures",
    "format",
    "lock",
    "clean",
    "help",
)


def dry_run(target: str) -> subprocess.CompletedProcess[str]:
    """What make would do, without doing it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--dry-run", "--always-make", target]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", TARGETS)
def test_target_is_there_and_explains_itself(target: str) -> None:
    """Each target can be made and stands in `make help`."""
    assert dry_run(target).returncode == 0
    assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize(
    "target", [each for each in TARGETS if each not in ("setup", "lock", "clean", "help")]
)
def test_target_does_its_own_setup(target: str) -> None:
    """Nobody has to know that `make setup` comes first."""
    assert "-m venv" in dry_run(target).stdout


def test_setup_takes_nothing_unpinned() -> None:
    """Every package comes from the lock with its hash, or is the project itself."""
    installs = re.findall(r"\$\(PIP\) install.*", MAKEFILE)
    assert installs
    assert all(
        "--require-hashes" in line or "--no-deps --no-build-isolation --editable ." in line
        for line in installs
    )


def test_one_range_of_pythons() -> None:
    """Makefile, pyproject.toml and linters agree on it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    low, high = re.findall(r"3\.(\d+)", project["project"]["requires-python"])
    assert f"(3, {low}) <= sys.version_info[:2] < (3, {high})" in MAKEFILE
    assert f"--python-version 3.{low}" in MAKEFILE
    assert project["tool"]["ruff"]["target-version"] == f"py3{low}"
    assert project["tool"]["mypy"]["python_version"] == f"3.{low}"


def test_ci_script_is_sound() -> None:
    """It can be run, parses, stops at the first failure and asks for the account of skips."""
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "FINEWS_CI=1" in text
