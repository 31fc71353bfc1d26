"""Files of the site: whole or not there, however many are put at a time."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from finews.flows import site_file
from finews.flows.site_file import replace_files


def everything(folder: Path) -> dict[str, bytes]:
    """Every file, temporary ones included."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("number", [0, 1, 128, 129, 300])
def test_all_are_in_their_place_and_nothing_else(tmp_path: Path, number: int) -> None:
    contents = {f"{place}.md": os.urandom(place % 50) for place in range(number)}
    (tmp_path / "0.md").write_bytes(b"what was there before")
    open_before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - descriptors, not files
    replace_files({tmp_path / name: content for name, content in contents.items()})
    assert everything(tmp_path) == (contents or {"0.md": b"what was there before"})
    assert len(os.listdir("/proc/self/fd")) == open_before  # noqa: PTH208


def test_each_is_made_to_last_before_it_is_put_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a power cut leaves under a post's name is whole: the rename comes after the fsync."""
    steps: list[tuple[str, str]] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        steps.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink().name.rpartition("-")[2]))
        fsync(handle)

    def noted_replace(self: Path, target: Path) -> Path:
        steps.append(("rename", target.name))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    monkeypatch.setattr(site_file, "_TOGETHER", 3)
    names = [f"{place}.md" for place in range(7)]
    replace_files({tmp_path / name: b"whole" for name in names})
    for name in names:
        assert steps.index(("fsync", name)) < steps.index(("rename", name))
    assert len(steps) == 14


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_one_that_cannot_be_written_keeps_no_other_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A full disk may show in the writing or only when it is to last; nothing half-written is left."""
    real = getattr(os, call)

    def failing(handle: int, *rest: object) -> object:
        if Path(f"/proc/self/fd/{handle}").readlink().name.endswith("-3.md"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, *rest)

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(OSError, match="No space left"):
        replace_files({tmp_path / f"{place}.md": b"whole" for place in range(6)})
    assert everything(tmp_path) == {f"{place}.md": b"whole" for place in range(6) if place != 3}


def test_a_system_that_takes_no_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fadvise")
    replace_files({tmp_path / f"{place}.md": b"whole" for place in range(3)})
    assert everything(tmp_path) == {f"{place}.md": b"whole" for place in range(3)}
