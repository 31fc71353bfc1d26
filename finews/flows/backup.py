"""`backup` and `restore`: the whole database as one file in pg_dump's own format, and back into an empty one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from finews.flows.program import run_program, without_secrets
from finews.flows.site_file import half_written, remove_abandoned, sync_folder
from finews.schema.articles import count_articles
from finews.schema.bare_database import BareDatabase, bare_database, connected, has_database
from finews.schema.database import Database, in_operators_words
from finews.schema.errors import BackupError, RequestError
from finews.schema.migrate import HEAD
from finews.schema.pg_programs import connection_of, programs
from finews.schema.restore import fill, revision_in
from finews.schema.settings import Settings
from finews.schema.unused_schema import way_for_a_backup

_NEW_HOME: Final = "Set FINEWS_HOME to a new folder, or FINEWS_DATABASE_URL to an empty database"


def back_up(settings: Settings, file: Path, *, force: bool = False) -> dict[str, Any]:
    """Writes the database to `file`: `{file, bytes, revision}`. The service may run on meanwhile.

    The file appears whole or not at all, for its owner's eyes only; one that is there is replaced with `force`.
    Raises RequestError, BackupError, ProgramMissingError, and what opening the database raises.
    """
    target = file.expanduser().absolute()
    if target.is_dir() or not target.parent.is_dir():
        raise RequestError(f"{target} cannot be a file", advice="Name a file in a folder that is there")
    if target.exists() and not force:
        raise RequestError(f"{target} is there already", advice="Name another file, or say --force")
    if not has_database(settings):
        raise RequestError(
            f"there is no database in {settings.data}", advice="Is FINEWS_HOME the right folder?"
        )
    with bare_database(settings) as there:
        if there.revision is None:
            raise RequestError("the database holds nothing of finews", advice="Is it the right one?")
        try:
            remove_abandoned(target.parent)
            size = _dump(there, target)
        except OSError as error:
            raise BackupError(f"{target} ({error.strerror or error})") from error
    return {"file": str(target), "bytes": size, "revision": there.revision}


def restore(settings: Settings, file: Path) -> dict[str, Any]:
    """Fills an empty database from a backup, and brings its schema up to date: `{file, revision, articles}`.

    One in which our schema lies and no row is empty, too: whoever has looked at a new home has made it.

    Posts are not written: `publish` does. Raises RequestError where the file is no such backup, comes from a newer
    finews, or the database is not empty; RestoreError; then nothing was changed.
    """
    archive = file.expanduser().absolute()
    if not archive.is_file():
        raise RequestError(f"there is no file {archive}")
    revision = revision_in(programs(0), archive)
    if revision > HEAD:
        raise RequestError(
            f"{archive} comes from a newer finews (schema {revision}, this one knows {HEAD})",
            advice="Upgrade finews",
        )
    with bare_database(settings) as there:
        with in_operators_words(there.address), connected(there.address) as connection:
            way = way_for_a_backup(connection)
        if way is None:
            whose = "" if there.revision else " of somebody else"
            raise RequestError(
                f"the database is not empty: it has {there.tables} tables{whose}", advice=_NEW_HOME
            )
        fill(programs(there.version), there.address, archive, revision, way=way)
        with Database(settings) as database, database.transaction() as connection:
            articles, _ = count_articles(connection)
    return {"file": str(archive), "revision": revision, "articles": articles}


def _dump(there: BareDatabase, target: Path) -> int:
    tools = programs(there.version)
    temporary = half_written(target)
    try:
        # It holds every text there is: only its owner may read it, also while it is being written.
        os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        with connection_of(there.address) as (argument, environment):
            ended = run_program(
                [
                    tools.path("pg_dump"),
                    "--format=custom",
                    "--no-owner",
                    "--no-privileges",
                    "--no-password",
                    # A third of the bytes, and made of the rest by whoever keeps the index.
                    "--exclude-table-data=search_texts",
                    "--exclude-table-data=search_queue",
                    f"--file={temporary}",
                    f"--dbname={argument}",
                ],
                folder=target.parent,
                environment=environment,
            )
        if ended.status:
            raise BackupError(without_secrets(ended.err.strip().partition("\n")[0]))
        size = _made_lasting(temporary)
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return size


def _made_lasting(file: Path) -> int:
    with file.open("rb") as written:
        os.fsync(written.fileno())
        return os.fstat(written.fileno()).st_size
