# SPDX-License-Identifier: Apache-2.0
"""contactinfoctl, command by command, against the service's database."""

import getpass
import itertools
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import time
import uuid

import pytest

from harness import Api, ROOT, envelope, eventually

SCHEMA = ROOT / "schema"
DONE, REFUSED, USAGE, MISFIT, UNREACHABLE = range(5)
PASSWORD = "correct horse battery staple"

# Entities of a tenant that are nothing but rows, with what add needs.
PLAIN = {
    "community": {"name": "C"},
    "category": {"name": "C"},
    "industry": {"name": "C"},
    "sector": {"name": "C"},
    "privacy-level": {"name": "C", "hierarchy-level": "2"},
}
TABLES = {
    "organisation": "organisation", "community": "org_community",
    "group": "org_group", "unit": "org_unit", "user": "org_user",
    "key": "api_key", "category": "category", "industry": "industry",
    "sector": "industry_sector", "privacy-level": "privacy_level",
    "country": "country",
}
ACTIONS = {
    "organisation": ["add", "list", "change", "remove"],
    "user": ["add", "list", "change", "remove", "password", "disable",
             "enable", "units"],
    "key": ["add", "list", "revoke"],
}
PURE_ACTIONS = ["add", "list", "change", "remove"]


def actions():
    """All commands, as lists of words."""
    yield from (["migrate"], ["status"], ["doctor"], ["purge"])
    for entity in TABLES:
        for action in ACTIONS.get(entity, PURE_ACTIONS):
            yield [entity, action]


class Ctl:
    """The program with an option file and, if given, an organisation."""

    def __init__(self, option_file, organisation=None):
        build = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
        self.program = os.environ.get("CTL", str(build / "contactinfoctl"))
        self.option_file = option_file
        self.organisation = organisation

    def command(self, *words, **options):
        """The command line; an underscore stands for a dash."""
        line = [self.program, "--option-file", str(self.option_file), *words]
        if self.organisation and words[0] not in ("country", "organisation"):
            line += ["--organisation", self.organisation]
        for name, value in options.items():
            line.append("--" + name.replace("_", "-"))
            line += [] if value is True else [str(value)]
        return line

    def run(self, *words, exits=DONE, stdin="", **options):
        """Run it and expect an exit code; what it printed.

        A failure prints one line on standard error and nothing else, a
        success nothing there.
        """
        done = subprocess.run(self.command(*words, **options), text=True,
                              input=stdin, capture_output=True, timeout=120)
        assert done.returncode == exits, done
        if exits == DONE:
            assert done.stderr == ""
            return done.stdout
        assert re.fullmatch(r"contactinfoctl: [^\n]+\n", done.stderr), done
        return done.stderr

    def json(self, *words, **options):
        return json.loads(self.run(*words, json=True, **options))

    def add(self, entity, **options):
        """A new record's id."""
        return self.run(entity, "add", **options).removesuffix("\n")

    def find(self, entity, record_id):
        """The listed record, or None."""
        found = [row for row in self.json(entity, "list")
                 if row["id"] == record_id]
        assert len(found) < 2
        return found[0] if found else None


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def root(service):
    """The program without an organisation."""
    return Ctl(service.env["DB_ADMIN_OPTION_FILE"])


@pytest.fixture
def ctl(root):
    """The program with a new organisation."""
    name = unique("CTL")
    root.run("organisation", "add", name=name)
    return Ctl(root.option_file, name)


@pytest.fixture
def unit(ctl):
    """A unit of that organisation."""
    community = ctl.add("community", name="Community")
    group = ctl.add("group", name="Group", community_id=community)
    return ctl.add("unit", name="Unit", group_id=group)


@pytest.fixture
def user(ctl, unit):
    """A user in that unit."""
    return ctl.add("user", username="ann", person_name="Ann",
                   default_unit_id=unit, stdin=PASSWORD)


class Database:
    """A database of its own on the service's server, empty at first."""

    def __init__(self, service, folder):
        self.name = unique("ctl").replace("-", "_")
        self.socket = service.env["DB_SOCKET"]
        self.folder = folder
        admin = pathlib.Path(service.env["DB_ADMIN_OPTION_FILE"])
        self.sql(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4"
                 " COLLATE utf8mb4_bin;"
                 f"GRANT ALL ON {self.name}.* TO 'contactinfo_admin'", "")
        option_file = folder / "admin.cnf"
        option_file.write_text(re.sub(r"(?m)^database=.*$",
                                      f"database={self.name}",
                                      admin.read_text()))
        self.ctl = Ctl(option_file)

    def sql(self, text, database=None):
        """Rows as lists of text."""
        command = ["mariadb", "--no-defaults", "--batch",
                   "--skip-column-names", "--socket=" + self.socket,
                   "--default-character-set=utf8mb4",
                   "--user=" + getpass.getuser(),
                   self.name if database is None else database]
        done = subprocess.run([word for word in command if word], check=True,
                              input=text, text=True, capture_output=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def drop(self):
        self.sql(f"DROP DATABASE {self.name};"
                 f"REVOKE ALL ON {self.name}.* FROM 'contactinfo_admin'", "")

    def state(self):
        """All that migrations make, without times."""
        same = f"table_schema = '{self.name}'"
        return [self.sql(f"""
            SELECT table_name, column_name, ordinal_position, column_type,
                   is_nullable, column_default, collation_name
            FROM information_schema.columns WHERE {same} ORDER BY 1, 3;
            SELECT table_name, index_name, seq_in_index, column_name
            FROM information_schema.statistics WHERE {same} ORDER BY 1, 2, 3;
            SELECT table_name, constraint_name, constraint_type
            FROM information_schema.table_constraints WHERE {same}
            ORDER BY 1, 2;
            SELECT table_name, view_definition FROM information_schema.views
            WHERE {same} ORDER BY 1;""".replace(self.name, self.name)),
            self.sql("SELECT * FROM country ORDER BY country_id"),
            self.sql("SELECT * FROM schema_version"),
            self.sql("SELECT version, name, checksum FROM schema_migration")]


@pytest.fixture
def empty(service, tmp_path):
    database = Database(service, tmp_path)
    yield database
    database.drop()


@pytest.fixture(scope="module")
def migrated(service, tmp_path_factory):
    """What a database is when nothing interrupted its migration."""
    database = Database(service, tmp_path_factory.mktemp("migrated"))
    database.ctl.run("migrate", schema_dir=SCHEMA)
    state = database.state()
    database.drop()
    return [[[cell.replace(database.name, "DB") for cell in row]
             for row in part] for part in state]


def same_state(database, migrated):
    return [[[cell.replace(database.name, "DB") for cell in row]
             for row in part] for part in database.state()] == migrated


def organisation_id(service, ctl):
    return service.db.value("SELECT organisation_id FROM organisation"
                            f" WHERE name = '{ctl.organisation}'")


def generation(service, ctl):
    return int(service.db.value("SELECT generation FROM organisation"
                                f" WHERE name = '{ctl.organisation}'"))


def add_session(service, ctl, user, unit, when="INTERVAL 1 HOUR"):
    service.db.run(f"""
        INSERT INTO login_session (token_digest, organisation_id, user_id,
            unit_id, created_date, expires_date)
        VALUES (UNHEX('{uuid.uuid4().hex * 2}'),
            {organisation_id(service, ctl)}, '{user}', '{unit}',
            UTC_TIMESTAMP(), UTC_TIMESTAMP() + {when})""")


def sessions(service, ctl, user):
    return int(service.db.value(
        "SELECT COUNT(*) FROM login_session WHERE user_id = "
        f"'{user}' AND organisation_id = {organisation_id(service, ctl)}"))


def add_contact(service, ctl, user, unit, document="{}", **columns):
    """A row of contact as an import would write it; its id."""
    contact = uuid.uuid4().hex.upper()
    names = "".join(f", {name}" for name in columns)
    values = "".join(f", '{value}'" for value in columns.values())
    service.db.run(f"""
        INSERT INTO contact (organisation_id, contact_id, type,
            life_cycle_state, owned_by_group_id, created_date,
            created_by_user_id, created_by_unit_id, updated_date,
            updated_by_user_id, updated_by_unit_id, document{names})
        SELECT organisation_id, '{contact}', 'PERSON', 'MARKETING', group_id,
            UTC_TIMESTAMP(), '{user}', unit_id, UTC_TIMESTAMP(), '{user}',
            unit_id, '{document}'{values}
        FROM org_unit WHERE unit_id = '{unit}'""")
    return contact


def password_fits(service, user, password, folder):
    """What htpasswd says of a user's stored hash."""
    stored = service.db.value("SELECT password_hash FROM org_user"
                              f" WHERE user_id = '{user}'")
    assert stored.startswith("$2y$10$")
    file = folder / "htpasswd"
    file.write_text(f"user:{stored}\n")
    return subprocess.run(["htpasswd", "-vi", str(file), "user"],
                          input=password, text=True,
                          capture_output=True).returncode == 0


# --- help and usage ----------------------------------------------------------


def test_help_of_the_program_names_every_command(root):
    done = subprocess.run([root.program, "--help"], text=True, check=True,
                          capture_output=True)
    assert done.stderr == ""
    for words in actions():
        assert all(word in done.stdout.split() for word in words)
    assert "Exit code" in done.stdout


@pytest.mark.parametrize("words", list(actions()), ids=" ".join)
def test_every_command_has_help_with_a_text_for_every_option(root, words):
    done = subprocess.run([root.program, *words, "--help"], text=True,
                          check=True, capture_output=True)
    assert f"usage: contactinfoctl --option-file FILE [--json] {words[0]}" \
        in done.stdout
    options = re.findall(r"(?m)^  --(\S+)(?: \S+)? +(\S.*)$", done.stdout)
    assert {"option-file", "json", "help"} <= {name for name, _ in options}
    assert len(options) == done.stdout.count("\n  --")


@pytest.mark.parametrize("entity", TABLES)
def test_every_column_has_an_option(service, root, entity):
    """Save what the program itself sets, and what has an action."""
    own = {"organisation_id", "generation", "password_hash", "key_digest",
           "created_date", TABLES[entity].removeprefix("org_") + "_id"}
    if entity == "user":
        own.add("disabled")
    text = root.run(entity, "add", help=True)
    columns = {row["column_name"] for row in service.db.rows(
        "SELECT column_name AS column_name FROM information_schema.columns"
        f" WHERE table_schema = DATABASE() AND table_name = '{TABLES[entity]}'"
    )} - own
    assert columns
    for column in columns:
        assert f"  --{column.replace('_', '-')} " in text


@pytest.mark.parametrize("entity", TABLES)
def test_help_of_an_entity_names_its_actions(root, entity):
    done = subprocess.run([root.program, entity, "--help"], text=True,
                          check=True, capture_output=True)
    named = [words[1] for words in actions()
             if words[0] == entity and len(words) > 1]
    assert named and all(word in done.stdout.split() for word in named)


@pytest.mark.parametrize("words", [
    [], ["frobnicate"], ["--frobnicate"], ["user", "--frobnicate"], ["user"], ["user", "frobnicate"], ["user", "list"],
    ["status", "now"], ["status", "--now"], ["user", "list", "--organisation"],
    ["unit", "add", "--organisation", "DEMO"],
    ["unit", "change", "--organisation", "DEMO", "--id", "1"],
    ["user", "disable", "--organisation", "DEMO"],
    ["user", "disable", "--organisation", "DEMO", "--id", "1",
     "--username", "demo"],
    ["migrate", "--schema-dir", "/nowhere"],
], ids=" ".join)
def test_a_command_line_that_is_wrong_exits_2(root, words):
    assert root.run(*words, exits=USAGE)


def test_a_value_that_is_no_option_is_not_repeated(root):
    said = root.run("user", "add", "--password=hunter2", exits=USAGE)
    assert "hunter2" not in said


def test_a_folder_without_scripts_and_a_script_that_is_none_are_named(
        root, tmp_path):
    assert str(tmp_path) in root.run("migrate", schema_dir=tmp_path,
                                     exits=USAGE)
    (tmp_path / "001_folder.sql").mkdir()
    assert "001_folder.sql" in root.run("migrate", schema_dir=tmp_path,
                                        exits=USAGE)


def test_options_may_stand_before_and_behind_the_command(root):
    behind = subprocess.run([root.program, "status", "--json", "--option-file",
                             root.option_file], text=True, check=True,
                            capture_output=True).stdout
    before = subprocess.run([root.program, "--json", "--option-file",
                             root.option_file, "status"], text=True,
                            check=True, capture_output=True).stdout
    assert json.loads(before).keys() == json.loads(behind).keys()


def test_output_that_cannot_be_written_is_an_error(root):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(root.command("status"), stdout=full, text=True,
                              stderr=subprocess.PIPE)
    assert done.returncode == REFUSED
    assert "standard output" in done.stderr


# --- database and schema -----------------------------------------------------


def test_an_option_file_that_is_not_there_exits_2(tmp_path):
    said = Ctl(tmp_path / "absent.cnf").run("status", exits=USAGE)
    assert "absent.cnf" in said


@pytest.mark.parametrize("change", [
    (r"^socket=.*$", "socket=/nowhere/mariadb.sock"),
    (r"^password=.*$", "password=hunter2"),
    (r"^database=.*$", "database=nosuchdatabase"),
])
@pytest.mark.parametrize("words", [["status"], ["migrate"],
                                   ["country", "list"]], ids=" ".join)
def test_a_database_that_cannot_be_reached_exits_4(root, tmp_path, change,
                                                   words):
    text = pathlib.Path(root.option_file).read_text()
    broken = tmp_path / "broken.cnf"
    broken.write_text(re.sub("(?m)" + change[0], change[1], text))
    options = {"schema_dir": SCHEMA} if words == ["migrate"] else {}
    said = Ctl(broken).run(*words, exits=UNREACHABLE, **options)
    assert "hunter2" not in said


@pytest.mark.parametrize("words", [["status"], ["country", "list"], ["purge"]],
                         ids=" ".join)
def test_an_account_that_may_not_connect_twice_exits_4(service, root, words):
    """The program has two connections; the schema is not what is wrong."""
    limit = "ALTER USER contactinfo_admin WITH MAX_USER_CONNECTIONS"
    service.db.run(f"{limit} 1")
    try:
        assert "1226" in root.run(*words, exits=UNREACHABLE)
    finally:
        service.db.run(f"{limit} 0")


def test_status_counts(service, ctl, user, unit):
    before = ctl.json("status") if ctl.organisation is None else \
        Ctl(ctl.option_file).json("status")
    root = Ctl(ctl.option_file)
    add_session(service, ctl, user, unit)
    add_session(service, ctl, user, unit, "INTERVAL -1 HOUR")
    ctl.add("user", username="bob", person_name="Bob", no_password=True)
    root.run("organisation", "add", name=unique("CTL"))
    after = root.json("status")
    assert after["fits"] is True
    assert after["schema_version"] >= after["supported_version"]
    assert after["compatible_from"] <= after["supported_version"]
    assert after["sessions"] == before["sessions"] + 1
    assert after["users"] == before["users"] + 1
    assert after["organisations"] == before["organisations"] + 1
    assert re.search(r"(?m)^fits +yes$", root.run("status"))


def test_an_empty_database_exits_3(empty):
    for words in ["status"], ["country", "list"], ["purge"]:
        assert "migrate" in empty.ctl.run(*words, exits=MISFIT)
    assert "migrate" in empty.ctl.run("country", "add", name="N", exits=MISFIT)


@pytest.mark.parametrize("row", ["version = 0", "compatible_from = 4000000",
                                 None])
def test_a_schema_that_does_not_fit_exits_3(empty, row):
    empty.ctl.run("migrate", schema_dir=SCHEMA)
    empty.sql(f"UPDATE schema_version SET {row}" if row
              else "DELETE FROM schema_version")
    done = subprocess.run(empty.ctl.command("status", json=True), text=True,
                          capture_output=True)
    assert done.returncode == MISFIT
    assert not row or json.loads(done.stdout)["fits"] is False
    empty.ctl.run("country", "add", name="N", exits=MISFIT)
    assert empty.sql("SELECT 1 FROM country WHERE name = 'N'") == []


# --- migrate -----------------------------------------------------------------


def scripts():
    return sorted(file.name for file in SCHEMA.glob("[0-9][0-9][0-9]_*.sql"))


def test_migrate_applies_all_scripts_in_order_once(empty):
    ctl = empty.ctl
    dry = ctl.json("migrate", schema_dir=SCHEMA, dry_run=True)
    assert dry == {"applied": scripts(), "dry_run": True}
    assert empty.sql("SHOW TABLES") == []
    said = ctl.run("migrate", schema_dir=SCHEMA)
    assert said.splitlines() == [f"applied {name}" for name in scripts()]
    rows = empty.sql("SELECT name, checksum, applied_date <= UTC_TIMESTAMP()"
                     " FROM schema_migration ORDER BY version")
    for (name, checksum, past), script in zip(rows, scripts(), strict=True):
        assert (name, past) == (script, "1")
        assert checksum == subprocess.run(
            ["sha256sum", SCHEMA / script], text=True, check=True,
            capture_output=True).stdout.split()[0]
    assert ctl.json("migrate", schema_dir=SCHEMA) == {"applied": [],
                                                      "dry_run": False}
    assert ctl.json("status")["fits"] is True


def statements(script):
    text = re.sub(r"(?m)^--.*\n", "", (SCHEMA / script).read_text())
    return re.findall(r"[^;]*;\n", text)


@pytest.mark.parametrize("part", range(8))
def test_migrate_ends_the_same_after_a_crash_within_a_script(empty, migrated,
                                                             part):
    """The first statements have run, nothing was recorded."""
    script = scripts()[0]
    whole = statements(script)
    empty.sql("".join(whole[:(part + 1) * len(whole) // 8]))
    empty.ctl.run("migrate", schema_dir=SCHEMA)
    assert same_state(empty, migrated)


def test_migrate_ends_the_same_after_a_crash_between_scripts(empty, migrated):
    for script in scripts():
        empty.sql((SCHEMA / script).read_text())
        empty.ctl.run("migrate", schema_dir=SCHEMA, dry_run=True)
    empty.ctl.run("migrate", schema_dir=SCHEMA)
    assert same_state(empty, migrated)


@pytest.mark.parametrize("milliseconds", [5, 40, 100, 200, 400])
def test_migrate_ends_the_same_after_it_was_killed(empty, migrated,
                                                   milliseconds):
    command = empty.ctl.command("migrate", schema_dir=SCHEMA)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        time.sleep(milliseconds / 1000)
        running.send_signal(signal.SIGKILL)
    empty.ctl.run("migrate", schema_dir=SCHEMA)
    assert same_state(empty, migrated)


def test_two_migrates_at_a_time_do_not_disturb_each_other(empty, migrated):
    command = empty.ctl.command("migrate", schema_dir=SCHEMA)
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            for _ in range(2)]
    said = [one.communicate(timeout=120)[0] for one in both]
    assert [one.returncode for one in both] == [DONE, DONE]
    assert sorted(text.count("applied") for text in said) == [0, len(scripts())]
    assert same_state(empty, migrated)


@pytest.fixture
def folder(tmp_path):
    """A copy of the scripts."""
    return pathlib.Path(shutil.copytree(SCHEMA, tmp_path / "schema"))


def test_a_script_that_was_changed_is_named(empty, folder):
    empty.ctl.run("migrate", schema_dir=folder)
    changed = folder / scripts()[1]
    changed.write_text(changed.read_text() + "-- and more\n")
    (folder / "900_new.sql").write_text("CREATE TABLE t (a INT);\n")
    said = empty.ctl.run("migrate", schema_dir=folder, exits=REFUSED)
    assert changed.name in said
    assert ["t"] not in empty.sql("SHOW TABLES")


def test_a_script_that_fails_is_named_and_not_recorded(empty, folder):
    script = folder / "900_new.sql"
    script.write_text("CREATE TABLE IF NOT EXISTS t (a INT);\n"
                      "INSERT INTO t VALUES (1);\n"
                      "INSERT INTO nosuch VALUES (1);\n"
                      "CREATE TABLE never (a INT);\n")
    done = subprocess.run(empty.ctl.command("migrate", schema_dir=folder),
                          text=True, capture_output=True)
    assert done.returncode == REFUSED
    assert done.stderr.startswith("contactinfoctl: 900_new.sql, statement 3: ")
    assert ["never"] not in empty.sql("SHOW TABLES")
    assert empty.sql("SELECT 1 FROM schema_migration WHERE version = 900") == []
    script.write_text("CREATE TABLE IF NOT EXISTS t (a INT);\n"
                      "SELECT a FROM t; -- a result that nobody reads\n")
    assert empty.ctl.json("migrate", schema_dir=folder)["applied"] == \
        ["900_new.sql"]


def test_scripts_are_applied_by_number_whatever_the_folder_lists_first(empty,
                                                                   folder):
    """Twenty names: a folder that lists them in order by chance is unlikely."""
    names = [f"9{number:02}_{'zyx'[number % 3]}.sql" for number in range(20)]
    for name in reversed(names):
        (folder / name).write_text("DO 0;\n")
    assert empty.ctl.json("migrate", schema_dir=folder)["applied"] == \
        scripts() + names


def test_two_scripts_of_one_number_are_refused(empty, folder):
    for name in "900_a.sql", "900_b.sql":
        (folder / name).write_text("SELECT 1;\n")
    said = empty.ctl.run("migrate", schema_dir=folder, exits=USAGE)
    assert "900_a.sql" in said and "900_b.sql" in said
    assert empty.sql("SHOW TABLES") == []


# --- rows --------------------------------------------------------------------


@pytest.mark.parametrize("entity", PLAIN)
def test_plain_rows_are_added_listed_changed_and_removed(service, ctl, entity):
    before = generation(service, ctl)
    made = ctl.add(entity, **PLAIN[entity])
    assert re.fullmatch("[0-9A-F]{32}", made)
    given = ctl.json(entity, "add", id="77", **PLAIN[entity])
    assert given == {"id": "77"}
    assert generation(service, ctl) == before + 2
    assert {row["id"] for row in ctl.json(entity, "list")} == {made, "77"}
    assert ctl.run(entity, "change", id=made, name="Ελένη") == ""
    assert ctl.find(entity, made)["name"] == "Ελένη"
    assert ctl.find(entity, "77")["name"] == "C"
    assert ctl.json(entity, "remove", id=made) == {"id": made}
    assert ctl.find(entity, made) is None
    assert ctl.find(entity, "77")
    assert generation(service, ctl) == before + 4


@pytest.mark.parametrize("entity", PLAIN)
def test_a_refused_change_changes_nothing(service, ctl, entity):
    ctl.add(entity, id="77", **PLAIN[entity])
    before = generation(service, ctl), ctl.json(entity, "list")
    assert "exists already" in ctl.run(entity, "add", id="77", exits=REFUSED,
                                       **PLAIN[entity])
    ctl.run(entity, "add", id="a=b", exits=USAGE, **PLAIN[entity])
    ctl.run(entity, "add", id="a" * 33, exits=USAGE, **PLAIN[entity])
    ctl.run(entity, "change", id="78", name="N", exits=REFUSED)
    ctl.run(entity, "change", id="77", name="N" * 101, exits=USAGE)
    ctl.run(entity, "change", id="77", name="", exits=USAGE)
    ctl.run(entity, "change", id="77", name=" ", exits=USAGE)
    ctl.run(entity, "change", id="77", name="a\tb", exits=USAGE)
    ctl.run(entity, "change", id="77", exits=USAGE)
    ctl.run(entity, "remove", id="78", exits=REFUSED)
    assert (generation(service, ctl), ctl.json(entity, "list")) == before


def test_columns_that_may_be_empty_are_emptied(ctl):
    row = ctl.add("privacy-level", name="L", hierarchy_level=-3, number="N")
    assert ctl.find("privacy-level", row) == {
        "id": row, "name": "L", "hierarchy_level": -3, "number": "N"}
    ctl.run("privacy-level", "change", id=row, number="")
    assert ctl.find("privacy-level", row)["number"] is None
    ctl.run("privacy-level", "change", id=row, hierarchy_level="none",
            exits=USAGE)
    ctl.run("privacy-level", "change", id=row, hierarchy_level="2147483648",
            exits=USAGE)


def test_a_hundred_characters_are_a_hundred_characters(ctl):
    row = ctl.add("category", name="ж" * 100)
    assert ctl.find("category", row)["name"] == "ж" * 100
    ctl.run("category", "change", id=row, name="ж" * 101, exits=USAGE)


def test_a_unit_gets_and_loses_its_clearance(ctl, unit):
    assert ctl.find("unit", unit)["clearance"] is None
    for clearance, listed in ("3", 3), ("none", None), ("-1", -1), ("", None):
        ctl.run("unit", "change", id=unit, clearance=clearance)
        assert ctl.find("unit", unit)["clearance"] == listed


def test_organisations_do_not_reach_each_other(root, ctl):
    name = unique("CTL")
    root.run("organisation", "add", name=name)
    second = Ctl(root.option_file, name)
    ctl.add("category", id="7", name="mine")
    second.run("category", "change", id="7", name="stolen", exits=REFUSED)
    second.run("category", "remove", id="7", exits=REFUSED)
    second.add("category", id="7", name="theirs")
    second.run("category", "remove", id="7")
    assert ctl.find("category", "7")["name"] == "mine"
    community = ctl.add("community", name="C")
    assert "does not exist" in second.run("group", "add", name="G",
                                          community_id=community, exits=REFUSED)


def test_an_unknown_organisation_is_refused(root):
    nobody = Ctl(root.option_file, unique("NOBODY"))
    assert nobody.organisation in nobody.run("category", "list", exits=REFUSED)
    nobody.run("category", "add", name="C", exits=REFUSED)


def test_what_is_referred_to_is_not_removed(service, ctl, user, unit):
    row = ctl.find("unit", unit)
    group = ctl.find("group", row["group_id"])
    assert "still referred to" in ctl.run("group", "remove", id=group["id"],
                                          exits=REFUSED)
    ctl.run("community", "remove", id=group["community_id"], exits=REFUSED)
    ctl.run("unit", "remove", id=unit, exits=REFUSED)
    Ctl(ctl.option_file).run("organisation", "remove",
                             organisation=ctl.organisation, exits=REFUSED)
    category = ctl.add("category", name="C")
    level = ctl.add("privacy-level", name="L", hierarchy_level=0)
    add_contact(service, ctl, user, unit, category_id=category,
                privacy_level_id=level)
    for entity, record in ("category", category), ("privacy-level", level), \
            ("user", user):
        before = generation(service, ctl)
        ctl.run(entity, "remove", id=record, exits=REFUSED)
        assert ctl.find(entity, record)
        assert generation(service, ctl) == before


@pytest.mark.parametrize("entity, document", [
    ("industry", '{"demographics":{"industry":"X%_1"}}'),
    ("industry", '{"company_profile":{"industry":"X%_1"}}'),
    ("sector", '{"demographics":{"industry_sector":"X%_1"}}'),
])
def test_what_a_document_names_is_not_removed(service, ctl, user, unit, entity,
                                              document):
    kept = ctl.add(entity, name="kept")
    free = ctl.add(entity, name="free")
    contact = add_contact(service, ctl, user, unit,
                          document.replace("X%_1", kept))
    before = generation(service, ctl)
    assert contact in ctl.run(entity, "remove", id=kept, exits=REFUSED)
    assert ctl.find(entity, kept)
    assert generation(service, ctl) == before
    ctl.run(entity, "remove", id=free)


def test_a_user_whom_a_document_names_is_not_removed(service, ctl, user, unit):
    bob = ctl.add("user", username="bob", person_name="Bob", no_password=True)
    contact = add_contact(
        service, ctl, user, unit, '{"authorization_settings":'
        '{"direct_marketing_setting_updated_by_user":"%s"}}' % bob)
    assert contact in ctl.run("user", "remove", id=bob, exits=REFUSED)
    assert ctl.find("user", bob)


def test_text_that_looks_like_a_reference_keeps_nothing(service, ctl, user,
                                                        unit):
    industry = ctl.add("industry", name="I")
    add_contact(service, ctl, user, unit,
                '{"notes":"x","udf_string_1":"%s"}' % industry)
    ctl.run("industry", "remove", id=industry)


def test_the_list_is_an_aligned_table(ctl):
    assert ctl.run("category", "list") == ""
    assert ctl.json("category", "list") == []
    ctl.add("category", id="1", name="Ω", code="long code")
    ctl.add("category", id="22", name="long name")
    assert ctl.run("category", "list") == ("id  name       code\n"
                                           "22  long name  -\n"
                                           "1   Ω          long code\n")


def test_what_imports_left_does_not_steer_the_terminal(service, ctl):
    service.db.run("INSERT INTO category (organisation_id, category_id, name)"
                   f" VALUES ({organisation_id(service, ctl)}, '1',"
                   " CONCAT('a', CHAR(27), '[31m', CHAR(10),"
                   " CONVERT(UNHEX('C29B') USING utf8mb4), 'b'))")
    assert ctl.run("category", "list").splitlines()[1] == "1   a [31m   b  -"


# --- countries ---------------------------------------------------------------


def test_countries_are_everyones(service, root, ctl):
    name = unique("CTL")
    root.run("organisation", "add", name=name)
    both = [ctl, Ctl(root.option_file, name)]
    before = [generation(service, one) for one in both]
    country = root.add("country", name="UTOPIA", two_character_code="UX",
                       calling_code="999")
    try:
        assert root.find("country", country) == {
            "id": country, "two_character_code": "UX", "calling_code": "999",
            "name": "UTOPIA", "alternative_code": None,
            "three_character_code": None}
        root.run("country", "change", id=country, calling_code="")
        assert root.find("country", country)["calling_code"] is None
        assert [generation(service, one) for one in both] == \
            [number + 2 for number in before]
    finally:
        root.run("country", "remove", id=country)
    assert root.find("country", country) is None


@pytest.mark.parametrize("document", [
    '{"demographics":{"country_of_residence":"ID"}}',
    '{"demographics":{"id_issued_by_country":"ID"}}',
    '{"demographics":{"passport_issued_by_country":"ID"}}',
    '{"company_profile":{"registered_in_country":"ID"}}',
    '{"addresses_set":[{"id":"1","country":"ID"}]}',
    '{"phones_set":[{"id":"1","number":"1","country":"ID"}]}',
])
def test_a_country_that_a_document_names_is_not_removed(service, root, ctl,
                                                        user, unit, document):
    country = root.add("country", name="UTOPIA")
    contact = add_contact(service, ctl, user, unit,
                          document.replace("ID", country))
    assert contact in root.run("country", "remove", id=country, exits=REFUSED)
    service.db.run(f"DELETE FROM contact WHERE contact_id = '{contact}'")
    root.run("country", "remove", id=country)


# --- organisations -----------------------------------------------------------


def test_an_organisation_is_added_renamed_disabled_and_removed(service, root):
    name, new = unique("CTL"), unique("CTL")
    number = int(root.add("organisation", name=name))
    added = root.json("organisation", "add", name=new)
    assert added["organisation_id"] > number
    root.run("organisation", "add", name=name, exits=REFUSED)
    root.run("organisation", "change", organisation=name, name=new,
             exits=REFUSED)
    root.run("organisation", "remove", organisation=new)
    root.run("organisation", "change", organisation=name, name=new)
    root.run("organisation", "change", organisation=new, disabled="yes")
    row = [one for one in root.json("organisation", "list")
           if one["name"] == new]
    assert [(one["organisation_id"], one["disabled"]) for one in row] == \
        [(number, True)]
    root.run("organisation", "change", organisation=new, disabled="maybe",
             exits=USAGE)
    assert generation(service, Ctl(root.option_file, new)) == 3
    root.run("organisation", "remove", organisation=new)
    root.run("organisation", "remove", organisation=new, exits=REFUSED)


def test_disabling_an_organisation_ends_its_sessions_only(service, root, ctl,
                                                          user, unit):
    add_session(service, ctl, user, unit)
    others = int(service.db.value("SELECT COUNT(*) FROM login_session")) - 1
    root.run("organisation", "change", organisation=ctl.organisation,
             disabled="no")
    assert sessions(service, ctl, user) == 1
    root.run("organisation", "change", organisation=ctl.organisation,
             disabled="yes")
    assert sessions(service, ctl, user) == 0
    assert int(service.db.value("SELECT COUNT(*) FROM login_session")) == others


# --- users -------------------------------------------------------------------


def test_a_user_is_added_with_units_and_password(service, ctl, unit, tmp_path):
    user = ctl.add("user", username="Ελένη", person_name="Eleni", units=unit,
                   email="eleni@example.com", stdin=PASSWORD + "\n")
    assert ctl.find("user", user) == {
        "id": user, "username": "Ελένη", "default_unit_id": unit,
        "disabled": False, "person_name": "Eleni",
        "email": "eleni@example.com"}
    assert ctl.json("user", "units", id=user) == [{"unit_id": unit}]
    assert password_fits(service, user, PASSWORD, tmp_path)
    assert not password_fits(service, user, PASSWORD + "!", tmp_path)
    assert "$2y$" not in ctl.run("user", "list", json=True)


def test_a_user_name_is_the_users_alone(ctl, user):
    ctl.run("user", "add", username="ann", person_name="Another",
            no_password=True, exits=REFUSED)
    bob = ctl.add("user", username="bob", person_name="Bob", no_password=True)
    ctl.run("user", "change", id=bob, username="ann", exits=REFUSED)
    ctl.run("user", "change", id=bob, username="rob", email="r@example.com")
    assert ctl.find("user", bob)["username"] == "rob"


def test_a_user_in_an_unknown_unit_is_not_added(ctl, unit):
    ctl.run("user", "add", username="ann", person_name="Ann", units="nosuch",
            no_password=True, exits=REFUSED)
    ctl.run("user", "add", username="ann", person_name="Ann", units=unit,
            default_unit_id="nosuch", no_password=True, exits=USAGE)
    assert ctl.json("user", "list") == []


@pytest.mark.parametrize("text, length", [
    ("", 0), ("\n", 0), ("   \n", 3), ("x" * 73, 73), ("ж" * 37, 74),
    ("a\0b\n", 3), ("x" * 100000, 100000)], ids=itertools.count())
def test_a_password_that_cannot_be_used_is_refused(service, ctl, user, text,
                                                   length):
    before = service.db.value("SELECT password_hash FROM org_user"
                              f" WHERE user_id = '{user}'")
    said = ctl.run("user", "password", id=user, stdin=text, exits=USAGE)
    assert length < 4 or text not in said
    assert before == service.db.value("SELECT password_hash FROM org_user"
                                      f" WHERE user_id = '{user}'")


def test_a_password_is_utf_8(ctl, user):
    done = subprocess.run(ctl.command("user", "password", id=user),
                          input=b"caf\xe9 au lait\n", capture_output=True)
    assert done.returncode == USAGE
    assert b"not UTF-8" in done.stderr and b"lait" not in done.stderr


@pytest.mark.parametrize("text, password", [
    ("x" * 72, "x" * 72), ("x" * 72 + "\r\n", "x" * 72), ("ж" * 36, "ж" * 36),
    (" a b \nnext line\n", " a b "), ("$(echo no)'\"\\\n", "$(echo no)'\"\\")],
    ids=itertools.count())
def test_the_password_is_the_first_line(service, ctl, user, tmp_path, text,
                                        password):
    ctl.run("user", "password", username="ann", stdin=text)
    assert password_fits(service, user, password, tmp_path)


def on_terminal(command, *answers):
    """Run on a terminal of its own, answering its prompts in turn."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    said = b""
    for answer in answers:
        while not said.rstrip().endswith(b":"):
            said += os.read(terminal, 1000)
        os.write(terminal, answer.encode() + b"\n")
        said += b"|"
    try:
        while chunk := os.read(terminal, 1000):
            said += chunk
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode()


def test_on_a_terminal_the_password_is_asked_for_twice(service, ctl, user,
                                                       tmp_path):
    command = ctl.command("user", "password", id=user)
    code, said = on_terminal(command, "new password", "new password")
    assert code == DONE
    assert "new password" not in said
    assert password_fits(service, user, "new password", tmp_path)
    code, said = on_terminal(command, "one", "other")
    assert code == USAGE and "differ" in said
    code, said = on_terminal(command, "x" * 73, "x" * 73)
    assert code == USAGE and "72" in said
    assert password_fits(service, user, "new password", tmp_path)


def test_a_user_without_password_has_none(service, ctl, user):
    ctl.run("user", "password", id=user, no_password=True)
    assert service.db.value("SELECT password_hash FROM org_user"
                            f" WHERE user_id = '{user}'") == "NULL"


@pytest.mark.parametrize("words, options", [
    (["password"], {"stdin": "another password"}),
    (["password"], {"no_password": True}),
    (["disable"], {}),
    (["units"], {"units": "UNIT"}),
    (["units"], {"units": ""}),
    (["remove"], {}),
])
def test_what_takes_a_right_ends_the_users_sessions(service, ctl, user, unit,
                                                    words, options):
    bob = ctl.add("user", username="bob", person_name="Bob", units=unit,
                  no_password=True)
    for one in user, user, bob:
        add_session(service, ctl, one, unit)
    before = generation(service, ctl)
    options = {name: unit if value == "UNIT" else value
               for name, value in options.items()}
    ctl.run("user", *words, id=user, **options)
    assert sessions(service, ctl, user) == 0
    assert sessions(service, ctl, bob) == 1
    assert generation(service, ctl) == before + 1


def test_what_takes_no_right_ends_no_session(service, ctl, user, unit):
    add_session(service, ctl, user, unit)
    ctl.run("user", "change", id=user, person_name="Anna", email="")
    ctl.run("unit", "change", id=unit, name="Unit")
    ctl.json("user", "units", id=user)
    assert sessions(service, ctl, user) == 1


def test_a_refused_action_ends_no_session(service, ctl, user, unit):
    add_session(service, ctl, user, unit)
    ctl.run("user", "units", id=user, units="nosuch", exits=REFUSED)
    ctl.run("user", "units", id=user, units=unit, default_unit_id="nosuch",
            exits=USAGE)
    ctl.run("user", "password", id=user, stdin="", exits=USAGE)
    add_contact(service, ctl, user, unit)
    ctl.run("user", "remove", id=user, exits=REFUSED)
    assert sessions(service, ctl, user) == 1
    assert ctl.json("user", "units", id=user) == [{"unit_id": unit}]


def test_disable_and_enable(ctl, user):
    assert ctl.run("user", "disable", username="ann") == ""
    assert ctl.find("user", user)["disabled"] is True
    assert ctl.json("user", "enable", username="ann") == {"id": user}
    assert ctl.find("user", user)["disabled"] is False
    ctl.run("user", "disable", username="nobody", exits=REFUSED)
    ctl.run("user", "disable", id="nobody", exits=REFUSED)


def test_units_are_replaced_and_the_default_follows(ctl, user, unit):
    group = ctl.find("unit", unit)["group_id"]
    second = ctl.add("unit", name="Second", group_id=group)
    third = ctl.add("unit", name="Third", group_id=group)

    def result():
        rows = ctl.json("user", "units", id=user)
        return ({row["unit_id"] for row in rows},
                ctl.find("user", user)["default_unit_id"])

    ctl.run("user", "units", id=user, units=f"{second},{unit},{second}")
    assert result() == ({unit, second}, unit)
    ctl.run("user", "units", id=user, units=f"{third},{second}")
    assert result() == ({second, third}, third)
    ctl.run("user", "units", id=user, units=f"{third},{unit}",
            default_unit_id=unit)
    assert result() == ({unit, third}, unit)
    ctl.run("user", "units", id=user, units="")
    assert result() == (set(), None)
    ctl.run("user", "units", id=user, units=f"{unit},a=b", exits=USAGE)
    ctl.run("user", "units", id=user, default_unit_id=unit, exits=USAGE)


def test_the_default_unit_is_one_of_the_users(ctl, user, unit):
    group = ctl.find("unit", unit)["group_id"]
    second = ctl.add("unit", name="Second", group_id=group)
    said = ctl.run("user", "change", id=user, default_unit_id=second,
                   exits=REFUSED)
    assert second in said
    assert ctl.find("user", user)["default_unit_id"] == unit
    ctl.run("user", "units", id=user, units=f"{unit},{second}")
    ctl.run("user", "change", id=user, default_unit_id=second)
    assert ctl.find("user", user)["default_unit_id"] == second


# --- keys --------------------------------------------------------------------


def test_a_key_is_shown_once_and_stored_as_digest(service, ctl, user):
    made = ctl.json("key", "add", user_id=user, label="for tests")
    assert re.fullmatch("[0-9A-F]{32}", made["key"])
    assert service.db.value("SELECT user_id FROM api_key WHERE key_digest ="
                            f" UNHEX(SHA2('{made['key']}', 256))") == user
    (row,) = ctl.json("key", "list")
    assert row.pop("created_date")
    assert row == {"key_id": made["key_id"], "user_id": user,
                   "label": "for tests"}
    text = ctl.run("key", "add", user_id=user)
    assert re.fullmatch(r"key_id +[0-9A-F]{32}\nkey +[0-9A-F]{32}\n", text)
    ctl.run("key", "add", user_id="nobody", exits=REFUSED)
    ctl.run("user", "disable", id=user)
    assert len(ctl.json("key", "list")) == 2


def test_a_revoked_key_is_gone_and_so_are_the_sessions(service, ctl, user,
                                                       unit):
    first = ctl.json("key", "add", user_id=user)
    second = ctl.json("key", "add", user_id=user)
    add_session(service, ctl, user, unit)
    ctl.run("key", "revoke", key_id=first["key_id"])
    assert [row["key_id"] for row in ctl.json("key", "list")] == \
        [second["key_id"]]
    assert sessions(service, ctl, user) == 0
    ctl.run("key", "revoke", key_id=first["key_id"], exits=REFUSED)


def test_a_key_of_another_organisation_is_not_reached(root, ctl, user):
    made = ctl.json("key", "add", user_id=user)
    name = unique("CTL")
    root.run("organisation", "add", name=name)
    second = Ctl(root.option_file, name)
    assert second.json("key", "list") == []
    second.run("key", "revoke", key_id=made["key_id"], exits=REFUSED)
    second.run("key", "add", user_id=user, exits=REFUSED)
    assert len(ctl.json("key", "list")) == 1


# --- purge -------------------------------------------------------------------


def test_purge_removes_what_has_expired_and_nothing_else(service, root, ctl,
                                                         user, unit):
    """R11 of the attack table."""
    root.run("purge")
    number = organisation_id(service, ctl)
    add_session(service, ctl, user, unit)
    service.db.run(f"""
        INSERT INTO login_session (token_digest, organisation_id, user_id,
            unit_id, created_date, expires_date)
        SELECT UNHEX(SHA2(CONCAT('{unit}', country_id, '-', n), 256)),
            {number}, '{user}', '{unit}', UTC_TIMESTAMP(),
            UTC_TIMESTAMP() - INTERVAL 1 SECOND
        FROM country, (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION
            SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION
            SELECT 8 UNION SELECT 9) AS numbers LIMIT 2100;
        INSERT INTO idempotency (organisation_id, user_id, operation,
            key_digest, request_digest, status, created_date)
        VALUES ({number}, '{user}', 'create', REPEAT('a', 32),
                REPEAT('a', 32), 200, UTC_TIMESTAMP() - INTERVAL 25 HOUR),
               ({number}, '{user}', 'create', REPEAT('b', 32),
                REPEAT('b', 32), 200, UTC_TIMESTAMP() - INTERVAL 23 HOUR)""")
    expected = {"sessions": 2100, "idempotency_keys": 1}
    assert root.json("purge", dry_run=True) == expected
    assert root.json("purge") == expected
    assert sessions(service, ctl, user) == 1
    assert service.db.value("SELECT key_digest FROM idempotency WHERE user_id"
                            f" = '{user}'") == "b" * 32
    assert root.run("purge") == ("sessions          0\n"
                                 "idempotency_keys  0\n")


# --- the service sees it -----------------------------------------------------


def token_works(api):
    """A call that needs a token is answered as if the token were good."""
    answer = api.get("contact_information/show",
                     contact_information_identifier="id=nosuch")
    code = json.loads(answer.content)["status"]["code"]
    assert code in ("NOT_FOUND", "INVALID_TOKEN")
    return code == "NOT_FOUND"


def log_in(service, ctl, username, password=PASSWORD):
    api = Api(service)
    body = api.credentials(organisation=ctl.organisation, username=username,
                           password=password)
    return api, api.http.post("authentication/token", json=body)


def test_tokens_die_with_the_right_to_have_them(service, ctl, unit):
    """Within the time that children remember them, 5 s by default."""
    deeds = {
        "password": lambda user: ctl.run("user", "password", id=user,
                                         stdin="another password"),
        "disable": lambda user: ctl.run("user", "disable", id=user),
        "units": lambda user: ctl.run("user", "units", id=user, units=unit),
        "remove": lambda user: ctl.run("user", "remove", id=user),
        "nothing": lambda user: None,
    }
    clients = {}
    for name, deed in deeds.items():
        user = ctl.add("user", username=name, person_name=name, units=unit,
                       stdin=PASSWORD)
        api, answer = log_in(service, ctl, name)
        api.token = envelope(answer)["token"]
        assert token_works(api)
        clients[name] = api
        deed(user)
    assert eventually(lambda: not any(token_works(api) for name, api
                                      in clients.items() if name != "nothing"),
                      10)
    assert token_works(clients["nothing"])
    for name in "disable", "remove", "password":
        _, answer = log_in(service, ctl, name)
        envelope(answer, "INVALID_CREDENTIALS")
    _, answer = log_in(service, ctl, "password", "another password")
    envelope(answer)


def test_a_new_key_logs_in_until_it_is_revoked(service, ctl, user):
    made = ctl.json("key", "add", user_id=user)
    api = Api(service)
    path = "authentication/web_api_key/token"
    api.token = envelope(api.http.post(path, auth=(made["key"], "")))["token"]
    assert token_works(api)
    ctl.run("key", "revoke", key_id=made["key_id"])
    envelope(api.http.post(path, auth=(made["key"], "")), "INVALID_CREDENTIALS")
    assert eventually(lambda: not token_works(api), 10)


def test_a_disabled_organisation_is_locked_out(service, root, ctl, user):
    api, answer = log_in(service, ctl, "ann")
    api.token = envelope(answer)["token"]
    assert token_works(api)
    root.run("organisation", "change", organisation=ctl.organisation,
             disabled="yes")
    _, answer = log_in(service, ctl, "ann")
    envelope(answer, "INVALID_CREDENTIALS")
    assert eventually(lambda: not token_works(api), 10)
