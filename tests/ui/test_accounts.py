"""Who comes in, under which name, and how long they stay: passwords, lock-outs, sessions, tokens."""

from __future__ import annotations

import httpx
import pytest

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
from finews.ui import streams
from tests.pipeline.desk import Desk
from tests.ui.door import WORD, closed, console, somebody, status
from tests.ui.visitor import Visitor


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


def test_a_stream_has_an_end_and_who_is_signed_out_opens_no_other(
    door: str, operator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LONGEST", 1.0)
    with operator.stream("GET", "/events") as answer:
        # It comes to its end in order: a connection that is torn would raise here.
        assert next(answer.iter_lines()) == "retry: 2000"
    operator.post("/sign-out")
    assert status(operator.get("/events")) == 401
