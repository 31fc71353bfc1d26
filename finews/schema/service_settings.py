"""The settings of alerts, figures, links to the console and the scheduled publish."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator

from finews.schema.base_address import base_address
from finews.schema.ui_settings import UiSettings

_BETWEEN = re.compile(r"[\s,;]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")
"""Between two addresses; a comma within one is its own."""


class ServiceSettings(UiSettings):
    """When something counts as amiss, who is told, where figures are served, what a scheduled publish does besides."""

    alerts_to: SecretStr | None = Field(
        None,
        description="who is told: apprise addresses (`mailto://…`, `tgram://…`), comma-separated; secret",
    )
    alerts_hold: float = Field(5.0, ge=0, description="minutes that something is amiss before it is told")
    alerts_well: float = Field(15.0, ge=0, description="minutes that it is well before it counts as over")
    alerts_pause: float = Field(
        30.0, ge=0, description="minutes after a first message for which what comes next is gathered into one"
    )
    alerts_remind: float = Field(
        8.0, gt=0, description="hours after which trouble that lasts is told again, with what came later"
    )
    alerts_failures: int = Field(
        3, ge=1, description="readings in a row after which a feed counts as failing"
    )
    alerts_quarantine: int = Field(
        20, ge=1, description="articles quarantined within an hour that are too many"
    )
    alerts_backlog: float = Field(15.0, gt=0, description="minutes that a due link may wait")
    alerts_poll_late: float = Field(10.0, gt=0, description="minutes that a poll may be late")
    alerts_disk: float = Field(2.0, ge=0, description="GiB that have to be free for data and site")
    metrics_host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="address that `finews metrics` serves on; anybody may read there",
    )
    metrics_port: int = Field(9470, ge=0, le=65535, description="port of `finews metrics`; 0: any")

    ui_address: str = Field(
        "",
        description="address under which operators reach the console, for links in messages and runs; empty: none",
    )

    publish_build: bool = Field(
        False, description="whether the scheduled publish builds the site with Jekyll"
    )
    publish_git: bool = Field(
        False, description="whether the scheduled publish commits the site and pushes it"
    )

    @field_validator("alerts_to")
    @classmethod
    def _targets(cls, value: SecretStr | None) -> SecretStr | None:
        for each in split_targets(value):
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", each):
                raise ValueError("addresses of apprise such as mailto://… are expected, comma-separated")
        return value

    @field_validator("ui_address")
    @classmethod
    def _console(cls, value: str) -> str:
        return base_address(value) if value.strip() else ""

    def console_page(self, path: str) -> str:
        """The address of a page of the console such as `/runs/12`; empty where no console is known."""
        return f"{self.ui_address}{path}" if self.ui_address else ""

    @property
    def alert_targets(self) -> tuple[str, ...]:
        """The addresses, each once; they hold passwords and tokens."""
        return split_targets(self.alerts_to)


def split_targets(value: SecretStr | None) -> tuple[str, ...]:
    """The addresses that a list of them names, each once, in its order."""
    text = value.get_secret_value().strip(" \t\r\n,;") if value else ""
    return tuple(dict.fromkeys(_BETWEEN.split(text))) if text else ()
