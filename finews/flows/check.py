"""One finding of a doctor: what was looked at, how it stands, what was found and how to mend it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from finews.schema.errors import FinewsError


class Standing(StrEnum):
    """How what was looked at stands; only `wrong` makes a command exit with 1."""

    WELL = "well"
    WORTH_KNOWING = "worth knowing"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, kw_only=True)
class Check:
    """`mend` says what to do about it; empty where nothing is to be done."""

    name: str
    standing: Standing
    found: str
    mend: str = ""

    def as_json(self) -> dict[str, str]:
        """Every field by name."""
        return {"name": self.name, "standing": self.standing.value, "found": self.found, "mend": self.mend}


def well(name: str, found: str) -> Check:
    """All is as it should be."""
    return Check(name=name, standing=Standing.WELL, found=found)


def worth_knowing(name: str, found: str, mend: str = "") -> Check:
    """The work goes on, and somebody may want to know."""
    return Check(name=name, standing=Standing.WORTH_KNOWING, found=found, mend=mend)


def wrong(name: str, found: str, mend: str) -> Check:
    """The work does not go on like this."""
    return Check(name=name, standing=Standing.WRONG, found=found, mend=mend)


def not_checked(name: str, why: str) -> Check:
    """What it needs is missing."""
    return Check(name=name, standing=Standing.NOT_CHECKED, found=why)


def looked_at(name: str, look: Callable[[], list[Check]], *, mend: str = "") -> list[Check]:
    """What `look` finds; where it cannot look, that is the finding, whatever the reason. Raises nothing.

    `mend` is what to do where the reason itself does not say.
    """
    try:
        return look()
    except FinewsError as error:
        return [wrong(name, error.detail or str(error), error.advice or mend)]
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        return [wrong(name, f"{what}{error.strerror or error}", mend or "See what this user may do there")]
    except Exception as error:  # noqa: BLE001 - a doctor does not fall ill with the patient
        place = traceback.extract_tb(error.__traceback__)[-1]
        found = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
        return [wrong(name, found, "This is a bug of finews; please report it")]
