"""What is closed, and what is refused at the door."""

from __future__ import annotations

import httpx
import pytest
from starlette.routing import Route

from finews.flows.accounts import (
    new_account,
)
from finews.schema.accounts import Role
from finews.schema.database import Database
from finews.ui.app import ROUTERS
from tests.pipeline.desk import Desk
from tests.ui.door import app_of, closed, console, somebody, status
from tests.ui.visitor import Visitor


def doings(desk: Desk) -> list[tuple[str, str]]:
    """(method, path) of all that the console can be asked for."""
    routes = [*app_of(desk.settings()).routes, *(each for router in ROUTERS for each in router.routes)]
    return [
        (method, each.path.replace("{", "").replace("}", ""))
        for each in routes
        if isinstance(each, Route)
        for method in each.methods or ()
    ]


def test_whatever_is_not_said_to_be_open_is_closed(desk: Desk, door: str) -> None:
    open_to_all = {"/sign-in", "/healthz", "/readyz", "/language/code"}
    asked_for = [each for each in doings(desk) if each[1] not in open_to_all]
    assert {("GET", "/"), ("GET", "/api/actions"), ("POST", "/try")} <= set(asked_for)
    with Visitor(door, follow_redirects=False) as stranger:
        for method, path in asked_for:
            answer = stranger.request(method, path)
            assert answer.status_code == (401 if path.startswith("/api/") else 303), f"{method} {path}"
            assert answer.headers.get("location", "/sign-in").startswith("/sign-in")
        asked = stranger.get("/actions?who=ann&after=x")
        assert asked.headers["location"] == "/sign-in?to=%2Factions%3Fwho%3Dann%26after%3Dx"
        refused = stranger.get("/api/actions")
        assert (refused.json()["error"], refused.headers["www-authenticate"]) == ("Unauthorized", "Bearer")
        assert stranger.get("/static/console.css").status_code == 200
        form = stranger.get("/sign-in?did=1")
        assert "operator" not in form.text
        assert "/quarantine" not in form.text


def test_a_viewer_sees_all_and_changes_nothing(desk: Desk, door: str) -> None:
    with somebody(door, "viewer", "only looking") as visitor:
        assert visitor.get("/actions").status_code == 200
        token = {"X-CSRF-Token": visitor.token}
        assert token["X-CSRF-Token"]
        changing = {
            (method, path) for method, path in doings(desk) if method not in ("GET", "HEAD", "OPTIONS")
        } - {("POST", "/sign-in"), ("POST", "/sign-out")}
        assert ("POST", "/try") in changing
        for method, path in changing:
            answer = visitor.request(method, path, headers=token)
            assert (answer.status_code, "may look and not act" in answer.text) == (403, True), path
    # Nor does an operator without a token, whatever the page.
    with somebody(door) as visitor:
        for method, path in changing:
            assert visitor.request(method, path).status_code == 403, path
    assert desk.rows("select count(*) from actions where action <> 'sign in'") == [(0,)]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_act(desk: Desk, operator: Visitor, headers: dict[str, str]) -> None:
    answer = operator.post("/try", headers=headers)
    assert (answer.status_code, "comes from another site" in answer.text) == (403, True)
    assert desk.rows("select count(*) from actions where action = 'try'") == [(0,)]


def test_another_site_may_link_here_and_not_build_us_in(operator: Visitor) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert operator.get("/actions", headers=foreign).status_code == 200
    for mode in ("no-cors", "cors"):
        answer = operator.get("/api/actions", headers={**foreign, "Sec-Fetch-Mode": mode})
        assert answer.status_code == 403


def test_a_stranger_s_name_that_leads_here_is_refused(desk: Desk, door: str) -> None:
    port = httpx.URL(door).port
    for host, expected in (
        (f"evil.example:{port}", 400),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("user@localhost", 400),
        ("localhost:99999", 400),
        ("[127.0.0.1]", 400),
        ("", 400),
        ("console.example", 400),
        (f"LOCALHOST:{port}", 200),
        ("[::1]", 200),
        ("127.0.0.2", 200),
    ):
        assert httpx.get(f"{door}/sign-in", headers={"Host": host}).status_code == expected, host
    given = closed(ui_hosts="console.example, news.example")
    with console(desk.settings(**given)) as known:
        answer = httpx.get(f"{known}/sign-in", headers={"Host": "Console.Example:443"})
        assert answer.status_code == 200


def test_a_form_has_to_be_one_that_this_browser_was_given(door: str, operator: Visitor) -> None:
    with somebody(door) as another:
        foreign = another.token
    for token in ("", foreign, operator.token[:-1] + "x", "0" * 80):
        answer = operator.post("/try", headers={"X-CSRF-Token": token})
        assert (answer.status_code, "was not given to this browser" in answer.text) == (403, True)
        assert operator.post("/api/try", headers={"X-CSRF-Token": token}).status_code == 403
    token = operator.token
    nothing = {"X-CSRF-Token": ""}
    done = operator.post("/try?what=tea", data={"token": token}, headers=nothing)
    assert "tea was done for operator" in done.text
    files = {"file": ("a.txt", b"x" * 100_000)}
    done = operator.post("/try?what=cake", data={"token": token}, files=files, headers=nothing)
    assert "cake was done for operator" in done.text
    for body in (b"x" * (8 * 2**20 + 1), b"--no-boundary"):
        kind = {"Content-Type": "multipart/form-data"}
        assert operator.post("/try", content=body, headers={**nothing, **kind}).status_code in (400, 413)
    assert operator.post("/api/try").json()["did"] > 0


def test_without_a_password_everybody_is_this_process_s_user_and_the_checks_hold(desk: Desk) -> None:
    with console(desk.settings()) as address, Visitor(address) as visitor:
        done = visitor.post("/try?what=tea")
        assert "tea was done for" in done.text
        assert "Sign out" not in done.text
        assert visitor.get("/sign-in?to=/actions").url.path == "/actions"
        for wrong in ({"X-CSRF-Token": ""}, {"Origin": "http://evil.example"}):
            assert visitor.post("/try", headers=wrong).status_code == 403
        assert visitor.get("/", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 403
        # The first account with a password closes it at once.
        with Database(desk.settings()) as database:
            new_account(database, "ann", Role.VIEWER, "a long password")
        assert status(visitor.get("/")) == 401
    # One that others reach is never open, also where its last account has gone meanwhile.
    with console(desk.settings(ui_host="0.0.0.0")) as address, Visitor(address) as visitor:
        desk.execute("delete from accounts")
        assert status(visitor.get("/")) == 401


def test_what_a_proxy_says_is_believed_where_it_is_known(desk: Desk, door: str) -> None:
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    assert httpx.get(f"{door}/sign-in", headers=said).headers["set-cookie"].startswith("finews-")
    with console(desk.settings(**closed(ui_proxies="127.0.0.1"))) as address:
        answer = httpx.get(f"{address}/sign-in", headers=said)
        given = answer.headers["set-cookie"]
        assert given.startswith("__Host-finews=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(given.split("; "))
        token = answer.text.split('name="token" value="')[1].split('"')[0]
        sent = {**said, "Cookie": given.split(";")[0]}
        data = {"name": "operator", "password": "wrong", "token": token}
        assert httpx.post(f"{address}/sign-in", headers=sent, data=data).status_code == 403
        assert desk.rows("select address from actions") == [("203.0.113.9",)]
        # A page on plain http is another site, whatever its name.
        answer = httpx.post(f"{address}/sign-in", headers={**sent, "Origin": address}, data=data)
        assert "comes from another site" in answer.text


def test_web_sockets_are_refused(door: str, operator: Visitor) -> None:
    (name, value), *_ = operator.cookies.items()
    answer = httpx.get(
        f"{door}/api/actions",
        headers={
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Origin": "https://evil.example",
            "Cookie": f"{name}={value}",
        },
    )
    assert answer.status_code == 403


def test_every_answer_has_its_headers(operator: Visitor) -> None:
    for path in ("/", "/api/actions", "/no/such/page", "/bug", "/sign-in"):
        headers = operator.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "Traceback" not in operator.get(path).text
    assert operator.get("/static/console.css").headers["cross-origin-resource-policy"] == "cross-origin"


def test_health(desk: Desk, door: str) -> None:
    assert httpx.get(f"{door}/healthz").text == "ok\n"
    assert httpx.get(f"{door}/readyz").json() == {"ready": True}
    assert "set-cookie" not in httpx.get(f"{door}/readyz").headers
