"""Image and compose file keep to what a deployment may rely on: no password in the open, no root, pinned tags."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.frame.source_tree import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
ONE_SHOT = {"deploy"}
"""Services that do something and end."""
OF_THE_DATABASE = {"postgres", "prefect", "deploy", "worker", "console", "figures"}


def compose() -> dict[str, Any]:
    """Read docker-compose.yml."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


SERVICES: dict[str, dict[str, Any]] = compose()["services"]
each_service = pytest.mark.parametrize("name", SERVICES)


def stages() -> dict[str, str]:
    """Stage of the image → what it begins with."""
    return {name: base for base, name in re.findall(r"^FROM (\S+)(?: AS (\S+))?$", DOCKERFILE, re.MULTILINE)}


def test_the_compose_file_is_one() -> None:
    """By the schema of the compose specification."""
    check(["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"])


def test_the_dockerfile_is_one() -> None:
    """By its linter, which also reads the shell in it."""
    check(["hadolint", "--no-color", "Dockerfile"])


def check(command: list[str]) -> None:
    """Runs a checker of the development environment; what it has to say fails the test."""
    ended = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_images_are_pinned() -> None:
    """Each base and each service names a tag down to the minor version at least."""
    images = [base for base in stages().values() if base not in stages()]
    images += [service["image"] for service in SERVICES.values()]
    assert len(images) > len(SERVICES)
    assert all(re.fullmatch(r"([a-z]+/)?[a-z-]+:\d+\.\d[\w.-]*", image) for image in images), images


def test_services_are_built_from_stages_that_there_are() -> None:
    """And one image is not built in two ways."""
    built = {(each["image"], each["build"]["target"]) for each in SERVICES.values() if "build" in each}
    assert {target for _, target in built} <= set(stages())
    assert len({image for image, _ in built}) == len(built)


@each_service
def test_a_service_can_do_no_harm(name: str) -> None:
    """It is a user by number and not root, writes to its volumes alone, and gains no rights."""
    service = SERVICES[name]
    assert all(int(part) > 0 for part in service["user"].split(":"))
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "cap_add", "pid", "network_mode", "devices"} & set(service)


def test_image_runs_as_nobody_in_particular() -> None:
    """The last user that each stage sets is not root, and is the one that the services are."""
    *_, service, worker = DOCKERFILE.split("\nFROM ")
    users = [re.findall(r"^USER (\S+)", stage, re.MULTILINE)[-1] for stage in (service, worker)]
    assert users == ["10001", "10001"]
    assert {each["user"] for each in SERVICES.values() if "build" in each} == {"10001:10001"}


def test_image_is_installed_from_locks() -> None:
    """Nothing without a hash, besides the wheel built here."""
    installs = re.findall(r"pip install ([^\n\\]*)", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_what_is_copied_is_sent_to_the_builder() -> None:
    """`.dockerignore` names what goes there; all else stays."""
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:].removesuffix("/*.txt") for line in ignore if line.startswith("!")}
    copied = [
        source.rstrip("/")
        for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE)
        if "--from" not in line
        for source in [part for part in line.split() if not part.startswith("--")][:-1]
    ]
    assert copied
    assert set(copied) == sent
    assert all((ROOT / each).exists() for each in copied)


def test_what_is_mounted_from_here_is_there() -> None:
    """A file that is missing would be mounted as an empty folder."""
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    files = [mount.split(":") for mount in mounts if mount.startswith("./")]
    assert files
    for source, _, mode in files:
        assert (ROOT / source).is_file()
        assert mode == "ro"
    named = {mount.split(":")[0] for mount in mounts if not mount.startswith("./")}
    assert named == set(compose()["volumes"])


@each_service
def test_no_password_is_in_the_open(name: str) -> None:
    """It comes from a secret file: no environment and no address holds one, and the web server has none."""
    service = SERVICES[name]
    for key, value in service.get("environment", {}).items():
        assert "PASSWORD" not in key or key.endswith("_FILE"), key
        assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), key
    assert ("postgres_password" in service.get("secrets", [])) == (name in OF_THE_DATABASE)


def test_ports_are_open_to_this_machine_only() -> None:
    """Prefect has no login, the web server no certificate; PostgreSQL is for the other containers."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "ports" not in SERVICES["postgres"]
    assert compose()["networks"]["data"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == ["data"]
    assert "data" not in SERVICES["web"]["networks"]


@each_service
def test_services_wait_for_what_they_need(name: str) -> None:
    """Nothing starts before what it stands on is healthy, or has done its work."""
    for needed, condition in SERVICES[name].get("depends_on", {}).items():
        ended = needed in ONE_SHOT
        assert condition == {"condition": "service_completed_successfully" if ended else "service_healthy"}


@each_service
def test_a_service_tells_whether_it_is_well(name: str) -> None:
    """What stays up has a health check and comes back; what ends does not."""
    service = SERVICES[name]
    assert ("healthcheck" in service) == (name not in ONE_SHOT)
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")


def test_workers_may_be_many() -> None:
    """Nothing about a worker can be there once only, and each waits until the flows are known."""
    worker = SERVICES["worker"]
    assert worker["deploy"]["replicas"] > 1
    assert not {"container_name", "ports", "hostname"} & set(worker)
    assert "deploy" in worker["depends_on"]
    # What is registered depends on the settings, as what is run does.
    for same in ("FINEWS_DATABASE_URL", "PREFECT_API_URL"):
        assert worker["environment"][same] == SERVICES["deploy"]["environment"][same]
    assert worker["env_file"] == SERVICES["deploy"]["env_file"]
    pool = [each["command"][each["command"].index("--pool") + 1] for each in (worker, SERVICES["deploy"])]
    assert pool[0] == pool[1]


def test_the_password_file_is_the_users_and_what_the_command_writes_is_not(tmp_path: Path) -> None:
    """Signs that a password file would read are escaped, and the web server can read what workers write."""
    secret, passfile = tmp_path / "secret", tmp_path / "pgpass"
    secret.write_text("a:b\\c\n")
    ended = subprocess.run(
        [str(ROOT / "deploy" / "with-password"), "sh", "-c", "umask"],
        env={**os.environ, "FINEWS_PASSWORD_FILE": str(secret), "PGPASSFILE": str(passfile)},
        capture_output=True,
        text=True,
        check=True,
        umask=0o022,
    )
    assert ended.stdout.strip() == "0022"
    assert passfile.read_text() == "*:*:*:*:a\\:b\\\\c\n"
    assert stat.S_IMODE(passfile.stat().st_mode) == 0o600
