"""The services of docker-compose.yml as processes of this machine: the same commands, environments and files."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import yaml

from finews.schema import postgres_process

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PASSWORD = "f1e2d3c4b5a6978812345678"
CONSOLE_PASSWORD = "dGhlIGNvbnNvbGUncyBvd24="
_PATIENCE = 120.0
_LISTENING = ("postgres", "prefect", "worker", "web", "figures", "console")
_IN_THE_IMAGE = re.compile(r"(?<![\w.:/-])/(?=(?:data|site|tmp)\b)")
"""Folders of the containers; here they are in one folder of the test's."""


class Composed:
    """The services of the file, each started and ended by itself; `folder` holds what they write.

    Containers find each other by name and have ports of their own; here it is one host, and names become ports.
    """

    def __init__(self, folder: Path, given: Mapping[str, str]) -> None:
        self.folder = folder
        self.ports = dict(zip(_LISTENING, free_ports(len(_LISTENING)), strict=True))
        self._given = dict(given)
        loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
        self._services: dict[str, Any] = loaded["services"]
        self._stack = ExitStack()
        for each in ("data", "site", "tmp", "log"):
            (folder / each).mkdir()
        self.secret = folder / "postgres_password"
        self.secret.write_text(f"{PASSWORD}\n")
        (folder / "console_password").write_text(f"{CONSOLE_PASSWORD}\n")

    def here(self, text: str, service: str) -> str:
        """What stands in the file, as it is called on this host."""
        text = text.replace("postgres:5432", f"127.0.0.1:{self.ports['postgres']}")
        text = text.replace("prefect:4200", "127.0.0.1:4200").replace("0.0.0.0", "127.0.0.1")
        text = re.sub(r"\b4200\b", str(self.ports["prefect"]), text)
        text = re.sub(r"\b8470\b", str(self.ports["console"]), text)
        text = re.sub(r"\b9470\b", str(self.ports["figures"]), text)
        text = re.sub(r"\b8080\b", str(self.ports.get(service, 0)), text)
        return _IN_THE_IMAGE.sub(f"{self.folder}/", text).replace("/run/secrets/", f"{self.folder}/")

    def environment(self, service: str) -> dict[str, str]:
        """That of the image, of the service, and what an operator gives."""
        image = re.search(r"AS service\nENV (.*?)\n\n", (ROOT / "Dockerfile").read_text(), re.DOTALL)
        assert image
        found = dict(each.split("=", 1) for each in image[1].replace("\\\n", " ").split())
        found |= self._services[service].get("environment", {})
        found = {key: self.here(str(value), service) for key, value in found.items()}
        return found | {
            **self._given,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "FINEWS_PASSWORD_FILE": str(self.secret),
            "HOME": str(self.folder / "data"),
        }

    def command(self, service: str) -> list[str]:
        """What the container runs."""
        words = [self.here(word, service) for word in self._services[service]["command"]]
        return [str(ROOT / "deploy" / "with-password"), *words]

    def run(self, service: str, *instead: str) -> str:
        """Runs a service, or another command in its place, to its end; returns its output."""
        command = [self.command(service)[0], *instead] if instead else self.command(service)
        ended = subprocess.run(
            command,
            env=self.environment(service),
            cwd=self.folder / "data",
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    @contextmanager
    def up(self, service: str, *command: str, user: str | None = None) -> Iterator[None]:
        """A service for the block, once its health check says that it is well."""
        log = self.folder / "log" / service
        with log.open("wb") as said:
            process = subprocess.Popen(
                command or self.command(service),
                env=self.environment(service),
                cwd=self.folder / "data" if not user else "/",
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                user=user,
                start_new_session=True,
            )
        try:
            wait_until(lambda: self.is_well(service), process, log)
            yield
        finally:
            _end(process)

    def is_well(self, service: str) -> bool:
        """What the health check of the file says."""
        kind, *words = self._services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        words = [self.here(word, service) for word in words]
        if words[0] == "pg_isready":
            words = [str(_pg("pg_isready")), *words[1:], f"--port={self.ports['postgres']}"]
        if words[0] == "wget" and not shutil.which("wget"):
            words = [
                *("python", "-c"),
                f"import urllib.request; urllib.request.urlopen({words[-1]!r}, timeout=3)",
            ]
        ended = subprocess.run(words, env=self.environment(service), capture_output=True, check=False)
        return ended.returncode == 0

    @contextmanager
    def postgres(self) -> Iterator[None]:
        """The server, its cluster made as the image makes one: with the file's arguments, the secret, and the SQL."""
        wheel = postgres_process._wheel()
        owner = postgres_process._owner(wheel)
        pgdata = self.folder / "pgdata"
        pgdata.mkdir()
        if owner:
            wheel.ensure_prefix_permissions(pgdata)
            wheel.ensure_prefix_permissions(wheel.POSTGRES_BIN_PATH)
            shutil.chown(pgdata, user=owner)
        given = self._services["postgres"]["environment"]
        arguments = [*given["POSTGRES_INITDB_ARGS"].split(), "-U", given["POSTGRES_USER"]]
        wheel.initdb([*arguments, f"--pwfile={self.secret}"], pgdata=pgdata, user=owner)
        port = self.ports["postgres"]
        server = [str(_pg("postgres")), "-D", str(pgdata), "-h", "127.0.0.1", "-p", str(port)]
        with self.up("postgres", *server, "-c", "unix_socket_directories=", user=owner):
            address = f"postgresql://finews@127.0.0.1:{port}/postgres"
            with psycopg.connect(address, password=PASSWORD, autocommit=True) as connection:
                connection.execute(f"create database {given['POSTGRES_DB']}".encode())
                connection.execute((ROOT / "deploy" / "prefect.sql").read_bytes())
            yield

    @contextmanager
    def web(self) -> Iterator[None]:
        """The web server with the file's own configuration, apart from port and folders."""
        config = self.folder / "nginx.conf"
        text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
        config.write_text(self.here(text, "web"), encoding="utf-8")
        words = self._services["web"]["command"]
        with self.up("web", words[0], "-e", "stderr", "-c", str(config), *words[1:]):
            yield


@contextmanager
def composed(**given: str) -> Iterator[Composed]:
    """Services in a folder that other users may read, removed afterwards."""
    # Short and open: a server that root starts reads it as somebody else.
    with tempfile.TemporaryDirectory(prefix="finews-up-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Composed(Path(folder), given)


def wait_until(
    condition: Callable[[], bool], process: subprocess.Popen[bytes] | None = None, log: Path | None = None
) -> None:
    """Waits until something holds; fails where it takes too long or the process ends before."""
    give_up = time.monotonic() + _PATIENCE
    while not condition():
        words = log.read_text(errors="replace")[-2000:] if log else ""
        assert time.monotonic() < give_up, words
        assert process is None or process.poll() is None, words
        time.sleep(0.2)


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens at."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _pg(name: str) -> Path:
    path: Path = postgres_process._wheel().POSTGRES_BIN_PATH / name
    return path


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks a service to end, as `docker compose down` does, and ends what is left of it."""
    family = []
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.kill()
    process.wait(20)
