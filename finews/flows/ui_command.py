"""`finews ui`: the operator console."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from finews.flows.command_input import Json
from finews.flows.worker_program import PROJECT


def console_program(*words: str) -> list[str]:
    """The words that start the console."""
    return [sys.executable, "-m", "finews.ui", *words]


def ui_command(
    host: Annotated[
        str | None, typer.Option("--host", help="Listen at this address. Default FINEWS_UI_HOST: 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="On this port; 0: a free one. Default FINEWS_UI_PORT."),
    ] = None,
    json: Json = False,
) -> None:
    """Serve the operator console until Ctrl-C: articles, gaps, quarantine, feeds, runs, and an API.

    It listens on this machine only, unless there is a password: FINEWS_UI_PASSWORD, or `finews accounts add`. With
    --json the object has its address.

    [bold]Example:[/] finews ui --port 8470
    """
    words = [*(("--host", host) if host else ()), *(("--port", str(port)) if port is not None else ())]
    # This process becomes the console: the same number, the same terminal, and the signals reach it.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    sys.stdout.flush()
    program = console_program(*words, *(("--json",) if json else ()))
    os.execv(program[0], program)  # noqa: S606 - without a shell, as it should be
