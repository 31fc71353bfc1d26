"""In CI a skipped test fails the run, unless the system itself forbids it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frame.source_tree import ROOT

ALLOWED = 'import pytest\n\ndef test_allowed():\n    pytest.skip("not permitted here: a raw socket")\n'
MISSING = 'import pytest\n\ndef test_missing():\n    pytest.skip("Jekyll is not installed")\n'
MODULE = 'import pytest\n\npytest.skip("no such library", allow_module_level=True)\n'
PASSING = "def test_passing():\n    pass\n"


def run(folder: Path, *options: str, ci: bool = True, **files: str) -> subprocess.CompletedProcess[str]:
    """Run these test files under the project's own conftest.py."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        f"--rootdir={folder}",
        "-c",
        os.devnull,
    ]
    environment = {**os.environ, "FINEWS_CI": "1" if ci else ""}
    return subprocess.run(
        [*command, *options, str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("options", [("-n", "2"), ("-n", "0")], ids=["two processes", "one process"])
@pytest.mark.parametrize("skip", [MISSING, MODULE], ids=["in a test", "of a module"])
def test_a_skip_fails_ci_and_is_named(tmp_path: Path, skip: str, options: tuple[str, ...]) -> None:
    """The run is red, says which test and why, and keeps pytest's closing line."""
    result = run(tmp_path, *options, passing=PASSING, skipping=skip)
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
    assert "skipped, though CI installs what they need" in result.stdout
    assert "test_skipping.py" in result.stdout
    assert "1 passed, 1 skipped" in result.stdout.splitlines()[-1]


def test_what_the_system_forbids_may_be_skipped(tmp_path: Path) -> None:
    """An allowed reason leaves the run green."""
    result = run(tmp_path, "-n", "2", passing=PASSING, skipping=ALLOWED)
    assert result.returncode == pytest.ExitCode.OK, result.stdout


def test_a_developer_may_skip(tmp_path: Path) -> None:
    """Outside CI a missing tool is no failure."""
    result = run(tmp_path, "-n", "0", ci=False, passing=PASSING, skipping=MISSING)
    assert result.returncode == pytest.ExitCode.OK, result.stdout
