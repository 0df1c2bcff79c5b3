# SPDX-License-Identifier: Apache-2.0
"""contactinfoctl doctor: what it says of servers good and bad, and its exit
code, which is that of monitoring plugins."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

from harness import ROOT, Service, eventually, free_port

GOOD, WARNING, CRITICAL, UNKNOWN = range(4)
STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
CHECKS = {"connection", "durability", "packet", "connections", "statements",
          "timeout", "read-only", "cluster", "clock", "schema", "engine",
          "primary key", "collation", "rights"}
LINE = re.compile(r"(OK|WARNING|CRITICAL|UNKNOWN) +([a-z -]+): (.+)")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One whose settings these tests change and put back."""
    own = Service(tmp_path_factory.mktemp("doctor"))
    try:
        yield own.start()
    finally:
        own.clean()


def run(service, *options, option_file=None):
    build = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
    file = option_file or service.env["DB_OPTION_FILE"]
    return subprocess.run(
        [build / "contactinfoctl", "--option-file", file, "doctor", *options],
        text=True, capture_output=True, timeout=60)


def examine(service, exits, *options, **more):
    """Run it, expect an exit code; its findings as (state, check, text)."""
    done = run(service, *options, **more)
    assert done.returncode == exits, done
    assert done.stderr == ""
    findings = [LINE.fullmatch(line).groups()
                for line in done.stdout.splitlines()]
    ranks = [[2, 3, 1, 0].index(STATES.index(one[0])) for one in findings]
    assert ranks == sorted(ranks), "the worst comes first"
    assert findings[0][0] == STATES[exits]
    return findings


def worst(service, exits, check, *parts, options=()):
    """Expect that one finding of a check, and no other that is bad."""
    findings = examine(service, exits, *options)
    bad = [one for one in findings if one[0] != "OK"]
    assert [one[:2] for one in bad] == [(STATES[exits], check)], bad
    for part in parts:
        assert part in bad[0][2]
    assert {one[1] for one in findings} == CHECKS


@contextlib.contextmanager
def changed(service, there, back):
    service.db.run(there)
    try:
        yield
    finally:
        service.db.run(back)


@contextlib.contextmanager
def variable(service, name, value):
    before = service.db.value(f"SELECT @@GLOBAL.{name}")
    number = before if before.isdigit() else f"'{before}'"
    with changed(service, f"SET GLOBAL {name} = {value}",
                 f"SET GLOBAL {name} = {number}"):
        yield


@contextlib.contextmanager
def database_with(service, *options):
    """The database with other options of the command line."""
    home = (service.run_dir / "home").resolve()
    service.kill("DB", signal.SIGTERM)
    server = subprocess.Popen(
        ["mariadbd", f"--defaults-file={home}/my.cnf", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        assert eventually(lambda: answers(service), 30)
        yield
    finally:
        server.terminate()
        server.wait(60)
        service.start()


def answers(service):
    try:
        return service.db.value("SELECT 1") == "1"
    except subprocess.CalledProcessError:
        return False


# --- a good server -----------------------------------------------------------

@pytest.mark.parametrize("account", ["DB_OPTION_FILE", "DB_ADMIN_OPTION_FILE"])
def test_of_a_good_server_there_is_nothing_to_say(service, account):
    findings = examine(service, GOOD, option_file=service.env[account])
    assert {one[0] for one in findings} == {"OK"}
    assert {one[1] for one in findings} == CHECKS
    assert len(findings) == len(CHECKS)


def test_json_says_the_same(service):
    with variable(service, "wait_timeout", 5):
        done = run(service, "--json")
        findings = examine(service, WARNING)
    assert done.returncode == WARNING
    report = json.loads(done.stdout)
    assert report["state"] == "WARNING"
    assert sorted(findings) == sorted(
        (one["state"], one["check"], one["text"]) for one in report["checks"])


def test_it_changes_nothing(service):
    checksums = f"CHECKSUM TABLE {', '.join(granted_tables())}"
    before = service.db.rows(checksums)
    examine(service, GOOD)
    assert service.db.rows(checksums) == before


# --- settings ----------------------------------------------------------------

@pytest.mark.parametrize("check, name, value", [
    ("durability", "innodb_flush_log_at_trx_commit", 0),
    ("durability", "innodb_flush_log_at_trx_commit", 2),
    ("packet", "max_allowed_packet", 524288),
    ("connections", "max_connections", 100),
    ("statements", "max_prepared_stmt_count", 9000),
    ("timeout", "wait_timeout", 299),
])
def test_a_setting_that_is_relaxed_is_named(service, check, name, value):
    with variable(service, name, value):
        worst(service, WARNING, check, f"{name} is {value}")
    examine(service, GOOD)


def test_limits_are_compared_with_what_the_module_is_told(service):
    examine(service, GOOD, "--connections", "199")
    worst(service, WARNING, "connections", "max_connections is 200",
          options=["--connections", "200"])
    with variable(service, "wait_timeout", 100):
        examine(service, GOOD, "--idle", "100")


@pytest.mark.parametrize("sync, exits", [(0, WARNING), (1, GOOD)])
def test_a_binary_log_has_to_be_synced(service, sync, exits):
    with database_with(service, "--log-bin=log", f"--sync-binlog={sync}"):
        if exits == GOOD:
            examine(service, GOOD)
        else:
            worst(service, WARNING, "durability", "sync_binlog is 0")


@pytest.fixture
def node(service):
    """The database as the only node of a Galera cluster."""
    provider = pathlib.Path("/usr/lib/galera/libgalera_smm.so")
    if not provider.exists():
        pytest.skip("Galera is not installed")
    group = f"gmcast.listen_addr=tcp://127.0.0.1:{free_port()}"
    with database_with(
            service, "--wsrep-on=ON", f"--wsrep-provider={provider}",
            "--wsrep-cluster-address=gcomm://", "--binlog-format=ROW",
            f"--wsrep-provider-options={group}",
            "--wsrep-node-address=127.0.0.1"):
        yield service


def test_a_cluster_of_one_is_a_warning(node):
    worst(node, WARNING, "cluster", "wsrep_cluster_size is 1")


def test_a_cluster_that_does_not_flush_is_named(node):
    with variable(node, "innodb_flush_log_at_trx_commit", 2):
        findings = examine(node, WARNING)
    (text,) = [one[2] for one in findings if one[1] == "durability"]
    assert text.startswith("innodb_flush_log_at_trx_commit is 2")
    assert "wsrep_on" in text


def test_a_node_that_left_its_cluster_is_critical(node):
    """It answers, but no statement reaches a table."""
    node.db.run("SET GLOBAL wsrep_cluster_address = ''")
    findings = examine(node, CRITICAL)
    bad = [one[2] for one in findings if one[:2] == ("CRITICAL", "cluster")]
    assert any(one.startswith("wsrep_cluster_status is ") for one in bad)


def test_a_server_that_is_read_only_is_critical(service):
    with variable(service, "read_only", 1):
        worst(service, CRITICAL, "read-only", "read_only is ON")


def test_a_clock_that_differs_is_named(service):
    with variable(service, "init_connect", "'SET timestamp = 1000000000'"):
        worst(service, WARNING, "clock", "seconds behind this machine")


# --- schema ------------------------------------------------------------------

@pytest.mark.parametrize("there, back, part", [
    ("version = 2", "version = 3", "run contactinfoctl migrate"),
    ("version = 9, compatible_from = 9", "version = 3, compatible_from = ",
     "compatible from 9"),
])
def test_a_schema_that_does_not_fit_is_critical(service, there, back, part):
    if back.endswith("= "):
        back += service.db.value("SELECT compatible_from FROM schema_version")
    with changed(service, f"UPDATE schema_version SET {there}",
                 f"UPDATE schema_version SET {back}"):
        worst(service, CRITICAL, "schema", part)


@pytest.mark.parametrize("check, part, there, back", [
    ("engine", "engine of schema_version is MyISAM",
     "ENGINE = MyISAM", "ENGINE = InnoDB"),
    ("primary key", "schema_version has none",
     "DROP PRIMARY KEY", "ADD PRIMARY KEY (id)"),
    ("collation", "schema_version.name is latin1_bin",
     "ADD name VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin",
     "DROP name"),
    ("collation", "schema_version.name is utf8mb4_general_ci",
     "ADD name VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
     "DROP name"),
])
def test_a_table_that_was_changed_is_critical(service, check, part, there,
                                              back):
    with changed(service, f"ALTER TABLE schema_version {there}",
                 f"ALTER TABLE schema_version {back}"):
        worst(service, CRITICAL, check, part)


def test_a_table_that_is_gone_is_critical(service):
    with changed(service, "RENAME TABLE contact_unique TO elsewhere",
                 "RENAME TABLE elsewhere TO contact_unique"):
        findings = examine(service, CRITICAL)
    bad = {one[1] for one in findings if one[0] != "OK"}
    assert bad == {"rights"}
    assert "contact_unique" in findings[0][2]


# --- rights ------------------------------------------------------------------

def grants():
    """(table, right) of every right that grants.sql gives."""
    text = re.sub(r"--.*", "", (ROOT / "schema" / "grants.sql").read_text())
    for rights, table in re.findall(
            r"GRANT ([A-Z, ]+?)\s+ON contactinfo\.(\w+)", text):
        for right in rights.split(", "):
            yield table, right


def granted_tables():
    return sorted({table for table, _ in grants()})


@pytest.mark.parametrize("table", granted_tables())
def test_each_right_that_is_missing_is_named(service, table):
    rights = [right for name, right in grants() if name == table]
    assert rights
    for right in rights:
        with changed(service, f"REVOKE {right} ON {table} FROM contactinfo",
                     f"GRANT {right} ON {table} TO contactinfo"):
            findings = examine(service, CRITICAL)
        assert any(one[:2] == ("CRITICAL", "rights")
                   and f"lacks {right} on {table};" in one[2]
                   for one in findings), findings
    examine(service, GOOD)


# --- no server ---------------------------------------------------------------

def test_a_database_that_is_down_is_critical(service):
    service.kill("DB", signal.SIGTERM)
    try:
        findings = examine(service, CRITICAL)
    finally:
        service.start()
    assert [one[:2] for one in findings] == [("CRITICAL", "connection")]


def test_a_wrong_password_is_critical(service, tmp_path):
    file = tmp_path / "db.cnf"
    text = pathlib.Path(service.env["DB_OPTION_FILE"]).read_text()
    file.write_text(re.sub("password=.*", "password=hunter2", text))
    findings = examine(service, CRITICAL, option_file=file)
    assert findings[0][1] == "connection"
    assert "hunter2" not in str(findings)


@pytest.mark.parametrize("options", [
    ["--connections", "x"], ["--connections", "0"], ["--idle", "-1"],
    ["--nothing"], ["word"]], ids=" ".join)
def test_a_wrong_command_line_is_unknown(service, options):
    done = run(service, *options)
    assert done.returncode == UNKNOWN
    assert re.fullmatch(r"contactinfoctl: [^\n]+\n", done.stderr)
    assert done.stdout == ""


def test_without_an_option_file_nothing_is_known(service, tmp_path):
    done = run(service, option_file=tmp_path / "none.cnf")
    assert (done.returncode, done.stdout) == (UNKNOWN, "")
    assert run(service, "--help").returncode == 0
