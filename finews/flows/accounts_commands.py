"""`finews accounts …`: who may use the console, and with which tokens its API may be asked."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Annotated

import typer

from finews.flows.command_input import Json, settings_in_force
from finews.schema.errors import RequestError

accounts_app = typer.Typer(
    help="Who may use the console: accounts, their passwords, and tokens of its API.\n\n"
    "[bold]Example:[/] finews accounts add ann --role operator",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
Name = Annotated[str, typer.Argument(help="Name of the account.", metavar="NAME")]
_ROLE = "viewer sees everything and changes nothing; operator acts."


@accounts_app.command("add")
def accounts_add(
    name: Name,
    role: Annotated[str, typer.Option("--role", help=_ROLE, metavar="viewer|operator")],
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For a program: it is used by its tokens only.")
    ] = False,
    json: Json = False,
) -> None:
    """Make an account. Its password is asked for twice, or read from standard input.

    [bold]Example:[/] finews accounts add ann --role operator
    """
    from finews.flows.accounts import new_account
    from finews.flows.output import print_json
    from finews.schema.accounts import Role
    from finews.schema.database import Database

    if role not in {each.value for each in Role}:
        raise RequestError(f"{role!r} is no role", advice="viewer and operator are")
    settings = settings_in_force()
    password = None if no_password else _asked()
    with Database(settings) as database:
        made = new_account(database, name, Role(role), password)
    told = {"name": made.name, "role": made.role.value, "password": password is not None}
    print_json(told) if json else typer.echo(f"{made.name} is {_a(made.role.value)} now")


@accounts_app.command("list")
def accounts_list(json: Json = False) -> None:
    """The accounts and their tokens; no secret is shown.

    [bold]Example:[/] finews accounts list
    """
    from finews.flows.accounts import listed_accounts
    from finews.flows.output import print_json
    from finews.flows.output_accounts import print_accounts
    from finews.schema.database import Database

    settings = settings_in_force()
    with Database(settings) as database:
        found = listed_accounts(database, settings)
    print_json({"accounts": found}) if json else print_accounts(found)


@accounts_app.command("password")
def accounts_password(name: Name, json: Json = False) -> None:
    """Give an account another password: asked for twice, or read from standard input. Its sessions end.

    [bold]Example:[/] finews accounts password ann
    """
    from finews.flows.accounts import new_password
    from finews.schema.database import Database

    settings, password = settings_in_force(), _asked()
    with Database(settings) as database:
        new_password(database, name, password)
    _tell(name, "has another password; its sessions are over", json)


@accounts_app.command("disable")
def accounts_disable(
    name: Name,
    undo: Annotated[bool, typer.Option("--undo", help="Open it again.")] = False,
    json: Json = False,
) -> None:
    """Close an account: its sessions end at once, its tokens rest.

    [bold]Example:[/] finews accounts disable ann
    """
    from finews.flows.accounts import disable_account
    from finews.schema.database import Database

    with Database(settings_in_force()) as database:
        disable_account(database, name, disabled=not undo)
    _tell(name, "is open again" if undo else "is closed; its sessions are over, its tokens rest", json)


@accounts_app.command("remove")
def accounts_remove(name: Name, json: Json = False) -> None:
    """Remove an account with its tokens. What it did stays on the page of actions.

    [bold]Example:[/] finews accounts remove ann
    """
    from finews.flows.accounts import drop_account
    from finews.schema.database import Database

    with Database(settings_in_force()) as database:
        drop_account(database, name)
    _tell(name, "is removed, with its tokens", json)


@accounts_app.command("unlock")
def accounts_unlock(name: Name, json: Json = False) -> None:
    """Forget the failed attempts to sign in as an account, so that the next one is heard at once.

    [bold]Example:[/] finews accounts unlock operator
    """
    from finews.flows.accounts import unlock_account
    from finews.schema.database import Database

    with Database(settings_in_force()) as database:
        cleared = unlock_account(database, name)
    _tell(name, "may try again" if cleared else "was not locked: no attempt had failed", json)


@accounts_app.command("token")
def accounts_token(
    name: Name,
    label: Annotated[str, typer.Option("--label", help="What it is for.")],
    days: Annotated[int | None, typer.Option("--days", min=1, max=3650, help="How long it holds.")] = None,
    json: Json = False,
) -> None:
    """Make a token for the API, with the role of its account. It is shown this once.

    [bold]Example:[/] finews accounts token robot --label "morning report" --days 90
    """
    from finews.flows.accounts import make_token, token_as_json
    from finews.flows.output import print_json
    from finews.schema.database import Database

    lasts = None if days is None else timedelta(days=days)
    with Database(settings_in_force()) as database:
        token, made = make_token(database, name, label, lasts)
    if json:
        print_json({**token_as_json(made), "token": token})
        return
    typer.echo(f"token {made.id} of {made.account}, which is not shown again:", err=True)
    typer.echo(token)


@accounts_app.command("revoke")
def accounts_revoke(
    number: Annotated[int, typer.Argument(help="Number of the token.", metavar="N")], json: Json = False
) -> None:
    """End a token for good.

    [bold]Example:[/] finews accounts revoke 3
    """
    from finews.flows.accounts import end_token, token_as_json
    from finews.flows.output import print_json
    from finews.schema.database import Database

    with Database(settings_in_force()) as database:
        found = end_token(database, number)
    if json:
        print_json(dict(token_as_json(found)))
    else:
        typer.echo(f"token {found.id} of {found.account} ({found.label}) is revoked")


def _asked() -> str:
    """The password: typed twice on a terminal, else the first line of standard input."""
    from finews.flows.passwords import LONGEST, checked_password

    if not sys.stdin.isatty():
        line = sys.stdin.readline(LONGEST + 2).rstrip("\r\n")
        if not line:
            raise RequestError("no password is given", advice="Standard input has it in its first line")
        return checked_password(line)
    password: str = typer.prompt("Password", hide_input=True, err=True)
    checked_password(password)
    again: str = typer.prompt("The same again", hide_input=True, err=True)
    if again != password:
        raise RequestError("the two passwords are not the same, nothing was changed")
    return password


def _tell(name: str, words: str, json: bool) -> None:
    from finews.flows.output import print_json

    print_json({"name": name, "done": words}) if json else typer.echo(f"{name} {words}")


def _a(role: str) -> str:
    return f"an {role}" if role == "operator" else f"a {role}"
