"""The published posts beside the project: inputs that are read where they are and never copied."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared"


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


@pytest.fixture(scope="session")
def golden() -> str:
    """The text of the golden file."""
    path = SHARED / "seed" / "2021-12-21-NW202112212221210789.md"
    if not path.exists():
        pytest.skip("the golden file is not beside the project")
    return _read(path)


@pytest.fixture(scope="session")
def corpus() -> dict[str, str]:
    """The text of each corpus post by file name."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip("the corpus is not beside the project")
    return {path.name: _read(path) for path in (SHARED / "corpus").glob("*-*.md")}
