# SPDX-License-Identifier: Apache-2.0
"""A database that is killed, full or copied under load: P1, P2, P7, P9,
P26."""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

import pytest

from harness import Service, eventually
from images import png
from journal import Journal, Writer, verdict
from load import Background, Client, bound, figure
from test_doctor import database_with


def test_nothing_acknowledged_is_lost(site, tmp_path):
    """P1, P2 and P7: kill -9 of mariadbd under writers."""
    service = site.service
    run = uuid.uuid4().hex
    journal = Journal(tmp_path / "journal")
    writers = [Writer(site.client(), journal, run) for _ in range(16)]
    with Background(16, lambda i: writers[i].step()):
        for _ in range(figure(10, 100)):
            time.sleep(random.uniform(0.1, 1))
            service.kill("DB", signal.SIGKILL)
            service.start()
            site.heals()
            time.sleep(0.3)
    site.recovers()
    tally = journal.tally()
    assert tally["done"] > figure(300, 20000), tally
    assert tally["unknown"] + tally["not done"] > 0
    assert not verdict(journal, site.client(), service.db, run)


def mariadb(service, *arguments, program="mariadb", **named):
    return subprocess.run(
        [program, "--no-defaults", "--socket=" + service.env["DB_SOCKET"],
         *arguments], check=True, **named)


@pytest.fixture
def restored(site):
    """A function that restores a dump; its service's Db, for the copy."""
    def restore(path):
        mariadb(site.service, "-e", "DROP DATABASE IF EXISTS restored;"
                " CREATE DATABASE restored CHARACTER SET utf8mb4"
                " COLLATE utf8mb4_bin")
        with path.open("rb") as file:
            mariadb(site.service, "restored", stdin=file)

    yield restore
    mariadb(site.service, "-e", "DROP DATABASE IF EXISTS restored")


def dump(site, path):
    with path.open("wb") as file:
        mariadb(site.service, "--single-transaction", "contactinfo",
                program="mariadb-dump", stdout=file)


def checksums(site, database):
    tables = [row["name"] for row in site.service.db.rows(
        "SELECT table_name AS name FROM information_schema.tables"
        f" WHERE table_schema = '{database}' AND table_type = 'BASE TABLE'"
        " ORDER BY table_name")]
    assert "contact" in tables
    return {table: site.service.db.rows(
        f"CHECKSUM TABLE {database}.{table}")[0]["Checksum"]
        for table in tables}


def test_a_dump_is_whole_and_exact(site, restored, tmp_path):
    """P9: under load one moment of all tables, at rest the same bytes."""
    path = tmp_path / "dump.sql"
    run = uuid.uuid4().hex
    journal = Journal(tmp_path / "journal")
    writers = [Writer(site.client(), journal, run) for _ in range(6)]
    with Background(6, lambda i: writers[i].step()):
        time.sleep(figure(1, 20))
        acknowledged = [e["mark"] for e in journal.entries()
                        if (e["kind"], e["outcome"]) == ("create", "done")]
        dump(site, path)
    restored(path)
    value = site.service.db.value
    assert acknowledged
    marks = "','".join(acknowledged)
    assert int(value(
        "SELECT COUNT(*) FROM restored.contact WHERE"
        f" JSON_VALUE(document, '$.udf_string_2') IN ('{marks}')")) == len(
            acknowledged)
    # a contact, its key and its photo are of one moment
    assert value(
        "SELECT COUNT(*) FROM restored.contact c LEFT JOIN"
        " restored.contact_key k ON k.contact_seq = c.contact_seq AND k.value"
        " = CONCAT(JSON_VALUE(document, '$.udf_string_1'), '@x.example')"
        f" WHERE c.last_name = '{run}' AND k.value IS NULL") == "0"
    assert value(
        "SELECT COUNT(*) FROM (SELECT p.file_id FROM restored.profile_photo p"
        " LEFT JOIN restored.profile_photo_chunk"
        " USING (organisation_id, file_id) GROUP BY p.file_id, p.size"
        " HAVING COALESCE(SUM(LENGTH(data)), 0) <> p.size) AS broken") == "0"
    dump(site, path)
    restored(path)
    assert checksums(site, "restored") == checksums(site, "contactinfo")


# --- a full disk -------------------------------------------------------------


@pytest.fixture
def volume():
    """A small file system of its own, if the account may mount one."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o",
                               "size=260m,mode=755", "tmpfs", folder])
        if done.returncode:
            pytest.skip("needs the right to mount a tmpfs")
        try:
            yield pathlib.Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def fill(volume, free):
    """Take all of the volume but this."""
    left = os.statvfs(volume)
    room = left.f_bavail * left.f_frsize - free
    if room > 0:
        with (volume / "filler").open("ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), room)


def test_a_full_disk_refuses_writes_only(volume):
    """P26: 503 within the deadline, reads go on, and it heals alone."""
    service = Service(volume / "service",
                      "ContactInfoDBTimeout connect=1s deadline=4s\n")
    try:
        service.start()
        client = Client(service, service.api().login().token)
        contact = client.create(notes="kept").data["id"]
        service.log.allow("CI0003")
        fill(volume, 2 << 20)
        codes = set()
        for _ in range(40):
            answer = client.add_photo(contact, png(700000))
            codes.add(answer.code)
            assert answer.seconds < bound(4.4)
            if answer.code == "SERVICE_UNAVAILABLE":
                break
            contact = client.create().data["id"]
        assert codes == {"OK", "SERVICE_UNAVAILABLE"}
        for _ in range(5):
            assert client.show(contact).ok
            assert client.photo(contact) is None
        (volume / "filler").unlink()
        assert eventually(lambda: client.add_photo(
            contact, png(700000)).ok)
        assert client.photo(contact) == png(700000)
    finally:
        service.clean()


def refused(answer):
    return answer.code in ("SERVICE_UNAVAILABLE", "OUTCOME_UNKNOWN")


def test_a_full_binary_log_refuses_writes_only(volume, tmp_path):
    """P26: the server waits for room within COMMIT. What it gave up makes room
    for others: no pile of threads shuts the reads out."""
    service = Service(tmp_path / "service",
                      "ContactInfoDBTimeout connect=1s deadline=4s\n")
    log = volume / "log"
    log.mkdir()
    shutil.chown(log, "mysql")
    run = uuid.uuid4().hex
    journal = Journal(tmp_path / "journal")
    try:
        service.start()
        token = service.api().login().token
        with database_with(service, f"--log-bin={log}/log", "--server-id=1",
                           "--sync-binlog=1", "--binlog-format=ROW",
                           "--max-connections=60"):
            service.recovers()
            service.log.allow("CI0003")
            client = Client(service, token)
            contact = client.create(notes="kept").data["id"]
            writers = [Writer(Client(service, token), journal, run)
                       for _ in range(8)]
            careless = [Client(service, token) for _ in range(8)]

            def work(index):
                return (writers[index].step() if index < 8
                        else careless[index - 8].create())

            fill(volume, 20 << 20)
            with Background(16, work):
                assert eventually(lambda: refused(client.create()))
                end = time.monotonic() + figure(15, 60)
                while time.monotonic() < end:
                    answer = client.create()
                    assert refused(answer), answer
                    assert answer.seconds < bound(4.4), answer
                    answer = client.show(contact)
                    assert answer.ok and answer.data["notes"] == "kept"
                (volume / "filler").unlink()
                assert eventually(lambda: client.create().ok, 90)
                time.sleep(2)
            assert journal.tally()["done"] > 100
            assert not verdict(journal, client, service.db, run)
    finally:
        service.clean()
