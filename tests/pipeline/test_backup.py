"""`backup` and `restore`: into an empty home comes the same site, and whatever goes wrong leaves nothing half."""

from __future__ import annotations

import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from finews.flows.backup import back_up, restore
from finews.flows.forget import forget
from finews.flows.import_site import import_site
from finews.flows.pipeline import Pipeline
from finews.flows.publish_site import publish_site
from finews.flows.search_index import bring_up_to_date
from finews.flows.standing import status, trace
from finews.schema import migrate
from finews.schema.database import Database
from finews.schema.embedded import embedded_server
from finews.schema.errors import RequestError, RestoreError, SettingError
from finews.schema.pg_programs import connection_of
from tests.databases import Server
from tests.pipeline.desk import Desk, article, outcomes
from tests.pipeline.old_posts import lay, path, post


@pytest.fixture
def elsewhere(server: Server, desk: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A desk at the same newsroom with an empty folder and an empty database."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with server.database(empty=True) as address:
        yield Desk(newsroom=desk.newsroom, address=address, folder=folder)


def whole_site(desk: Desk) -> dict[str, bytes]:
    """Every file of the site: path → bytes."""
    return {
        each.relative_to(desk.site).as_posix(): each.read_bytes()
        for each in sorted(desk.site.rglob("*"))
        if each.is_file()
    }


def published(desk: Desk) -> int:
    """`finews publish`; returns how many posts it wrote."""
    with Pipeline(desk.settings()) as pipeline:
        return publish_site(pipeline.database, desk.settings(), pipeline.progress)["written"]


def lived_in(desk: Desk) -> list[str]:
    """Articles of every fate at this desk; returns the codes of those that have a row."""
    lay(desk.site, {path(9): post(9).encode()})
    with Pipeline(desk.settings()) as pipeline:
        assert import_site(pipeline, desk.site).counts["new"] == 1
    desk.publish(
        article(1, feeds=("37",)),
        article(2, medianame="样本日报"),
        # Names that sound the same: the second has a slug of its own.
        article(3, medianame="洋本日报"),
        article(4, extra={"text": None}),
        article(5),
    )
    desk.poll("37")
    desk.ingest(*(article(number) for number in range(1, 6)))
    desk.newsroom.edit(article(1).info_code, title="改过")
    assert desk.ingest(article(1)).counts["updated"] == 1
    with Pipeline(desk.settings()) as pipeline:
        forget(pipeline, [article(5).info_code], why="a test")
    published(desk)
    return [article(number).info_code for number in (1, 2, 3)]


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty folder in which a server of another user may live: pytest closes its own to all others."""
    with tempfile.TemporaryDirectory(prefix="finews-home-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def test_an_empty_home_gets_the_identical_site(desk: Desk, home: Path) -> None:
    codes = lived_in(desk)
    with Database(desk.settings()) as database:
        bring_up_to_date(database)
    ran = desk.run("backup", "all.dump", "--json")
    file = desk.folder / "all.dump"
    assert (ran.status, ran.json["file"]) == (0, str(file)), ran.err
    assert ran.json["bytes"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    # Without an address: the embedded server of that home, which stays up for what follows.
    with embedded_server(home) as address:
        new = Desk(newsroom=desk.newsroom, address=address, folder=home)
        ran = new.run("restore", str(file), "--json", FINEWS_DATABASE_URL="")
        assert ran.status == 0, ran.err
        assert ran.json["articles"] == 4
        assert not new.site.exists()
        # The search index is no part of a backup, and is made anew.
        assert (new.count("search_texts"), new.count("search_queue")) == (0, 4)
        with Pipeline(new.settings()) as pipeline:
            told = status(pipeline.database, new.settings())
        assert (told["articles"], told["posts"], told["quarantine"]) == (4, 0, 1)
        assert published(new) == 4
        assert whole_site(new) == whole_site(desk)
        assert new.run("reconcile").status == 0

        desk.publish(article(6))
        ended = {
            code: outcome
            for code, (outcome, _) in outcomes(new.ingest(*codes, article(5), article(6))).items()
        }
        assert ended == {
            **dict.fromkeys(codes, "unchanged"),
            article(5).info_code: "skipped",
            article(6).info_code: "new",
        }
        with Pipeline(new.settings()) as pipeline:
            traced = trace(pipeline.database, new.settings(), codes[0])
        assert traced["earlier_titles"] == [article(1).title]


def test_what_the_database_numbers_goes_on(desk: Desk, elsewhere: Desk) -> None:
    desk.publish(article(1), article(2))
    desk.ingest(article(1))
    back_up(desk.settings(), desk.folder / "x.dump")
    restore(elsewhere.settings(), desk.folder / "x.dump")
    before = {
        table: elsewhere.rows(f"select max(id) from {table}")[0][0]
        for table in ("runs", "events", "payloads")
    }
    assert outcomes(elsewhere.ingest(article(2)))[article(2).info_code] == ("new", "")
    for table, last in before.items():
        new = elsewhere.rows(f"select id from {table} where id > %s", [last])
        assert new, table
        assert elsewhere.count(table) == elsewhere.rows(f"select count(distinct id) from {table}")[0][0]
    assert elsewhere.rows("select count(*) from links where lease_run is not null") == [(0,)]


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    server: Server, desk: Desk, elsewhere: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server.database(empty=True) as address, monkeypatch.context() as earlier:
        earlier.setattr(migrate, "HEAD", "0004")
        with Database(desk.settings(database_url=address)):
            pass
        back_up(desk.settings(database_url=address), desk.folder / "old.dump")
    assert restore(elsewhere.settings(), desk.folder / "old.dump")["revision"] == "0004"
    assert elsewhere.rows("select version_num from alembic_version") == [(migrate.HEAD,)]


def test_nothing_is_overwritten_and_nothing_is_mixed(desk: Desk, elsewhere: Desk) -> None:
    file = desk.folder / "x.dump"
    file.write_bytes(b"mine")
    with pytest.raises(RequestError, match="--force"):
        back_up(desk.settings(), file)
    assert file.read_bytes() == b"mine"
    back_up(desk.settings(), file, force=True)
    desk.execute("insert into media (name, slug) values ('a', 'a')")
    with pytest.raises(RequestError, match="not empty"):
        restore(desk.settings(), file)
    assert desk.count("media") == 1
    for there in (desk.folder, desk.folder / "no" / "folder"):
        with pytest.raises(RequestError, match="cannot be a file"):
            back_up(desk.settings(), there, force=True)
    with pytest.raises(RequestError, match="nothing of finews"):
        back_up(elsewhere.settings(), desk.folder / "y.dump")
    with pytest.raises(RequestError, match="FINEWS_HOME"):
        back_up(elsewhere.settings(database_url=None), desk.folder / "y.dump")
    assert not (elsewhere.folder / "postgres").exists()


def test_a_home_that_was_only_looked_at_is_empty_too(
    desk: Desk, elsewhere: Desk, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`finews status` in a new home makes the schema: a backup takes its place, also one of an older schema."""
    file = desk.folder / "x.dump"
    desk.publish(article(1))
    desk.ingest(article(1))
    back_up(desk.settings(), file)
    with Database(elsewhere.settings()):
        pass
    assert restore(elsewhere.settings(), file)["articles"] == 1
    assert published(elsewhere) == 1
    assert elsewhere.tree() == desk.tree()
    with server.database(empty=True) as address:
        there = elsewhere.settings(database_url=address)
        with monkeypatch.context() as earlier:
            earlier.setattr(migrate, "HEAD", "0004")
            with Database(there):
                pass
        with psycopg.connect(address) as connection:
            connection.execute("create table theirs ()")
        with pytest.raises(RequestError, match="not empty"):
            restore(there, file)
        with psycopg.connect(address) as connection:
            connection.execute("drop table theirs")
        assert restore(there, file)["articles"] == 1


def test_what_somebody_writes_meanwhile_is_not_lost(desk: Desk, elsewhere: Desk) -> None:
    file = desk.folder / "x.dump"
    back_up(desk.settings(), file)
    with Database(elsewhere.settings()):
        pass
    with psycopg.connect(elsewhere.address) as connection:
        connection.execute("insert into media (name, slug) values ('a', 'a')")
        process = elsewhere.start("restore", str(file))
        while not elsewhere.rows("select from pg_locks where not granted"):
            assert process.poll() is None
            time.sleep(0.02)
        connection.commit()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "somebody has begun to use the database" in err
    assert elsewhere.rows("select name from media") == [("a",)]
    assert elsewhere.count("articles") == 0


def test_no_secret_is_an_argument(desk: Desk, elsewhere: Desk) -> None:
    """Of the address's secrets no program's words tell; those without a variable are in a file of the owner's."""
    word = "ge:heim es/wort"
    given = {"FINEWS_DATABASE_URL": f"{desk.address} password='{word}' sslpassword='{word}'"}
    with psycopg.connect(desk.address) as connection:
        connection.execute("lock table payloads in access exclusive mode")
        process = desk.start("backup", "x.dump", **given)
        while not desk.rows("select from pg_locks where not granted and relation = 'payloads'::regclass"):
            assert process.poll() is None
            time.sleep(0.02)
        (dump,) = psutil.Process(process.pid).children(recursive=True)
        told = Path(dump.environ()["PGSERVICEFILE"])
        assert word not in " ".join(dump.cmdline())
        assert dump.environ()["PGPASSWORD"] == word
        assert (stat.S_IMODE(told.stat().st_mode), told.read_text()) == (
            0o600,
            f"[finews]\nsslpassword={word}\n",
        )
        connection.rollback()
    out, err = process.communicate(timeout=30)
    assert (process.returncode, word in out + err) == (0, False), err
    assert not told.exists()
    given["FINEWS_DATABASE_URL"] = f"{elsewhere.address} sslpassword='{word}'"
    ran = elsewhere.run("restore", str(desk.folder / "x.dump"), **given)
    assert (ran.status, word in ran.err) == (0, False), ran.err
    with pytest.raises(SettingError, match="service"), connection_of(f"service=x sslpassword='{word}'"):
        pass


def test_a_file_that_is_no_backup_is_refused(desk: Desk, elsewhere: Desk, server: Server) -> None:
    rubbish = desk.folder / "rubbish"
    rubbish.write_bytes(b"PGDMP and nothing behind it")
    with pytest.raises(RequestError, match="no backup that can be read"):
        restore(elsewhere.settings(), rubbish)
    with pytest.raises(RequestError, match="no file"):
        restore(elsewhere.settings(), desk.folder / "missing")
    desk.execute("update alembic_version set version_num = '9999'")
    back_up(desk.settings(), desk.folder / "future.dump")
    with pytest.raises(RequestError, match="newer finews"):
        restore(elsewhere.settings(), desk.folder / "future.dump")
    assert elsewhere.rows("select count(*) from pg_class where relname = 'links'") == [(0,)]


def test_a_backup_that_breaks_off_changes_nothing(desk: Desk, elsewhere: Desk) -> None:
    desk.publish(*(article(number) for number in range(1, 31)))
    desk.ingest(*(article(number) for number in range(1, 31)))
    file = desk.folder / "x.dump"
    back_up(desk.settings(), file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 3 // 4])
    with pytest.raises((RestoreError, RequestError)):
        restore(elsewhere.settings(), file)
    assert elsewhere.rows("select count(*) from pg_class where relname = 'links'") == [(0,)]
    file.write_bytes(whole)
    assert restore(elsewhere.settings(), file)["articles"] == 30


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_half_file(desk: Desk, number: signal.Signals) -> None:
    (desk.folder / ".finews-half").write_bytes(b"not ours")
    with psycopg.connect(desk.address) as connection:
        connection.execute("lock table payloads in access exclusive mode")
        process = desk.start("backup", "x.dump")
        while not desk.rows("select from pg_locks where not granted and relation = 'payloads'::regclass"):
            assert process.poll() is None
            time.sleep(0.02)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert [each.name for each in desk.folder.glob(".finews-*")] == [".finews-half"]
    assert not (desk.folder / "x.dump").exists()
    assert children
    assert not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in children)


def test_an_interrupted_restore_leaves_the_database_empty(desk: Desk, elsewhere: Desk) -> None:
    back_up(desk.settings(), desk.folder / "x.dump")
    with psycopg.connect(elsewhere.address) as connection:
        # Whoever makes the same table waits for the end of this transaction.
        connection.execute("create table alembic_version ()")
        process = elsewhere.start("restore", str(desk.folder / "x.dump"))
        while not elsewhere.rows("select from pg_locks where not granted"):
            assert process.poll() is None
            time.sleep(0.02)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        connection.rollback()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert children
    assert not psutil.wait_procs(children, timeout=10)[1]
    assert elsewhere.rows("select count(*) from pg_class where relname in ('links', 'alembic_version')") == [
        (0,)
    ]
    restore(elsewhere.settings(), desk.folder / "x.dump")
