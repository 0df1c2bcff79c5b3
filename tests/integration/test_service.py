# SPDX-License-Identifier: Apache-2.0
"""What `make start` promises, whatever the API does."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from harness import ROOT, Service, envelope, is_alive

KEYS = {
    "URL", "SERVER", "ORGANISATION", "USERNAME", "PASSWORD", "API_KEY",
    "OTHER_ORGANISATION", "OTHER_USERNAME", "OTHER_PASSWORD", "OTHER_API_KEY",
    "DB_OPTION_FILE", "DB_SOCKET", "HTTPD_PID_FILE", "DB_PID_FILE",
    "ERROR_LOG", "ACCESS_LOG",
}


def add_contact(service, name="Kept"):
    """A new contact's id."""
    person = {"type": "PERSON", "first_name": name, "last_name": "Contact"}
    return envelope(service.api().login().post("contact_information/create",
                                               person))["id"]


def has_contact(service, contact_id):
    return service.api().login().show(contact_id)["id"] == contact_id


def test_env_says_how_to_reach_everything(service):
    assert KEYS <= service.env.keys()
    assert service.env["URL"] == service.env["SERVER"] + "/crmapi/rest/v2"
    for key in KEYS:
        assert service.env[key]
        if key.endswith(("_FILE", "_LOG", "_SOCKET")):
            assert pathlib.Path(service.env[key]).exists()
    assert is_alive(service.pid("HTTPD"))
    assert is_alive(service.pid("DB"))


def test_both_demo_users_log_in_with_password_and_key(service):
    for who in "", "OTHER_":
        assert service.api(who).login().token
        assert service.api(who).login_with_key().token


def test_the_option_file_is_the_owners_alone(service):
    mode = os.stat(service.env["DB_OPTION_FILE"]).st_mode
    assert mode & 0o777 == 0o600


def test_nothing_serves_as_root(service):
    """Only httpd's parent keeps the rights it was started with."""
    serving = [service.pid("DB"), *service.children()]
    assert len(serving) > 1
    for pid in serving:
        assert os.stat(f"/proc/{pid}").st_uid != 0


def test_data_survive_stop_and_start(fresh):
    service = fresh()
    contact_id = add_contact(service)
    service.stop()
    service.start()
    assert has_contact(service, contact_id)


def test_start_twice_leaves_both_halves_alone(fresh):
    service = fresh()
    before = service.pid("HTTPD"), service.pid("DB")
    service.start()
    assert (service.pid("HTTPD"), service.pid("DB")) == before


@pytest.mark.parametrize("half, rest", [("DB", "HTTPD"), ("HTTPD", "DB")])
def test_start_heals_a_half_dead_copy(fresh, half, rest):
    service = fresh()
    contact_id = add_contact(service)
    survivor = service.pid(rest)
    service.kill(half)
    service.start()
    assert service.pid(rest) == survivor
    assert has_contact(service, contact_id)


def test_start_is_not_misled_by_a_stale_pid_file(fresh):
    service = fresh()
    service.stop()
    for half in "HTTPD", "DB":
        pathlib.Path(service.env[half + "_PID_FILE"]).write_text(f"{os.getpid()}\n")
    service.start()
    assert is_alive(os.getpid())
    assert add_contact(service)


def test_two_copies_run_side_by_side(service, fresh):
    second = fresh()
    assert second.port != service.port
    contact_id = add_contact(second)
    assert has_contact(second, contact_id)
    api = service.api().login()
    envelope(api.get("contact_information/show",
                     contact_information_identifier=f"id={contact_id}"),
             "NOT_FOUND")
    second.stop()
    assert api.http.get("health").status_code == 200


def test_runs_below_a_folder_that_only_its_owner_enters(tmp_path):
    """The whole checkout, so that the module lies there too."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    build = closed / "build"
    build.mkdir()
    source = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
    for name in "mod_contactinfo.so", "contactinfoctl":
        shutil.copy(source / name, build)
    service = Service(closed / ("deep" * 30), build=build)
    try:
        service.start()
        assert add_contact(service)
    finally:
        service.clean()
    assert not service.run_dir.exists()


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_runs_under_the_other_mpms(fresh, mpm):
    service = fresh(mpm=mpm)
    assert has_contact(service, add_contact(service))


def test_a_new_configuration_replaces_httpd_alone(fresh):
    service = fresh()
    httpd, database = service.pid("HTTPD"), service.pid("DB")
    service.variables["THREADS"] = "65"
    service.start()
    assert service.pid("HTTPD") != httpd
    assert service.pid("DB") == database


def test_a_taken_port_is_named(service, tmp_path):
    second = Service(tmp_path / "second", port=service.port)
    try:
        with pytest.raises(AssertionError, match="[Aa]ddress already in use"):
            second.start()
    finally:
        second.command("clean")


def test_run_prints_lines_that_work_and_ends_on_a_signal(tmp_path):
    service = Service(tmp_path / "service")
    running = subprocess.Popen([ROOT / "conf" / "service.sh", "run"],
                               env={**os.environ, **service.variables},
                               stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        for line in running.stdout:
            lines.append(line.strip())
            if line.startswith("Ctrl-C"):
                break
        service.attach()
        pids = service.pid("HTTPD"), service.pid("DB")
        commands = [line for line in lines if line.startswith("curl ")]
        assert len(commands) == 3
        for command in commands:
            answer = subprocess.run(command, shell=True, text=True, check=True,
                                    capture_output=True).stdout
            assert re.search(r'"code"\s*:\s*"OK"', answer), command + answer
        running.terminate()
        assert running.wait(timeout=60) == 0
        assert not any(map(is_alive, pids))
    finally:
        running.kill()
        service.clean()
