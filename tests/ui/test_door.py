"""Who comes in, how long they stay, and what is refused at the door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from finews.flows import passwords
from finews.flows.accounts import (
    disable_account,
    drop_account,
    end_token,
    make_token,
    new_account,
    new_password,
)
from finews.schema.accounts import Role
from finews.schema.database import Database
from finews.schema.errors import RequestError, TooManySigningInError, UnknownNameError
from finews.ui import stream_end
from finews.ui.app import ROUTERS
from tests.pipeline.desk import Desk
from tests.ui.door import WORD, app_of, closed, console, somebody
from tests.ui.visitor import Visitor


@pytest.fixture
def door(desk: Desk) -> Iterator[str]:
    """The address of a console whose operator and viewer have passwords."""
    with console(desk.settings(**closed())) as address:
        yield address


@pytest.fixture
def operator(door: str) -> Iterator[Visitor]:
    """Its operator, signed in."""
    with somebody(door) as visitor:
        yield visitor


@pytest.fixture
def database(desk: Desk) -> Iterator[Database]:
    """The same database, from the command line's side."""
    with Database(desk.settings()) as opened:
        yield opened


def status(answer: httpx.Response) -> int:
    """Its status, where it is not the sign-in page that one was led to."""
    return 401 if answer.url.path == "/sign-in" and answer.request.method == "GET" else answer.status_code


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


def test_signing_in_gives_a_new_name_and_leads_back(door: str) -> None:
    with Visitor(door) as visitor:
        visit = visitor.get("/actions").cookies
        assert "Name or password is wrong" in visitor.sign_in("operator", "wrong").text
        before = dict(visitor.cookies)
        there = visitor.sign_in("Operator ", WORD, to="/actions?who=ann")
        assert (there.status_code, there.url.path, there.url.query) == (200, "/actions", b"who=ann")
        name, value = next(iter(visitor.cookies.items()))
        assert name.startswith("finews-")
        assert value not in {*before.values(), *visit.values()}
        given = there.history[0].headers["set-cookie"]
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(given.split("; "))
        assert "Domain" not in given
        assert "Secure" not in given

    for elsewhere in ("//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example", "x"):
        with Visitor(door, follow_redirects=False) as visitor:
            token = visitor.get("/sign-in").text.split('name="token" value="')[1].split('"')[0]
            data = {"name": "operator", "password": WORD, "to": elsewhere, "token": token}
            answer = httpx.Client.post(visitor, "/sign-in", data=data)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_cookie_that_we_did_not_sign_is_none(door: str, operator: Visitor) -> None:
    (name, value), *_ = operator.cookies.items()
    for forged in (value[:-1] + ("0" if value[-1] != "0" else "1"), value.rpartition(".")[0], "s..", "é"):
        answer = httpx.get(door, headers=[(b"Cookie", f"{name}={forged}".encode())])
        assert answer.status_code == 303


def test_after_some_attempts_none_is_heard_for_a_while(desk: Desk, door: str) -> None:
    with Visitor(door) as visitor:
        for _ in range(5):
            assert visitor.sign_in("operator", "wrong").status_code == 403
        locked = visitor.sign_in("operator", WORD)
        assert locked.status_code == 429
        assert 0 < int(locked.headers["retry-after"]) <= 30
        assert "Try again in" in locked.text
        # Another console of the same database knows it too, and somebody else comes in.
        with console(desk.settings(**closed())) as other, Visitor(other) as elsewhere:
            assert elsewhere.sign_in("operator", WORD).status_code == 429
            assert elsewhere.sign_in("viewer", "only looking").status_code == 200
        past = "update login_failures set locked_until = now() - interval '1 s' where subject = %s"
        desk.execute(past, ["account:operator"])
        assert visitor.sign_in("operator", "wrong").status_code == 403
        waits = (
            "select extract(epoch from locked_until - last_at)::int from login_failures where subject = %s"
        )
        assert desk.rows(waits, ["account:operator"]) == [(60,)]
        desk.execute(past, ["account:operator"])
        assert visitor.sign_in("operator", WORD).status_code == 200
        assert desk.rows("select subject, failures from login_failures") == [("address:127.0.0.1", 6)]


def test_an_address_that_tries_many_names_is_not_heard_either(desk: Desk, door: str) -> None:
    desk.execute("insert into login_failures values ('address:127.0.0.1', 19, now(), null)")
    with Visitor(door) as visitor:
        assert visitor.sign_in("open-sesame-42", "x").status_code == 403
        assert visitor.sign_in("operator", WORD).status_code == 429
    # What was typed as a name may have been a password: the audit does not have it.
    assert desk.rows("select who, action, state from actions") == [("?", "sign in", "refused")]


def test_no_more_passwords_are_compared_than_the_machine_has_room_for() -> None:
    taken = 0
    while passwords._places.acquire(blocking=False):
        taken += 1
    try:
        with pytest.raises(TooManySigningInError):
            passwords.fits("x", None)
    finally:
        passwords._places.release(taken)
    assert not passwords.fits("x", None)
    assert not passwords.fits("\0" * passwords.LONGEST, None)


def test_sessions_end(desk: Desk, door: str) -> None:
    for ending in (
        "update sessions set expires_at = now()",
        "update sessions set seen_at = now() - interval '121 minutes'",
    ):
        with somebody(door) as visitor:
            assert status(visitor.get("/")) == 200
            desk.execute(ending)
            assert status(visitor.get("/")) == 401
    with somebody(door) as visitor:
        kept = dict(visitor.cookies)
        assert visitor.post("/sign-out").url.path == "/sign-in"
        assert [value[0] for value in visitor.cookies.values()] == ["v"]
        assert httpx.get(door, cookies=kept).status_code == 303
    # Another password in the settings: whoever had the old one is out.
    with somebody(door) as visitor, console(desk.settings(**closed(ui_password="another one"))) as later:
        (_, value), *_ = visitor.cookies.items()
        port = httpx.URL(later).port
        assert httpx.get(later, cookies={f"finews-{port}": value}).status_code == 303
        assert status(visitor.get("/")) == 200


def test_named_accounts(desk: Desk, door: str, database: Database) -> None:
    new_account(database, "张伟", Role.OPERATOR, "a long password")
    with somebody(door, "张伟", "a long password") as visitor:
        assert "张伟" in visitor.get("/").text
        new_password(database, "张伟", "another password")
        assert status(visitor.get("/")) == 401
        assert visitor.sign_in("张伟", "a long password").status_code == 403
        assert visitor.sign_in("张伟", "another password").status_code == 200
        disable_account(database, "张伟", disabled=True)
        assert status(visitor.get("/")) == 401
        disable_account(database, "张伟", disabled=False)
        assert status(visitor.get("/")) == 401
        disable_account(database, "张伟", disabled=True)
        assert visitor.sign_in("张伟", "another password").status_code == 403
    for name in ("", "a b", "x" * 64, "operator", "张伟"):
        with pytest.raises(RequestError):
            new_account(database, name, Role.VIEWER, "a long password")
    with pytest.raises(RequestError, match="too short"):
        new_password(database, "张伟", "short")
    drop_account(database, "张伟")
    with pytest.raises(UnknownNameError):
        disable_account(database, "张伟", disabled=False)
    assert desk.rows("select action, state from actions where who <> '?' order by id") == [
        ("account add", "done"),
        ("sign in", "done"),
        ("account password", "done"),
        ("sign in", "refused"),
        ("sign in", "done"),
        ("account disable", "done"),
        ("account enable", "done"),
        ("account disable", "done"),
        ("account add", "refused"),
        ("account remove", "done"),
        ("account enable", "refused"),
    ]


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


def test_tokens_of_the_api(desk: Desk, door: str, database: Database) -> None:
    def asked(token: str, path: str = "/api/actions", method: str = "GET", **headers: str) -> int:
        sent = {**headers, "Authorization": f"Bearer {token}"}.items()
        return httpx.request(
            method, door + path, headers=[(name.encode(), value.encode()) for name, value in sent]
        ).status_code

    new_account(database, "robot", Role.OPERATOR, None)
    new_account(database, "screen", Role.VIEWER, None)
    acting, made = make_token(database, "robot", "night shift", None)
    looking, _ = make_token(database, "screen", "wall", None)
    assert asked(acting) == asked(looking) == 200
    assert asked(acting, "/api/try", "POST") == 200
    assert asked(looking, "/api/try", "POST") == 403
    # What a browser would add by itself is no proof; a token is for the API alone; and there is no password to guess.
    assert asked(acting, "/api/try", "POST", Origin="https://evil.example") == 403
    assert asked(acting, "/actions") == 303
    assert asked("finews_" + "x" * 43) == asked("é") == 401
    with Visitor(door) as visitor:
        assert visitor.sign_in("robot", "").status_code == 403
    assert desk.rows("select who, door, subject from actions where action = 'try'") == [
        ("robot", "api", "by api")
    ]
    end_token(database, made.id)
    assert asked(acting) == 401
    desk.execute("update api_tokens set expires_at = now() where account = 'screen'")
    assert asked(looking) == 401
    assert acting not in str(desk.rows("select * from api_tokens")) + str(desk.rows("select * from actions"))


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


def test_the_page_of_actions(desk: Desk, operator: Visitor) -> None:
    assert operator.post("/api/try").status_code == 200
    desk.execute(
        """
        insert into actions (who, role, door, action, subject, state)
        select case when n %% 2 = 1 then 'ann' else 'bob' end, 'operator', 'page', 'forget', 'NW' || n, 'done'
        from generate_series(0, 59) n
        """
    )
    assert operator.post("/try?what=nonsense").status_code == 400
    first: Any = operator.get("/api/actions", params={"limit": 40}).json()
    rest: Any = operator.get("/api/actions", params={"limit": 40, "after": first["next"]}).json()
    numbers = [each["id"] for each in first["items"] + rest["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert (len(numbers), rest["next"]) == (63, None)
    newest = first["items"][0]
    assert (newest["who"], newest["state"], newest["detail"]) == ("operator", "refused", {"size": 3})
    assert "that is nonsense" in newest["outcome"]
    assert newest["address"] == "127.0.0.1"
    some: Any = operator.get("/api/actions", params={"who": "ann", "action": "forget"}).json()
    assert {each["who"] for each in some["items"]} == {"ann"}
    shown = operator.get("/actions", params={"who": "ann"}).text
    assert "NW59" in shown
    assert "NW58" not in shown
    assert "/actions?after=" in operator.get("/actions").text
    assert operator.get("/actions?after=nonsense").status_code == 400
    assert operator.get("/actions?who=%00").status_code == 200


def test_a_stream_of_events_has_an_end(door: str, operator: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_end, "LONGEST", 1.0)
    heard = ""
    with (
        operator.stream("GET", "/stream", headers={"Accept": "text/event-stream"}) as answer,
        suppress(httpx.RemoteProtocolError),
    ):
        for part in answer.iter_text():
            heard += part
    assert heard.startswith("data: tick")


def test_health(desk: Desk, door: str) -> None:
    assert httpx.get(f"{door}/healthz").text == "ok\n"
    assert httpx.get(f"{door}/readyz").json() == {"ready": True}
    assert "set-cookie" not in httpx.get(f"{door}/readyz").headers
