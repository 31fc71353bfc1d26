"""A newsroom as a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .remote import RemoteNewsroom

_ROOT: Final = Path(__file__).resolve().parents[2]
# Seconds for the child's end before it is killed.
_PATIENCE: Final = 30.0


class NewsroomProcess(RemoteNewsroom):
    """Starts ``python -m finews.newsroom`` and waits until it serves; ends it at ``__exit__``.

    ``articles`` are generated with ``seed`` beside the samples (none with ``samples=False``), ``faults`` are as
    on the command line, ``http_500,every=10``; the other arguments are those of :class:`Newsroom`. RuntimeError
    if the child does not come up. The steering methods raise what those of :class:`Newsroom` raise.
    """

    def __init__(
        self,
        *,
        articles: int = 0,
        seed: int = 0,
        samples: bool = True,
        mirrors: int = 3,
        ports: Sequence[int] = (),
        feed_size: int = 200,
        total_as_text: bool = False,
        disallow: Sequence[str] = (),
        rate: float = 0.0,
        live_dates: bool = False,
        faults: Sequence[str] = (),
    ) -> None:
        super().__init__(())
        self._options = [
            *("--articles", str(articles), "--seed", str(seed), "--mirrors", str(mirrors)),
            *("--feed-size", str(feed_size), "--rate", str(rate), "--until-stdin-closes"),
            *(option for port in ports for option in ("--port", str(port))),
            *(option for path in disallow for option in ("--disallow", path)),
            *(option for fault in faults for option in ("--fault", fault)),
            *(["--no-samples"] if not samples else []),
            *(["--total-as-text"] if total_as_text else []),
            *(["--live-dates"] if live_dates else []),
        ]
        self._child: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """Process id of the child; RuntimeError when there is none."""
        if self._child is None:
            raise RuntimeError("this newsroom is not open")
        return self._child.pid

    def __enter__(self) -> Self:
        inherited = os.environ.get("PYTHONPATH")
        paths = os.pathsep.join([str(_ROOT), inherited] if inherited else [str(_ROOT)])
        self._child = subprocess.Popen(
            [sys.executable, "-m", "finews.newsroom", *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            self._end()
            raise RuntimeError("the newsroom did not come up; its standard error says why")
        told = json.loads(line)
        self._bases, self._away_base = tuple(told["bases"]), told["away_base"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        self._bases = ()
        if child is None:
            return
        with child:
            child.terminate()
            try:
                child.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
