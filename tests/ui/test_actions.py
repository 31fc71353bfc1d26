"""The page of actions: who did what, and what came of it."""

from __future__ import annotations

from typing import Any

from tests.pipeline.desk import Desk
from tests.ui.visitor import Visitor


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
