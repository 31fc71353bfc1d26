"""Settings: environment over file, errors in the operator's words, secrets unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from finews.schema.errors import SettingError
from finews.schema.settings import Settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    settings = Settings.load()
    assert settings.data == tmp_path / ".finews"
    assert settings.site == tmp_path / ".finews" / "site"
    assert settings.sources == (
        "http://finews.zning.xyz",
        "http://choicewzp1.eastmoney.com",
        "http://app.jg.eastmoney.com",
    )
    assert settings.share_link("NW1") == "http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW1"
    assert settings.site_host == "finews.withounder.com"
    assert settings.rate_in_force == 5.0


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "finews.toml").write_text('finews_rate = 2\nsite_host = "news.example"\n', encoding="utf-8")
    monkeypatch.setenv("FINEWS_RATE", "7")
    settings = Settings.load()
    assert (settings.rate, settings.site_host) == (7.0, "news.example")


def test_sources_are_comma_separated_and_loopback_has_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINEWS_SOURCES", "http://127.0.0.1:1/, http://localhost:2/~x ,http://127.0.0.1:1")
    settings = Settings.load()
    assert settings.sources == ("http://127.0.0.1:1", "http://localhost:2/~x")
    assert settings.rate_in_force is None
    assert {"127.0.0.1:1", "localhost:2", "finews.zning.xyz"} <= settings.mirror_hosts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FINEWS_RATE", "fast"),
        ("FINEWS_RATE", "0"),
        ("FINEWS_SOURCES", "ftp://a.example"),
        ("FINEWS_SOURCES", "http://user:secret-word@a.example"),
        ("FINEWS_SOURCES", " , "),
        ("FINEWS_SITE_HOST", "http://a.example"),
        ("FINEWS_CONTACT", "a\nb"),
        ("FINEWS_LIVE_DAYS", "-1"),
        ("FINEWS_RECHECK_AFTER", "1h,soon"),
        ("FINEWS_RECHECK_AFTER", "0h"),
        ("FINEWS_RECHECK_SHARE", "0.5"),
        ("FINEWS_UI_PASSWORD", "$argon2id$v=19$m=65536$secret-word"),
        ("FINEWS_UI_SECRET", "secret-word"),
        ("FINEWS_UI_HOSTS", "https://console.example"),
        ("FINEWS_UI_PROXIES", "everybody"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_not_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=name) as caught:
        Settings.load()
    assert "secret-word" not in str(caught.value)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("content", ["rate = ", "no_such_setting = 1", b"\xff"])
def test_a_broken_file_is_told(content: str | bytes, tmp_path: Path) -> None:
    file = tmp_path / "finews.toml"
    file.write_bytes(content) if isinstance(content, bytes) else file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingError):
        Settings.load()


def test_the_password_is_not_among_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINEWS_DATABASE_URL", "postgresql://me:open-sesame@db/finews")
    shown = Settings.load().shown()
    assert "open-sesame" not in str(shown)
    assert all(each["meaning"] for each in shown)
