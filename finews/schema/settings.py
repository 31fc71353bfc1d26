"""Settings: environment variables `FINEWS_…`, and the same names in lower case in `finews.toml`.

The environment wins over the file. `finews.toml` is looked for in the working folder (FINEWS_SETTINGS_FILE names
another); a key may be written with or without the prefix (`finews_rate` or `rate`).
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from finews.schema.base_address import base_address
from finews.schema.durations import duration
from finews.schema.errors import SettingError
from finews.schema.infocode import KNOWN_MIRROR_HOSTS
from finews.schema.service_settings import ServiceSettings
from finews.schema.settings_file import SettingsFile

POLITE_RATE = 5.0
"""Requests a second to one mirror where no rate is set and a mirror is not on this machine."""
MOST_SHARED = 0.95
"""Part of the rate that backfills and rechecks may have together."""


class Settings(ServiceSettings):
    """All that an operator may set. `Settings.load()` is the way in: its errors speak to the operator."""

    model_config = SettingsConfigDict(
        env_prefix="FINEWS_", extra="forbid", frozen=True, env_ignore_empty=True
    )

    home: Path = Field(Path(".finews"), description="data folder")
    database_url: SecretStr | None = Field(None, description="PostgreSQL 15 to 18; empty: an embedded server")
    site_dir: Path | None = Field(None, description="the Jekyll site; default: `site` in the data folder")
    sources: Annotated[tuple[str, ...], NoDecode] = Field(
        tuple(f"http://{host}" for host in KNOWN_MIRROR_HOSTS),
        description="base addresses of the mirrors, comma-separated; the first also serves feeds and search",
    )
    share_base: str = Field("http://finews.zning.xyz", description="host of the share link in a post")
    site_host: str = Field("finews.withounder.com", description="host of the site that the posts belong to")
    live_days: int = Field(0, ge=0, description="days that a post stays in `_posts`; 0: for ever")
    rate: float | None = Field(
        None,
        gt=0,
        description="requests a second to one mirror; default 5, and no limit for a loopback mirror",
    )
    concurrency: int = Field(16, ge=1, le=256, description="open requests to one mirror")
    timeout: float = Field(15.0, gt=0, description="seconds that a whole answer may take")
    retries: int = Field(2, ge=0, le=10, description="further rounds over mirrors that failed in passing")
    feed_count: int = Field(50, ge=1, le=1000, description="articles asked of each feed")
    contact: str = Field("", description="address in the user agent at which the source can reach you")
    processes: int = Field(
        0,
        ge=0,
        le=64,
        description="processes of a crawl or a replay; 0: one for a short list, for a long two, or one a core",
    )
    retry_min: float = Field(
        60.0, gt=0, description="seconds before a failed link is asked again, doubled each time"
    )
    retry_max: float = Field(6 * 3600.0, gt=0, description="most seconds before a failed link is asked again")
    circuit_troubles: int = Field(
        5, ge=1, description="troubles of a mirror in a row after which it is not asked any more"
    )
    circuit_pause: float = Field(
        30.0, gt=0, description="seconds before such a mirror is probed, doubled with each failing probe"
    )
    circuit_longest: float = Field(600.0, gt=0, description="most seconds between two probes of a mirror")
    database_wait: float = Field(
        60.0, ge=0, description="seconds that a run waits for a database that went away in the middle"
    )
    backfill_share: float = Field(
        0.5,
        gt=0,
        le=0.9,
        description="part of the rate that backfills may use; while one runs, polls have the rest",
    )
    recheck_after: Annotated[tuple[str, ...], NoDecode] = Field(
        ("1h", "6h", "24h"),
        description="how long after it came an article is asked again for edits, comma-separated",
    )
    recheck_days: float = Field(
        2.0, gt=0, le=30, description="days after its own time from which an article is asked no more"
    )
    recheck_share: float = Field(
        0.05, gt=0, le=0.5, description="part of the rate that rechecks have to themselves"
    )
    recheck_most: int = Field(500, ge=1, description="articles that one recheck asks for at most")
    git_remote: str = Field("origin", description="git remote that `publish --git` pushes to")
    git_branch: str = Field("", description="branch of the remote; default: the one that is checked out")
    git_name: str = Field("", description="author of the commits; default: git's user.name, else finews")
    git_email: str = Field(
        "", description="e-mail of the author; default: git's user.email, else finews@localhost"
    )
    keep_payloads: int | None = Field(
        None, ge=1, description="days after which payloads of settled articles are old; empty: never"
    )
    old_payloads: Literal["keep", "pack", "drop"] = Field(
        "keep", description="what `retention` does with old payloads: keep, pack or drop"
    )
    keep_events: int | None = Field(
        None, ge=1, description="days after which events of settled articles are rolled up; empty: never"
    )
    poll_seconds: float = Field(
        60.0, gt=0, description="time between two polls of a feed; one tries failed links again no longer"
    )
    up_port: int = Field(
        0, ge=0, le=65535, description="port of the Prefect server of `finews up`; 0: a free one"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not read: one file, one environment
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SettingsFile(settings_cls)

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Reads file and environment; raises SettingError, which names each wrong setting, never its value."""
        try:
            return cls(**given)
        except ValidationError as error:
            wrong = "; ".join(
                f"FINEWS_{'_'.join(str(part) for part in each['loc']).upper()}: {each['msg']}"
                for each in error.errors(include_input=False, include_url=False)
            )
            raise SettingError(wrong, advice="See `finews settings` for names and meanings") from None

    @field_validator("sources", "recheck_after", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("sources")
    @classmethod
    def _bases(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one mirror is needed")
        return tuple(dict.fromkeys(base_address(each) for each in value))

    @field_validator("recheck_after")
    @classmethod
    def _lengths(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one length of time is needed")
        return tuple(sorted(dict.fromkeys(value), key=duration))

    @field_validator("recheck_share")
    @classmethod
    def _leaves_something(cls, value: float, info: ValidationInfo) -> float:
        if value + info.data.get("backfill_share", 0.0) > MOST_SHARED + 1e-9:
            raise ValueError(
                f"together with FINEWS_BACKFILL_SHARE it is at most {MOST_SHARED}: polls have the rest"
            )
        return value

    @field_validator("database_url")
    @classmethod
    def _address(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuses an address whose password would be read as host, port or path, and so be shown."""
        scheme, separator, rest = (value.get_secret_value() if value else "").partition("://")
        authority, _, path = rest.partition("?")[0].partition("/")
        if separator and scheme in ("postgresql", "postgres") and (authority.count("@") > 1 or "@" in path):
            raise ValueError("characters such as @, / and : in a password have to be percent-encoded")
        return value

    @field_validator("share_base")
    @classmethod
    def _base(cls, value: str) -> str:
        return base_address(value)

    @field_validator("site_host")
    @classmethod
    def _host(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?", value):
            raise ValueError("a host name is expected, without scheme")
        return value.rstrip("/")

    @field_validator("git_remote", "git_branch")
    @classmethod
    def _git_name(cls, value: str) -> str:
        # An address may hold a password, and an argument that begins with a dash is an option.
        if value and (
            not re.fullmatch(r"[^\W_][\w./-]*", value) or ".." in value or value.endswith((".", "/"))
        ):
            raise ValueError("the name of a remote or a branch is expected")
        return value

    @field_validator("git_name", "git_email")
    @classmethod
    def _git_person(cls, value: str) -> str:
        if not value.isprintable() or re.search(r"[<>]", value):
            raise ValueError("a name or an e-mail address without < and > is expected")
        return value.strip()

    @field_validator("contact")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isascii() or not value.isprintable():
            raise ValueError("printable ASCII is expected")
        return value.strip()

    @cached_property
    def site(self) -> Path:
        """The site folder, absolute."""
        return (self.site_dir or self.home / "site").expanduser().absolute()

    @cached_property
    def data(self) -> Path:
        """The data folder, absolute."""
        return self.home.expanduser().absolute()

    @cached_property
    def mirror_hosts(self) -> frozenset[str]:
        """Hosts whose share links name our articles: known mirrors, configured mirrors, the share base."""
        configured = (urlsplit(each).netloc for each in (*self.sources, self.share_base))
        return frozenset((*KNOWN_MIRROR_HOSTS, *(host.lower() for host in configured)))

    @cached_property
    def rate_in_force(self) -> float | None:
        """Requests a second to one mirror; None: no limit, which only mirrors on this machine get unasked."""
        if self.rate is not None:
            return self.rate
        return None if all(_is_loopback(each) for each in self.sources) else POLITE_RATE

    @cached_property
    def recheck_steps(self) -> tuple[timedelta, ...]:
        """The lengths of `recheck_after`, the shortest first."""
        return tuple(duration(each) for each in self.recheck_after)

    def share_link(self, info_code: str) -> str:
        """The canonical share link of an article."""
        return f"{self.share_base}/html_News/NewsShare.html?infoCode={info_code}"

    def environment(self) -> dict[str, str]:
        """What is set, as the variables that have another process of this machine use the same; with its secrets."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {
            f"FINEWS_{name.upper()}": _as_variable(value)
            for name, value in given.items()
            if value is not None
        }

    def shown(self) -> list[dict[str, Any]]:
        """Every setting as `{name, value, meaning}`; a secret is only told to be set."""
        return [
            {
                "name": f"FINEWS_{name.upper()}",
                "value": ",".join(value) if isinstance(value, tuple) else "" if value is None else str(value),
                "meaning": field.description or "",
            }
            for name, field in sorted(type(self).model_fields.items(), key=_by_class)
            for value in [getattr(self, name)]
        ]


def _as_variable(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _by_class(named: tuple[str, object]) -> bool:
    """Those of the pipeline come before those of the service around it."""
    return named[0] in ServiceSettings.model_fields


def _is_loopback(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    return host == "localhost" or host == "::1" or bool(re.fullmatch(r"127\.[0-9.]+", host))
