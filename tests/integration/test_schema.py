# SPDX-License-Identifier: Apache-2.0
"""The tables of the module and those of the database are the same.

What the module believes is printed by a program of its own (objects.c), made
from the tables that parse, store and print.
"""

import json
import os
import pathlib
import subprocess

import pytest

from harness import ROOT

BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))

INTEGERS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32,
            "bigint": 64}
LARGE = {"tinyblob": 2**8 - 1, "blob": 2**16 - 1, "mediumblob": 2**24 - 1,
         "longblob": 2**32 - 1}


def objects():
    text = subprocess.run([BUILD / "objects"], check=True,
                          capture_output=True).stdout
    return json.loads(text)


OBJECTS = objects()
FIELDS = [(one["object"], one["table"], field)
          for one in OBJECTS for field in one["columns"]]


@pytest.fixture(scope="module")
def columns(service):
    rows = service.db.rows(
        "SELECT c.* FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'contactinfo'"
        " AND t.table_type = 'BASE TABLE'")
    return {(row["TABLE_NAME"], row["COLUMN_NAME"]): row for row in rows}


@pytest.fixture(scope="module")
def tables(service):
    return service.db.rows(
        "SELECT * FROM information_schema.tables WHERE table_schema ="
        " 'contactinfo' AND table_type = 'BASE TABLE'")


# --- each type -------------------------------------------------------------

def check_bytes(field, column):
    """VARBINARY: room for so many characters of 4 bytes; what the module
    makes itself (ids, hashes, names of rules) is ASCII."""
    assert column["DATA_TYPE"] == "varbinary"
    room = int(column["CHARACTER_OCTET_LENGTH"])
    ascii_only = (field["type"] == "reference" or field["name"] == "rule"
                  or field["name"].endswith(("_id", "_hash")))
    assert room == field["max"] * (1 if ascii_only else 4)


def check_text(field, column):
    if field["bytes"]:
        check_bytes(field, column)
    elif field["max"] > 65535:
        assert column["DATA_TYPE"] == "longtext"
        assert column["CHARACTER_SET_NAME"] == "utf8mb4"
    else:
        assert column["DATA_TYPE"] == "varchar"
        assert int(column["CHARACTER_MAXIMUM_LENGTH"]) == field["max"]
        assert column["CHARACTER_SET_NAME"] in ("utf8mb4", "ascii")


def check_token(field, column):
    assert column["DATA_TYPE"] == "varchar"
    assert column["COLLATION_NAME"] == "ascii_bin"
    assert field["words"]
    assert max(map(len, field["words"])) \
        <= int(column["CHARACTER_MAXIMUM_LENGTH"])


def check_integer(field, column):
    bits = INTEGERS[column["DATA_TYPE"]]
    unsigned = "unsigned" in column["COLUMN_TYPE"]
    assert unsigned == (field["min"] >= 0)
    least, most = (0, 2**bits - 1) if unsigned \
        else (-2**(bits - 1), 2**(bits - 1) - 1)
    assert least <= field["min"] <= field["max"] <= most


def check_boolean(field, column):
    assert column["COLUMN_TYPE"] == "tinyint(3) unsigned"


def check_datetime(field, column):
    assert column["DATA_TYPE"] == "datetime"
    assert column["DATETIME_PRECISION"] == "0"


def check_blob(field, column):
    if column["DATA_TYPE"] == "binary":
        assert int(column["CHARACTER_OCTET_LENGTH"]) == field["max"]
    else:
        assert field["max"] <= LARGE[column["DATA_TYPE"]]


def check_reference(field, column):
    assert field["bytes"]
    check_bytes(field, column)


CHECKS = {
    "text": check_text, "token": check_token, "integer": check_integer,
    "boolean": check_boolean, "datetime": check_datetime, "blob": check_blob,
    "reference": check_reference,
}


@pytest.mark.parametrize("table, field", [one[1:] for one in FIELDS], ids=[
    f"{name}.{field['name']}" for name, _, field in FIELDS])
def test_a_field_is_its_column(columns, table, field):
    column = columns[table, field["name"]]
    CHECKS[field["type"]](field, column)
    assert (column["IS_NULLABLE"] == "YES") == field["nullable"]


def test_there_was_something_to_compare():
    assert len(FIELDS) >= 100
    assert {field["type"] for *_, field in FIELDS} == set(CHECKS)


def test_no_column_is_without_a_field(columns):
    """Columns that only contactinfoctl's migrations know aside."""
    known = {(table, field["name"]) for _, table, field in FIELDS}
    unknown = {key for key in columns if key not in known
               and key[0] != "schema_migration"}
    assert unknown == set()


# --- rules of the whole schema ---------------------------------------------

def test_every_table_is_innodb_and_has_a_primary_key(service, tables):
    assert len(tables) >= 20
    for table in tables:
        assert table["ENGINE"] == "InnoDB", table["TABLE_NAME"]
        assert table["ROW_FORMAT"] == "Dynamic", table["TABLE_NAME"]
        assert table["TABLE_COLLATION"] == "utf8mb4_bin", table["TABLE_NAME"]
    primary = service.db.rows(
        "SELECT DISTINCT table_name AS name FROM information_schema.statistics"
        " WHERE table_schema = 'contactinfo' AND index_name = 'PRIMARY'")
    assert {row["name"] for row in primary} \
        == {table["TABLE_NAME"] for table in tables}


def test_no_column_depends_on_a_zone_or_a_collation(columns):
    for (table, name), column in columns.items():
        where = f"{table}.{name}"
        assert column["DATA_TYPE"] not in ("timestamp", "time", "year", "enum",
                                           "set", "char", "float"), where
        assert column["CHARACTER_SET_NAME"] in ("utf8mb4", "ascii", "NULL"), \
            where
        assert column["COLLATION_NAME"] in ("utf8mb4_bin", "ascii_bin",
                                            "NULL"), where


def test_a_foreign_key_never_leaves_the_organisation(service, columns):
    keys = {}
    for row in service.db.rows(
            "SELECT constraint_name AS name, table_name AS child,"
            " referenced_table_name AS parent, column_name AS col,"
            " referenced_column_name AS refers"
            " FROM information_schema.key_column_usage"
            " WHERE table_schema = 'contactinfo'"
            " AND referenced_table_name IS NOT NULL"):
        key = keys.setdefault((row["child"], row["name"]),
                              {"parent": row["parent"], "columns": []})
        key["columns"].append((row["col"], row["refers"]))
    assert len(keys) >= 20
    for (child, name), key in keys.items():
        tenants = [(table, "organisation_id") in columns
                   for table in (child, key["parent"])]
        if all(tenants):
            assert key["columns"][0] == ("organisation_id",) * 2, name


def test_every_foreign_key_has_an_index_that_was_named(service):
    """One that InnoDB made by itself bears the name of the key."""
    made = service.db.rows(
        "SELECT DISTINCT s.index_name AS name"
        " FROM information_schema.statistics s"
        " JOIN information_schema.table_constraints c"
        " ON c.table_schema = s.table_schema"
        " AND c.constraint_name = s.index_name"
        " WHERE s.table_schema = 'contactinfo'"
        " AND c.constraint_type = 'FOREIGN KEY'")
    assert made == []


def test_no_index_is_the_beginning_of_another(service):
    """What the longer one serves alike; a unique one is a rule."""
    indexes = {}
    for row in service.db.rows(
            "SELECT table_name AS tab, index_name AS name, non_unique AS many,"
            " column_name AS col FROM information_schema.statistics"
            " WHERE table_schema = 'contactinfo'"
            " ORDER BY table_name, index_name, seq_in_index"):
        index = indexes.setdefault((row["tab"], row["name"]),
                                   (row["many"] == "1", []))
        index[1].append(row["col"])
    redundant = [
        (table, name) for (table, name), (many, cols) in indexes.items()
        for (other, longer), (_, more) in indexes.items()
        if many and table == other and name != longer
        and more[:len(cols)] == cols]
    assert redundant == []


def test_the_module_may_touch_rows_and_nothing_else(service):
    """No DDL, no other database, no file for the account of the module."""
    rights = service.db.rows(
        "SELECT 'global' AS scope, privilege_type AS what"
        " FROM information_schema.user_privileges"
        " WHERE grantee LIKE '''contactinfo''@%'"
        " UNION SELECT table_schema, privilege_type"
        " FROM information_schema.schema_privileges"
        " WHERE grantee LIKE '''contactinfo''@%'"
        " UNION SELECT table_schema, privilege_type"
        " FROM information_schema.table_privileges"
        " WHERE grantee LIKE '''contactinfo''@%'")
    assert {row["what"] for row in rights} \
        <= {"USAGE", "SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {row["what"] for row in rights if row["scope"] == "global"} \
        == {"USAGE"}
    assert {row["scope"] for row in rights} == {"global", "contactinfo"}
