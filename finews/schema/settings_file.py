"""`finews.toml`: the settings of the environment, by the same names in lower case."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic_settings import PydanticBaseSettingsSource

from finews.schema.errors import SettingError

SETTINGS_FILE = "finews.toml"


class SettingsFile(PydanticBaseSettingsSource):
    """What the file sets, where there is one; raises SettingError where it cannot be read."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """Nothing field by field: the whole file is read at once, below."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Name → value, the names without their prefix."""
        file = Path(os.environ.get("FINEWS_SETTINGS_FILE") or SETTINGS_FILE)
        if not file.is_file():
            return {}
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingError(f"{file} cannot be read: {error}") from error
        return {key.lower().removeprefix("finews_"): value for key, value in table.items()}
