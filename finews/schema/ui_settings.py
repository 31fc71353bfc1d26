"""The settings of the console: where it listens, under which names it may be asked, who may come in, for how long."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from finews.schema.errors import SettingError

ARGON2: Final = re.compile(r"\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
"""A password's hash as argon2 writes it."""
CONSOLE_SECRETS: Final = frozenset({"FINEWS_UI_PASSWORD", "FINEWS_UI_VIEWER_PASSWORD", "FINEWS_UI_SECRET"})
"""What is for the console alone: processes that it or a service starts have none of it in their environment."""
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")
_SHORTEST_SECRET: Final = 32


class UiSettings(BaseSettings):
    """Settings of `finews ui`, and of the console in `finews up`."""

    ui_password: SecretStr | None = Field(
        None, description="password of the console's account `operator`, or its argon2 hash; secret"
    )
    ui_password_file: Path | None = Field(None, description="file that holds it, in its place")
    ui_viewer_password: SecretStr | None = Field(
        None, description="the same for the account `viewer`, which sees all and changes nothing; secret"
    )
    ui_viewer_password_file: Path | None = Field(None, description="file that holds it, in its place")
    ui_host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="address that the console listens at; other than loopback only with a password",
    )
    ui_port: int = Field(8470, ge=0, le=65535, description="port of the console; 0: a free one")
    ui_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="host names under which the console is asked besides, comma-separated"
    )
    ui_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="addresses or networks of proxies whose X-Forwarded-For and -Proto are believed, comma-separated",
    )
    ui_session_hours: float = Field(
        12.0, gt=0, le=24 * 90, description="hours after which one has to sign in again"
    )
    ui_idle_minutes: float = Field(
        120.0, ge=2, description="minutes without a request after which a session is over"
    )
    ui_secret: SecretStr | None = Field(
        None,
        description="what cookies are signed with, the same for all consoles of a database; "
        "empty: a key in the data folder; secret",
    )

    @field_validator("ui_password", "ui_viewer_password")
    @classmethod
    def _password(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _checked(value.get_secret_value())
        return value

    @field_validator("ui_secret")
    @classmethod
    def _long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"at least {_SHORTEST_SECRET} characters are expected")
        return value

    @field_validator("ui_hosts", "ui_proxies", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().lower() for part in value.split(",") if part.strip())
        return value

    @field_validator("ui_hosts")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_HOST.fullmatch(each) for each in value):
            raise ValueError("host names without scheme and port are expected")
        return tuple(each.strip("[]") for each in value)

    @field_validator("ui_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ipaddress.ip_network(each, strict=False)
        return value

    @property
    def operator_password(self) -> str | None:
        """The password of the account `operator`, or its hash; raises SettingError where its file cannot be used."""
        return _given("FINEWS_UI_PASSWORD", self.ui_password, self.ui_password_file)

    @property
    def viewer_password(self) -> str | None:
        """The same for the account `viewer`."""
        return _given("FINEWS_UI_VIEWER_PASSWORD", self.ui_viewer_password, self.ui_viewer_password_file)


def _given(name: str, value: SecretStr | None, file: Path | None) -> str | None:
    if file is None:
        return value.get_secret_value() if value else None
    if value:
        raise SettingError(f"both {name} and {name}_FILE are set", advice="Keep one of them")
    try:
        return _checked(file.read_text(encoding="utf-8").strip("\r\n"))
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingError(f"{name}_FILE: {file} ({words})") from None


def _checked(password: str) -> str:
    if not password:
        raise ValueError("a password is expected")
    if password.startswith("$argon2") and not ARGON2.fullmatch(password):
        raise ValueError("this is not a whole argon2 hash; a shell needs it in single quotes")
    return password
