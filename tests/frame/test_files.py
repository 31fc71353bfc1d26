"""What is kept in the repository: no address or path of one machine, small modules that say what they are."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frame.source_tree import ROOT, modules

LONGEST = 300
"""Lines of the longest module: one idea fits."""

MACHINE_PATH = re.compile(r"(?<![\w.:/~$}*-])/(?:home|Users|root|work|mnt|nix)/[\w.-]+")
PACKAGE_INDEX = re.compile(
    r"(?:index-url|find-links|PIP_INDEX\w*|UV_INDEX\w*|registry)[=\s]\s*(?:https?|file)://\S+"
)


def tracked() -> Iterator[tuple[str, str]]:
    """Path and text of each text file that git keeps, or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listing.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in content:
            yield name, content.decode("utf-8", errors="replace")


def package_hosts() -> set[str]:
    """Hosts that this machine's package clients are set to, and those that pip knows by itself."""
    known = importlib.import_module("pip._internal.models.index").PyPI
    command = [sys.executable, "-m", "pip", "config", "list"]
    settings = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sources = [*Path("/etc/apt").glob("sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join([settings, *(path.read_text(errors="replace") for path in sources if path.is_file())])
    return {known.netloc, known.file_storage_domain, *re.findall(r"https?://([\w.-]+\.\w+)", text)}


def test_no_package_host_is_named() -> None:
    """Packages are asked for by name; where they come from is the machine's affair."""
    hosts = package_hosts()
    wrong = [
        f"{name} names {found}"
        for name, text in tracked()
        for found in [*(host for host in hosts if host in text), *PACKAGE_INDEX.findall(text)]
    ]
    assert not wrong, "\n".join(wrong)


def test_no_path_of_a_machine_is_named() -> None:
    """Nothing in the repository holds on one computer only."""
    home = f"{Path.home()}/"
    wrong = [
        f"{name}:{number} {line.strip()[:100]}"
        for name, text in tracked()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line) or f"{ROOT}/" in line or (len(home) > 2 and home in line)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("HOME=|home|ann|finews", True),
        ("see |Users|ann|notes", True),
        ("|root|.cache", True),
        ("https:||example.org|home|page", False),
        ("COPY --from=build |opt|venv |opt|venv", False),
        ("$ROOT|work|main", False),
    ],
)
def test_machine_paths_are_known_when_seen(line: str, expected: bool) -> None:
    """The pattern tells a folder of somebody's from part of an address (`|` stands for a slash here)."""
    assert bool(MACHINE_PATH.search(line.replace("|", "/"))) is expected


def test_modules_say_what_they_are() -> None:
    """Each module begins with a docstring."""
    wrong = [module.path for module in modules() if not ast.get_docstring(module.tree)]
    assert not wrong, "\n".join(wrong)


def test_modules_hold_one_idea() -> None:
    """No module is longer than a reader keeps in mind."""
    wrong = [f"{module.path}: {module.lines} lines" for module in modules() if module.lines > LONGEST]
    assert not wrong, "\n".join(wrong)
