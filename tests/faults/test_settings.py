# SPDX-License-Identifier: Apache-2.0
"""Settings of server, account and machine that are not the module's change
nothing: one scenario, byte for byte the same answers."""

import contextlib
import datetime
import json
import os
import pathlib
import re
import subprocess

import pytest

from harness import Service, eventually, is_alive
from images import TYPE, form, part, png
from shim import Fault

CI = "contact_information/"
IDENTIFIER = "contact_information_identifier"
TEXT = "\U0001f363 \u00e5\u0131\u0130 \"q\" 'a' \\n \\% a%_b --; #"
# Skipped or doubled by some clock that changes to or from summer time.
STAMPS = ["2014-03-30T03:30:00", "2014-10-26T03:30:00",
          "2014-03-09T00:30:00", "2014-11-02T00:30:00",
          "2011-12-30T12:00:00", "1986-01-01T00:10:00",
          "1000-01-01T00:00:00", "9999-12-31T23:59:59"]
PHOTO = png(70000, fill=b"\\'\"\0\x1a%")


class Scenario:
    """The calls that store and read each kind of value."""

    def __init__(self, api):
        self.api = api
        self.answers = []

    def note(self, response):
        assert response.status_code in (200, 400, 404), response.text
        self.answers.append(f"{response.status_code} {response.text}")
        return response.json()["data"]

    def person(self):
        return {
            "type": "person", "first_name": "Ilia ", "last_name": TEXT,
            "notes": TEXT + "\n\ttail  ", "title": "  t  ",
            **{f"udf_date_{i + 1}": s for i, s in enumerate(STAMPS)},
            "udf_float_1": 0.1, "udf_float_2": 1e22, "udf_float_3": -1.5e-7,
            "udf_float_4": "12345.678", "udf_string_1": "trailing   ",
            "demographics": {
                "gender": "female", "id_number": "SETTING",
                "date_of_birth": {"day": 29, "month": 2, "year": 2000},
                "name_day": {"day": 29, "month": 2}},
            "address_set": [{"type": "Business", "street_name": TEXT,
                             "floor": -3, "udf_float_1": 0.3}],
            "phone_set": [{"type": "mobile", "number": "22 1"}],
            "email_set": [{"type": "Personal",
                           "email_address": "INFO@Example.org"}]}

    def play(self):
        api = self.api
        before = datetime.datetime.now(datetime.timezone.utc)
        related = self.note(api.post(CI + "create", {
            "type": "COMPANY", "company_name": "I i \u0130 \u0131",
            "company_profile": {"annual_turnover": 1234567.89}}))["id"]
        made = self.note(api.post(CI + "create", self.person()))["id"]
        chosen = {IDENTIFIER: f"id={made}"}
        self.is_now(api.show(made), before)
        self.note(api.get(CI + "show", **chosen))
        self.note(api.post(CI + "update", {
            **chosen, "udf_float_1": None, "middle_name": TEXT,
            "relation_set": [{"action": "ADD", "type": "friend",
                              IDENTIFIER: {"id": related}}],
            "email_set": [{"action": "UPDATE", "email_address": "I@I.IO",
                           "email_identifier": {"type": "personal"}}]}))
        self.note(api.get(CI + "list", email_address="i@i.io"))
        self.note(api.get(CI + "list", id_number="SETTING "))
        self.note(api.get(CI + "list", id_number="setting"))
        self.photo(made)
        self.note(api.post(CI + "create", {"type": "PERSON"}))
        self.note(api.post(CI + "update", {
            **chosen, "first_name": "x" * 101, "udf_float_1": "1,5",
            "udf_date_1": "0000-00-00T00:00:00"}))
        for contact in (made, related):
            self.note(api.get(CI + "show",
                              **{IDENTIFIER: f"id={contact}"}))

    def photo(self, contact):
        api = self.api
        answer = api.http.post(
            CI + "profile_photo/add", headers={"Content-Type": TYPE},
            content=form(part("token", api.token),
                         part(IDENTIFIER, f"id={contact}"),
                         part("file", PHOTO, "\u0130.PNG")))
        url = self.note(answer)["file_content_url"]
        found = api.http.get(api.service.env["SERVER"] + url
                             + f"&token={api.token}")
        assert found.content == PHOTO
        self.note(api.post(CI + "profile_photo/remove",
                           {IDENTIFIER: {"id": contact}}))

    @staticmethod
    def is_now(shown, before):
        made = datetime.datetime.fromisoformat(
            shown["log_information"]["created_date"] + "+00:00")
        assert abs((made - before).total_seconds()) < 30

    def text(self):
        """The answers, with ids by order of appearance and without times."""
        names = {}

        def name(match):
            return names.setdefault(match[0], f"ID{len(names)}")

        text = re.sub(r"(?<![0-9A-F])[0-9A-F]{32}", name,
                      "\n".join(self.answers))
        return re.sub(r'("(?:created|updated)_date":)"[^"]*"', r"\1", text)


def play(service):
    scenario = Scenario(service.api().login())
    service.db.run("SET autocommit = 1, sql_safe_updates = 0; DELETE FROM"
                   " contact WHERE id_number = 'SETTING'")
    scenario.play()
    return scenario.text()


@pytest.fixture(scope="module")
def fault(tmp_path_factory):
    return Fault(tmp_path_factory.mktemp("fault"))


@pytest.fixture(scope="module")
def service(tmp_path_factory, fault):
    one = Service(tmp_path_factory.mktemp("settings"), children=1,
                  **fault.variables(os.environ["BUILD"]))
    try:
        yield one.start()
    finally:
        one.clean()


@pytest.fixture(scope="module")
def expected(service):
    text = play(service)
    assert text == play(service)
    assert json.dumps(TEXT, ensure_ascii=False)[1:-1] in text
    return text


# --- the server's settings -----------------------------------------------

SETTINGS = [
    {"sql_mode": ""}, {"sql_mode": "ANSI_QUOTES"}, {"sql_mode": "ANSI"},
    {"sql_mode": "NO_BACKSLASH_ESCAPES"},
    {"sql_mode": "PAD_CHAR_TO_FULL_LENGTH"}, {"sql_mode": "ORACLE"},
    {"sql_mode": "HIGH_NOT_PRECEDENCE,PIPES_AS_CONCAT,IGNORE_SPACE"},
    {"character_set_server": "latin1"}, {"character_set_server": "utf16"},
    {"character_set_connection": "latin1", "character_set_client": "latin1",
     "character_set_results": "latin1"},
    {"collation_connection": "utf8mb4_general_ci"},
    {"time_zone": "-09:30"}, {"time_zone": "+13:00"},
    {"autocommit": 0}, {"tx_isolation": "READ-UNCOMMITTED"},
    {"tx_isolation": "SERIALIZABLE"}, {"tx_isolation": "REPEATABLE-READ"},
    {"init_connect": "SET NAMES latin1, sql_mode = '', autocommit = 0,"
                     " time_zone = '+05:45'"},
    {"auto_increment_increment": 7, "auto_increment_offset": 3},
    {"sql_safe_updates": 1}, {"foreign_key_checks": 1, "unique_checks": 0},
    {"lc_time_names": "de_DE", "lc_messages": "de_DE"},
    {"div_precision_increment": 0}, {"explicit_defaults_for_timestamp": 0},
    {"completion_type": "CHAIN"}, {"group_concat_max_len": 4},
    {"optimizer_switch": "derived_merge=off", "join_cache_level": 0},
]


def literal(value):
    return str(value) if isinstance(value, int) else "'" + str(
        value).replace("'", "''") + "'"


@contextlib.contextmanager
def with_settings(db, settings):
    """Global settings, and no connection that has others."""
    before = {name: db.value(f"SELECT @@global.{name}") for name in settings}
    try:
        change(db, settings)
        yield
    finally:
        change(db, {name: int(value) if value.isdigit() else value
                    for name, value in before.items()})


def change(db, settings):
    for name, value in settings.items():
        db.run(f"SET GLOBAL {name} = {literal(value)}")
    db.run("KILL USER contactinfo")


@pytest.mark.parametrize("settings", SETTINGS, ids=json.dumps)
def test_settings_of_the_server_change_nothing(service, expected, settings):
    """D08 of the attack table."""
    with with_settings(service.db, settings):
        assert play(service) == expected


# --- the machine's -------------------------------------------------------


@contextlib.contextmanager
def with_environment(service, **variables):
    """httpd with these variables in its environment."""
    try:
        restart(service, **variables)
        yield
    finally:
        for name in variables:
            service.variables.pop(name)
        restart(service)


def restart(service, **variables):
    pid = service.pid("HTTPD")
    os.kill(pid, 15)
    assert eventually(lambda: not is_alive(pid))
    service.variables.update(variables)
    service.start()


# As POSIX writes them, for a machine without a list of zones.
ZONES = [("EET-2EEST,M3.5.0/3,M10.5.0/4", "+02:00"),
         ("NST3:30NDT,M3.2.0,M11.1.0", "-03:30"),
         ("<+13>-13<+14>,M9.5.0/3,M4.1.0/4", "+13:00"),
         ("<+0545>-5:45", "+05:45"), ("<-12>12", "-12:00")]


@pytest.mark.parametrize("zone, offset", ZONES)
def test_no_time_zone_changes_a_date(service, expected, zone, offset):
    with with_settings(service.db, {"time_zone": offset}), \
            with_environment(service, TZ=zone):
        assert play(service) == expected


def make_locale(folder, name):
    done = subprocess.run(["localedef", "-i", name, "-f", "UTF-8",
                           folder / f"{name}.UTF-8"], capture_output=True,
                          text=True, check=False)
    if done.returncode > 1 or not (folder / f"{name}.UTF-8").is_dir():
        pytest.skip(f"localedef: {done.stderr}")


@pytest.mark.parametrize("name", ["de_DE", "tr_TR"])
def test_no_locale_changes_a_byte(service, expected, tmp_path, name):
    """A decimal comma; another upper case of i."""
    make_locale(tmp_path, name)
    code = ("import locale; locale.setlocale(locale.LC_ALL, '');"
            "print(locale.localeconv()['decimal_point'])")
    variables = {"LOCPATH": str(tmp_path), "LC_ALL": name + ".UTF-8"}
    shown = subprocess.run(["/usr/bin/python3", "-c", code], text=True,
                           env={**os.environ, **variables}, check=True,
                           capture_output=True).stdout
    assert shown == ",\n"
    with with_environment(service, FAULT_LOCALE="1", **variables):
        maps = pathlib.Path(f"/proc/{service.pid('HTTPD')}/maps").read_text()
        assert f"{tmp_path}/{name}.UTF-8/LC_CTYPE" in maps
        assert play(service) == expected
