"""Image and compose file keep to what a deployment may rely on: no password in the open, no root, pinned tags."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.frame.source_tree import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    """Read docker-compose.yml."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_images_are_pinned() -> None:
    """Each base and each service names a tag, and it is not `latest`."""
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images += [service["image"] for service in compose()["services"].values()]
    assert all(re.fullmatch(r"[a-z]+:\d[\w.-]*", image) for image in images), images


def test_image_runs_as_nobody_in_particular() -> None:
    """The last user that the image sets is not root, and is given by number."""
    assert int(re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1]) >= 1000


def test_image_is_installed_from_locks() -> None:
    """Nothing without a hash, besides the wheel built here."""
    installs = re.findall(r"pip install ([^\n\\]*)", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_no_password_is_in_the_open() -> None:
    """It comes from a secret file: no environment and no address holds one."""
    for name, service in compose()["services"].items():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or key.endswith("_FILE"), (name, key)
            assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), (name, key)
        assert "postgres_password" in service["secrets"]


def test_ports_are_open_to_this_machine_only() -> None:
    """Prefect has no login; PostgreSQL is for the other containers."""
    services = compose()["services"].values()
    ports = [port for service in services for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_services_wait_for_what_they_need() -> None:
    """Nothing starts before what it stands on is healthy."""
    services = compose()["services"]
    for name, service in services.items():
        for needed, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}, name
            assert "healthcheck" in services[needed]
