"""The locks pin all that pyproject.toml asks for, each with its hashes, and name no place to fetch from."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.frame.source_tree import ROOT

LOCKS = ("runtime", "dev")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)(.*)$")


@cache
def project() -> dict[str, Any]:
    """Read pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def lines_of(lock: str) -> list[str]:
    """Each pin of a lock on one line, with its hashes; comments are left out."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def pins(lock: str) -> dict[str, str]:
    """Name → version of a lock."""
    found = [match for line in lines_of(lock) if (match := PIN.match(line))]
    return {canonicalize_name(match[1]): match[2] for match in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_a_pin_with_hashes(lock: str) -> None:
    """pip refuses the whole file otherwise, and an option in it would say where to fetch from."""
    wrong = [line[:80] for line in lines_of(lock) if not PIN.match(line) or "--hash=sha256:" not in line]
    assert lines_of(lock)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_is_in_a_lock(lock: str) -> None:
    """A lock works with whatever index a machine is set to."""
    assert "://" not in (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_meets_what_the_project_asks_for(lock: str) -> None:
    """`make lock` has been run since a dependency changed."""
    asked = list(project()["project"]["dependencies"])
    if lock == "dev":
        asked += project()["dependency-groups"]["dev"] + project()["build-system"]["requires"]
    pinned = pins(lock)
    requirements = [Requirement(each) for each in asked]
    wrong = [
        f"{each} is pinned as {pinned.get(canonicalize_name(each.name))}"
        for each in requirements
        if not each.specifier.contains(pinned.get(canonicalize_name(each.name), "0"), prereleases=True)
        or canonicalize_name(each.name) not in pinned
    ]
    assert not wrong, "run `make lock`:\n" + "\n".join(wrong)


def test_development_runs_on_what_is_deployed() -> None:
    """Each pin of the runtime lock is the same in the other one."""
    assert pins("runtime").items() <= pins("dev").items()
