"""A Prefect worker as a program: its words, its name, and the environment in which it works."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from finews.schema.settings import Settings
from finews.schema.settings_file import SETTINGS_FILE

PROJECT = Path(__file__).resolve().parents[2]


def worker_program(pool: str, *, name: str, limit: int | None = None, health: bool = False) -> list[str]:
    """The words that start a worker of a pool, which runs up to `limit` flows at a time.

    With `health` it serves `/health` at PREFECT_WORKER_WEBSERVER_HOST and _PORT.
    """
    return [
        *(sys.executable, "-m", "prefect", "worker", "start"),
        *("--pool", pool, "--type", "process", "--name", name),
        *(("--limit", str(limit)) if limit else ()),
        *(("--with-healthcheck",) if health else ()),
    ]


def deploying_worker_program(pool: str, *, name: str) -> list[str]:
    """The words that start a worker which makes the flows known first."""
    return [sys.executable, "-m", "finews.flows.deployment_worker", pool, name]


def worker_environment(settings: Settings, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`given`, with folders and files by their whole path: a flow runs in a folder of its own.

    No password is added: one stands where the operator put it, in an address of the environment or in a file.
    """
    paths = os.pathsep.join(filter(None, [str(PROJECT), given.get("PYTHONPATH")]))
    file = Path(given.get("FINEWS_SETTINGS_FILE") or SETTINGS_FILE).absolute()
    return {
        **given,
        "FINEWS_HOME": str(settings.data),
        "FINEWS_SITE_DIR": str(settings.site),
        "FINEWS_SETTINGS_FILE": str(file),
        "PYTHONPATH": paths,
        "PYTHONUNBUFFERED": "1",
        # What Prefect would tell its makers, or show of them, is not for a service that speaks to its source only.
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
