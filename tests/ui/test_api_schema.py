"""The API keeps its word: whatever is asked, it answers as its OpenAPI document says, and never with a server error."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation as AnyOperation
from schemathesis import Case as AnyCase
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema

from finews.flows import background
from finews.ui.api import FAILURES
from tests.pipeline.desk import Desk, article
from tests.ui.visitor import Visitor

Operation = AnyOperation[Any, Any, Any, Any]
Case = AnyCase[Any]
NAMES = {"feeds": "37", "mirrors": "1"}
"""Tag → what a `{name}` of its operations may be."""
CHECKS: list[Any] = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_TOKEN = re.compile(r'name="(?:token|csrf-token)" (?:value|content)="([0-9a-f]+)"')


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A console with something of everything in it, what its document promises, and somebody who may act."""

    address: str
    schema: BaseSchema
    session: requests.Session

    def operations(self) -> Iterator[Operation]:
        """All that can be asked for."""
        for each in self.schema.get_all_operations():
            assert isinstance(each, Ok), each
            yield each.ok()

    def ask(self, case: Case) -> None:
        """Asks once; raises where the answer is not as the document says."""
        answer = case.call(base_url=self.address, session=self.session, timeout=30, allow_redirects=False)
        case.validate_response(answer, checks=CHECKS)


@pytest.fixture
def asking(desk: Desk, address: str) -> Iterator[Asking]:
    """An article that is published and one in quarantine, a run, a planned backfill."""
    desk.publish(article(1, feeds=("37",)), article(2, title="", feeds=("37",)))
    desk.poll()
    planned = desk.run("backfill", "--from", "2026-03-10", "--to", "2026-03-10", "--plan", "--json")
    assert planned.status == 0, planned.err
    with requests.Session() as session:
        token = _TOKEN.search(session.get(address + "/feeds", timeout=30).text)
        session.headers.update({"Origin": address, "X-CSRF-Token": token[1] if token else ""})
        yield Asking(
            address=address,
            schema=schemathesis.openapi.from_url(address + "/api/openapi.json"),
            session=session,
        )


def known(operation: Operation) -> dict[str, Any]:
    """Names in a path that mean something which is there."""
    code = article(1 if operation.method == "get" else 2).info_code
    given = {
        "name": NAMES.get(next(iter(operation.tags or ()), ""), "37"),
        "number": 1,
        "code": code,
        "info_code": code,
        "day": "2026-03-10",
    }
    return {name: given[name] for name in re.findall(r"{(\w+)}", operation.path) if name in given}


def try_out(asking: Asking, most: int) -> int:
    """Asks for every operation `most` times each with what fits, with names that are there, and with what does not fit.

    The same each time. Returns how often something was asked.
    """
    asked = 0
    rules = settings(
        max_examples=most,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def go(strategy: Any) -> None:
        @seed(0)
        @rules
        @given(case=strategy)
        def ask(case: Case) -> None:
            nonlocal asked
            asked += 1
            asking.ask(case)

        ask()

    for operation in asking.operations():
        go(operation.as_strategy())
        if there := known(operation):
            go(operation.as_strategy(path_parameters=there))
        if any(operation.iter_parameters()) or operation.body:
            go(operation.as_strategy(GenerationMode.NEGATIVE))
    return asked


@pytest.fixture
def no_long_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be begun in the background ends at once: here it matters what is answered, and not what is done."""

    def nothing(_words: Any, **more: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-S", "-c", ""], **more)

    stand_in = types.SimpleNamespace(Popen=nothing, DEVNULL=subprocess.DEVNULL)
    monkeypatch.setattr(background, "subprocess", stand_in)


@pytest.mark.usefixtures("no_long_work")
def test_whatever_is_asked_is_answered_as_the_document_says(asking: Asking) -> None:
    assert try_out(asking, 3) > 50


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_same_at_length(asking: Asking) -> None:
    """With all that it begins in the background."""
    assert try_out(asking, 25) > 400


def test_every_operation_documents_how_it_may_fail(client: httpx.Client) -> None:
    """Once for all of them: `api_router` does it."""
    names = []
    for path, methods in client.get("/api/openapi.json").json()["paths"].items():
        for method, told in methods.items():
            where = f"{method} {path}"
            names.append(told["operationId"])
            assert {str(each) for each in FAILURES} <= set(told["responses"]), where
            assert "422" not in told["responses"], where
            assert told.get("description"), f"{where} says nothing of itself"
            assert told.get("tags"), where
    assert len(names) == len(set(names))


WRONG: list[tuple[str, str, bytes, int, str]] = [
    ("DELETE", "/api/feeds", b"", 405, "Request"),
    ("GET", "/api/feeds/%00", b"", 404, "UnknownName"),
    ("GET", "/api/feeds/%ff%fe", b"", 404, "UnknownName"),
    ("GET", "/api/feeds/37?days=x", b"", 400, "Request"),
    ("POST", "/api/mirrors/1/rate", b'{"rate": NaN}', 400, "Request"),
    ("POST", "/api/mirrors/1/rate", b'{"rate": 1e999}', 400, "Request"),
    ("POST", "/api/mirrors/1/rate", b'{"rate"', 400, "Request"),
    ("POST", "/api/mirrors/1/rate", b"\xff", 400, "Request"),
    ("POST", "/api/feeds/poll", b'{"feeds": ["\\ud800"]}', 404, "UnknownName"),
    ("POST", "/api/feeds/37/pause", b'{"who": "me"}', 400, "Request"),
]
"""Method, path, body; status and kind of the answer."""


def test_what_is_wrong_is_told_in_words(client: Visitor) -> None:
    for method, path, body, status, kind in WRONG:
        headers = {"Content-Type": "application/json"} if body else {}
        # Without its token nothing is looked at.
        headers["X-CSRF-Token"] = client.token
        answer = client.request(method, path, content=body or None, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (status, kind), (path, body, answer.text)
        assert set(answer.json()) == {"error", "message"}
