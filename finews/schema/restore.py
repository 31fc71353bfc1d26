"""A backup read back: looked into before anything is touched, then filled into an empty database in one transaction.

pg_restore makes SQL of the archive and psql sends it. Between them lines are left out that only some versions of the
server understand, and behind them stands the commit: only where the archive was read to its end is there one.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from finews.schema.errors import RequestError, RestoreError
from finews.schema.pg_programs import Programs, connection_of

_NOT_EVERYWHERE: Final = re.compile(
    rb"SET transaction_timeout = 0;\n"
    # Late releases of PostgreSQL 15 keep this beside every column for themselves, and take it from nobody else's dump.
    rb"|ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \(pg_attver=\d+\);\n"
)
"""Lines that only some servers understand; no table of ours needs them."""
_FIRST_WITH_SIGNS: Final = "0005"
"""The revision since which rows know their files by sign."""
_FIRST_WITH_SEARCH: Final = "0010"
"""The revision since which articles are searched; a backup has none of the index."""
_COPIED: Final = re.compile(rb"^COPY .*alembic_version .*;\n([^\n\\]+)\n", re.MULTILINE)


def revision_in(programs: Programs, archive: Path) -> str:
    """The revision of the schema in a backup; RequestError where the file is no backup of a finews database."""
    listed = _read(programs, archive, "--list")
    if " TABLE DATA " not in listed.decode("utf-8", "replace"):
        raise RequestError(f"{archive} holds no data", advice="Is it a file of `finews backup`?")
    found = _COPIED.search(_read(programs, archive, "--data-only", "--table=alembic_version", "--file=-"))
    if found is None:
        raise RequestError(
            f"{archive} holds no database of finews", advice="Is it a file of `finews backup`?"
        )
    return found[1].decode("ascii", "replace")


def fill(programs: Programs, address: str, archive: Path, revision: str, *, way: str) -> None:
    """Fills the database at `address` from the archive once `way` has made it empty, all of it or nothing.

    Which posts lie on disk was true of another disk: rows are left unpublished, and `publish` finds out.
    Raises RestoreError.
    """
    with connection_of(address) as (argument, environment):
        _fill(programs, argument, environment, archive, opening=way, closing=_closing(revision))


def _fill(
    programs: Programs,
    argument: str,
    environment: Mapping[str, str],
    archive: Path,
    *,
    opening: str,
    closing: bytes,
) -> None:
    reader = [programs.path("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(archive)]
    writer = [programs.path("psql"), "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", argument]
    with tempfile.TemporaryFile() as read_errors, tempfile.TemporaryFile() as write_errors:
        # In sessions of their own: an interrupt is ours, and they are ended by it.
        reading = subprocess.Popen(
            reader,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=read_errors,
            start_new_session=True,
        )
        try:
            writing = subprocess.Popen(
                writer,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=write_errors,
                start_new_session=True,
            )
            try:
                assert reading.stdout is not None
                assert writing.stdin is not None
                with suppress(BrokenPipeError):
                    writing.stdin.write(f"begin;\n{opening}".encode())
                    _send(reading.stdout, writing.stdin)
                    if reading.wait() == 0:
                        writing.stdin.write(closing)
                with suppress(BrokenPipeError):
                    writing.stdin.close()
                written = writing.wait()
            finally:
                _end(writing)
        finally:
            _end(reading)
        if written:
            raise RestoreError(_first_words(write_errors, f"psql ended with {written}"))
        if reading.returncode:
            raise RestoreError(_first_words(read_errors, f"pg_restore ended with {reading.returncode}"))


def _send(source: IO[bytes], target: IO[bytes]) -> None:
    # Line by line only as far as the tables are made: behind that come their rows, and those may say anything.
    while (line := source.readline()) and not line.startswith(b"COPY "):
        if not _NOT_EVERYWHERE.fullmatch(line):
            target.write(line)
    target.write(line)
    while chunk := source.read(2**20):
        target.write(chunk)


def _closing(revision: str) -> bytes:
    signs = ", published_file = null" if revision >= _FIRST_WITH_SIGNS else ""
    search = "insert into search_queue (info_code) select info_code from articles order by moment desc;"
    return f"""
        reset search_path;
        update articles set published_revision = null, published_hash = null{signs};
        {search if revision >= _FIRST_WITH_SEARCH else ""}
        commit;
        analyze;
        """.encode()


def _read(programs: Programs, archive: Path, *options: str) -> bytes:
    done = subprocess.run(
        [programs.path("pg_restore"), *options, str(archive)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise RequestError(f"{archive} is no backup that can be read ({words})")
    return done.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()


def _first_words(errors: IO[bytes], otherwise: str) -> str:
    errors.seek(0)
    said = errors.read().decode("utf-8", "replace").strip()
    return (
        next((line for line in said.splitlines() if "ERROR" in line or "error:" in line), said[:300])
        or otherwise
    )
