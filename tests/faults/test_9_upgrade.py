# SPDX-License-Identifier: Apache-2.0
"""Another schema, under load and with two versions of the module: P14."""

import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid

import pytest

from harness import ROOT, Service, apache2, eventually, is_alive
from images import png
from load import BASE, LIST, SOAK, Background, Client, Patient, figure
from site_under_test import QUICK
from test_ctl import DONE, REFUSED, SCHEMA, Ctl, Database

BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
HERE = pathlib.Path(__file__).parent
INTEGRATION = ROOT / "tests" / "integration"

# The next migration: what it adds, a module that does not know it can leave
# alone. As every script, it can be run again, on MySQL too.
NEXT = """
SET @sql = IF((SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'contact'
        AND column_name = 'shoe_size'), 'DO 0', 'ALTER TABLE contact
    ADD COLUMN shoe_size INT NULL, ALGORITHM = INPLACE, LOCK = NONE');
PREPARE change_table FROM @sql;
EXECUTE change_table;
SET @sql = IF((SELECT COUNT(*) FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'contact'
        AND index_name = 'contact_shoe_size'), 'DO 0', 'ALTER TABLE contact
    ADD INDEX contact_shoe_size (organisation_id, shoe_size, last_name),
    ALGORITHM = INPLACE, LOCK = NONE');
PREPARE change_table FROM @sql;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
INSERT INTO schema_version (id, version, compatible_from)
VALUES (1, {number}, 1)
ON DUPLICATE KEY UPDATE
    version = GREATEST(version, VALUES(version)),
    compatible_from = GREATEST(compatible_from, VALUES(compatible_from));
"""
BACK = """
ALTER TABLE contact DROP INDEX IF EXISTS contact_shoe_size,
    DROP COLUMN IF EXISTS shoe_size;
DELETE FROM schema_migration WHERE version = {number};
UPDATE schema_version SET version = {number} - 1;
"""
NUMBER = 1 + len(list(SCHEMA.glob("[0-9][0-9][0-9]_*.sql")))


class Node(Service):
    """A second httpd on the database of a service."""

    def __init__(self, first, folder):
        super().__init__(folder)
        self.run_dir = (first.run_dir / "home").resolve() / folder.name
        self.first = first
        self.module = BUILD / "mod_contactinfo.so"

    def command(self, verb):
        """What conf/service.sh does, without a database."""
        if verb == "start":
            for name in "httpd", "htdocs":
                (self.run_dir / name).mkdir(parents=True)
            self.configure()
            self.control("start")
            assert eventually(lambda: is_healthy(self))
        elif verb == "stop":
            pid = self.pid("HTTPD")
            self.control("stop")
            assert eventually(lambda: not is_alive(pid))

    def control(self, verb):
        apache2("-f", self.run_dir / "httpd.conf", "-k", verb, check=True)

    def configure(self):
        """The first one's configuration with another folder and port."""
        shutil.copy(self.first.env["DB_OPTION_FILE"], self.run_dir)
        text = pathlib.Path(self.first.env["HTTPD_CONF"]).read_text()
        for name, value in {"HOME": self.run_dir, "PORT": self.port,
                            "MODULE": self.module}.items():
            text, count = re.subn(rf"(?m)^(Define CI_{name}) .*$",
                                  rf'\1 "{value}"', text)
            assert count == 1
        (self.run_dir / "httpd.conf").write_text(text)
        server = f"http://127.0.0.1:{self.port}"
        env = {**self.first.env, "SERVER": server,
               "URL": server + BASE.rstrip("/"),
               "HTTPD_PID_FILE": self.run_dir / "httpd" / "httpd.pid",
               "ERROR_LOG": self.run_dir / "httpd" / "error.log"}
        (self.run_dir / "env").write_text("".join(
            f"CONTACTINFO_{name}={value}\n" for name, value in env.items()))

    def upgrade(self, module):
        self.module = module
        self.configure()
        self.graceful()


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("first"), QUICK)
    try:
        yield service.start()
    finally:
        service.clean()


@pytest.fixture
def second(first, tmp_path):
    node = Node(first, tmp_path / "second")
    try:
        yield node.start()
    finally:
        node.log.allow("CI0003")
        node.clean()


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The folder of the scripts with another one in it."""
    folder = tmp_path_factory.mktemp("next") / "schema"
    shutil.copytree(SCHEMA, folder)
    (folder / f"{NUMBER:03}_shoe_size.sql").write_text(
        NEXT.format(number=NUMBER))
    return folder


def mariadb(service):
    """A client that executes what is written to it."""
    return subprocess.Popen(
        ["mariadb", "--no-defaults", "--unbuffered", "--skip-column-names",
         "--socket=" + service.env["DB_SOCKET"], "contactinfo"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say(client, text):
    """Have it executed; the first line that it answers."""
    client.stdin.write(text + "\n")
    client.stdin.flush()
    return client.stdout.readline().strip()


class Traffic:
    """What clients of both nodes do."""

    KINDS = ("create", "update", "show", "list", "photo")

    def __init__(self, *nodes):
        self.token = nodes[0].api().login().token
        self.clients = [Patient(node, self.token) for node in nodes
                        for _ in self.KINDS]
        self.contacts = [client.create(notes="0").data["id"]
                         for client in self.clients]

    def step(self, index):
        time.sleep(0.02)
        client, contact = self.clients[index], self.contacts[index]
        kind = self.KINDS[index % len(self.KINDS)]
        if kind == "create":
            return client.create(uuid.uuid4().hex)
        if kind == "update":
            return client.update(contact, notes=uuid.uuid4().hex)
        if kind == "photo":
            return client.add_photo(contact, png(70000))
        if kind == "list":
            return client.get(LIST, email_address="a@x.example")
        return client.show(contact)

    def __enter__(self):
        self.load = Background(len(self.clients), self.step)
        self.load.__enter__()
        return self

    def __exit__(self, kind, *_):
        self.load.__exit__()
        if kind:
            return
        failed = [a for a in self.load.results if not a.ok]
        assert not failed, (len(self.load.results), failed)
        assert len(self.load.results) > 200


def is_healthy(node):
    client = Client(node)
    answer = client.request("GET", BASE + "health")
    client.close()
    return answer.ok


# Tests that can run twice at a time on one database, without contention.
SUITE = ["test_update.py"] + ["test_list.py"] * SOAK


def suite(node):
    """Some of the integration tests, with a node that is there."""
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x",
         "-k", "not concurrent", "-p", "variant",
         *(INTEGRATION / name for name in SUITE)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "FAULTS_VARIANT": "attached",
             "FAULTS_PORT": str(node.port),
             "FAULTS_RUN_DIR": str(node.run_dir),
             "PYTHONPATH": f"{HERE}:{INTEGRATION}"})


def migrate(service, scripts):
    ctl = Ctl(service.env["DB_ADMIN_OPTION_FILE"])
    return ctl.json("migrate", schema_dir=scripts)["applied"]


def test_an_upgrade_fails_no_request(first, second, scripts):
    """A module that comes before its schema says so, and serves with it; the
    older one goes on. The table that changes is being read for long."""
    reader = mariadb(first)
    with Traffic(first, second):
        second.upgrade(BUILD / "next" / "mod_contactinfo.so")
        assert eventually(lambda: not any(is_healthy(second)
                                          for _ in range(8)))
        say(reader, "START TRANSACTION; SELECT contact_id FROM contact"
                    " LIMIT 1;")
        reader.stdin.write("SELECT SLEEP(5); COMMIT;\n")
        reader.stdin.close()
        assert migrate(first, scripts) == [f"{NUMBER:03}_shoe_size.sql"]
        assert eventually(lambda: all(is_healthy(second) for _ in range(8)))
        assert all(is_healthy(first) for _ in range(8))
        running = [suite(node) for node in (first, second)]
        said = [one.communicate()[0] for one in running]
        assert [one.returncode for one in running] == [0, 0], "".join(said)
    reader.wait()


# --- migrations that are killed ----------------------------------------------


@pytest.fixture
def database(first, tmp_path):
    made = Database(first, tmp_path)
    yield made
    made.drop()


def fill(database):
    """Rows that take a moment to be changed."""
    database.sql((SCHEMA / "demo.sql").read_text())
    columns = ", ".join(name for (name,) in database.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_schema"
        " = DATABASE() AND table_name = 'contact' AND column_name NOT IN"
        " ('contact_seq', 'contact_id')"))
    database.sql(
        f"INSERT INTO contact (contact_id, {columns}) SELECT UPPER(MD5(seq)),"
        f" {columns} FROM (SELECT * FROM contact LIMIT 1) AS one,"
        f" seq_1_to_{figure(10000, 100000)}")


def state(database):
    """All that migrations make, without times."""
    tables = [name for (name,) in database.sql("SHOW TABLES")]
    made = [database.sql(f"SHOW CREATE TABLE {name}") for name in tables]
    return [*made, database.sql("SELECT * FROM schema_version"),
            database.sql("SELECT version, name, checksum FROM schema_migration"
                         " ORDER BY version"),
            database.sql("CHECKSUM TABLE country")]


def empty(database):
    database.sql(f"DROP DATABASE {database.name};"
                 f" CREATE DATABASE {database.name} CHARACTER SET utf8mb4"
                 " COLLATE utf8mb4_bin", "")


def older(database):
    database.sql(BACK.format(number=NUMBER))


def kill_process(_, running):
    running.send_signal(signal.SIGKILL)


def kill_connection(database, _):
    """If there is one, and still is when the server is told."""
    ids = [number for (number,) in database.sql(
        "SELECT id FROM information_schema.processlist"
        " WHERE user = 'contactinfo_admin'")]
    with contextlib.suppress(subprocess.CalledProcessError):
        database.sql("".join(f"KILL {number};" for number in ids))


@pytest.mark.parametrize("before", [empty, older])
def test_a_killed_migration_can_be_repeated(database, scripts, before):
    command = database.ctl.command("migrate", schema_dir=scripts)
    database.ctl.run("migrate", schema_dir=SCHEMA)
    fill(database)
    before(database)
    begin = time.monotonic()
    database.ctl.run("migrate", schema_dir=scripts)
    seconds = time.monotonic() - begin
    whole = state(database)
    interrupted = 0
    for i in range(figure(4, 40)):
        before(database)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as running:
            time.sleep(random.uniform(0, seconds))
            (kill_process, kill_connection)[i % 2](database, running)
        interrupted += running.returncode != DONE
        database.ctl.run("migrate", schema_dir=scripts)
        assert state(database) == whole
    assert interrupted


@pytest.mark.skipif(not SOAK, reason="takes a minute")
def test_a_migration_that_waits_for_another_says_so(first, database, scripts):
    other = mariadb(first)
    try:
        assert say(other, f"USE {database.name}; SELECT GET_LOCK(CONCAT("
                          "'contactinfo.', SHA1(DATABASE())), 1);") == "1"
        assert "another migrate" in database.ctl.run(
            "migrate", schema_dir=scripts, exits=REFUSED)
        assert database.sql("SHOW TABLES") == []
    finally:
        other.stdin.close()
        other.wait()
    database.ctl.run("migrate", schema_dir=scripts)
