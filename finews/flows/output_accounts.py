"""What `finews accounts list` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_accounts(accounts: Sequence[Mapping[str, Any]]) -> None:
    """A table of accounts, and one of tokens where there are any."""
    console = Console()
    if not accounts:
        console.print("nobody: the console asks for no password, and listens on this machine only")
        return
    table = _table("account", "role", "signs in with", "state", "since")
    for each in accounts:
        kept = "the settings' password" if each["kept"] == "settings" else "its password"
        table.add_row(
            Text(each["name"]),
            each["role"],
            kept if each["password"] else "tokens only",
            "closed" if each["disabled_at"] else "open",
            _day(each["created_at"]),
        )
    console.print(table)
    tokens = [token for each in accounts for token in each["tokens"]]
    if tokens:
        table = _table("token", "account", "for", "made", "ends", "used last", "state")
        for each in tokens:
            table.add_row(
                str(each["id"]),
                Text(each["account"]),
                Text(each["label"]),
                *(_day(each[name]) for name in ("created_at", "expires_at", "used_at")),
                "revoked" if each["revoked_at"] else "",
            )
        console.print(table)


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _day(moment: str | None) -> str:
    return moment[:10] if moment else ""
