"""The compose file's services, started natively: a poll is run by a worker, and its post is served."""

from __future__ import annotations

import stat
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from finews.newsroom import Newsroom
from tests.pipeline.composed import CONSOLE_PASSWORD, PASSWORD, Composed, composed, wait_until
from tests.pipeline.desk import article
from tests.ui.visitor import Visitor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.prefect,
    pytest.mark.nginx,
    pytest.mark.jekyll,
    pytest.mark.xdist_group("prefect"),
]


def flow_run(services: Composed, deployment: str) -> dict[str, Any]:
    """Has a worker run a flow, and returns the run when it has come to its end."""
    api = f"http://127.0.0.1:{services.ports['prefect']}/api"
    with httpx.Client(base_url=api, timeout=30) as client:
        known = client.get(f"/deployments/name/{deployment}").raise_for_status().json()
        asked = client.post(f"/deployments/{known['id']}/create_flow_run", json={})
        number = asked.raise_for_status().json()["id"]

        def found() -> dict[str, Any]:
            run: dict[str, Any] = client.get(f"/flow_runs/{number}").raise_for_status().json()
            return run

        wait_until(lambda: found()["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"))
        return found()


def test_every_service_starts_and_a_poll_ends_well(newsroom: Newsroom) -> None:
    news = article(1, feeds=("37",))
    newsroom.publish(news)
    with composed(FINEWS_SOURCES=",".join(newsroom.bases)) as services, ExitStack() as up:
        up.enter_context(services.postgres())
        up.enter_context(services.up("prefect"))
        assert "poll/finews" in services.run("deploy")
        up.enter_context(services.up("worker"))
        up.enter_context(services.up("figures"))
        up.enter_context(services.web())
        web = httpx.Client(base_url=f"http://127.0.0.1:{services.ports['web']}")
        up.enter_context(web)
        assert web.get("/").status_code == 404

        run = flow_run(services, "poll/finews")
        assert run["state"]["type"] == "COMPLETED", run["state"]
        posts = list((services.folder / "site" / "_posts").glob("*.md"))
        assert [each.name for each in posts] == [f"2026-03-10-{news.info_code}.md"]

        figures = httpx.get(f"http://127.0.0.1:{services.ports['figures']}/metrics", timeout=30).text
        assert "finews_up 1.0" in figures

        # A command in a worker's container runs as a flow run there.
        assert "nothing to do" in services.run("worker", "finews", "recheck")

        # The console asks for the password of its secret file.
        up.enter_context(services.up("console"))
        console = up.enter_context(Visitor(f"http://127.0.0.1:{services.ports['console']}"))
        assert console.get("/").url.path == "/sign-in"
        assert console.sign_in("operator", CONSOLE_PASSWORD).url.path == "/"
        assert console.get("/readyz").json() == {"ready": True}

        # The worker's image has Jekyll for this.
        assert "the site is built" in services.run("worker", "finews", "publish", "--build")
        home = web.get("/")
        assert (home.status_code, news.title in home.text) == (200, True)
        assert home.headers["x-content-type-options"] == "nosniff"
        address = next(part for part in home.text.split('"') if news.info_code in part)
        page = web.get("/" + address.partition("://")[2].partition("/")[2] if "://" in address else address)
        assert page.status_code == 200
        assert "生产经营一切正常" in page.text
        missing = web.get("/no-such-page")
        assert missing.status_code == 404
        assert "<html" in missing.text

        # Prefect's own pages come from where it may write, and the password is where it belongs, and only there.
        assert (
            httpx.get(f"http://127.0.0.1:{services.ports['prefect']}/", follow_redirects=True).status_code
            == 200
        )
        assert any((services.folder / "tmp" / "prefect-ui").rglob("index.html"))
        assert stat.S_IMODE((services.folder / "tmp" / "pgpass").stat().st_mode) == 0o600
        said = b"".join(each.read_bytes() for each in (services.folder / "log").iterdir())
        assert PASSWORD.encode() not in said
        assert CONSOLE_PASSWORD.encode() not in said
