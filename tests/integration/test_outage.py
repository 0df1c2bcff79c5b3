# SPDX-License-Identifier: Apache-2.0
"""What operators learn of trouble, and what a child does by itself: the lines
of the log in an outage, a server that may lose data, values that validation
missed, connections that nobody uses."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import httpx
import pytest

from harness import (ROOT, apache2, counters, envelope, eventually, free_port,
                     is_alive)

CREATE = "contact_information/create"
LOGIN = "authentication/token"
KEY_LOGIN = "authentication/web_api_key/token"
LIST = "contact_information/list"


def person(**more):
    return {"type": "PERSON", "first_name": "O", "last_name": "Utage", **more}


def lines(service, tag):
    return [line for line in service.log.path.read_text().splitlines()
            if tag in line]


# --- the log in an outage ----------------------------------------------------

@pytest.mark.skipif(os.environ.get("MPM") == "prefork",
                    reason="each connection has a child, each child its line")
def test_an_outage_has_a_line_a_second_and_one_when_it_is_over(fresh):
    service = fresh(children=1)
    api = service.api().login()
    before = counters(service)
    service.kill("DB")
    service.log.expect("CI0003", "CI0008")
    failed, begin = 0, time.monotonic()
    while time.monotonic() < begin + 3.5:
        envelope(api.get(LIST, id_number="x"), "SERVICE_UNAVAILABLE")
        failed += 1
    seconds = time.monotonic() - begin
    service.start()
    assert eventually(lambda: api.http.get("health").status_code == 200, 10)
    assert eventually(lambda: lines(service, "CI0008"), 10)
    time.sleep(1.5)
    bad = lines(service, "CI0003")
    assert 3 <= len(bad) <= seconds + 2
    said = sum(1 + int((re.search(r"\((\d+) more like this\)", line)
                        or [0, 0])[1]) for line in bad)
    (over,) = lines(service, "CI0008")
    assert "contactinfo:notice" in over
    found = re.search(r"the database did not answer: over after (\d+) s, "
                      r"(\d+) requests of this child failed", over)
    count = counters(service)["SERVICE_UNAVAILABLE"] \
        - before["SERVICE_UNAVAILABLE"]
    assert failed <= count == int(found[2])
    assert said <= count
    assert seconds - 1 <= int(found[1]) <= seconds + 5
    api.get(LIST, id_number="x")
    assert len(lines(service, "CI0008")) == 1


def test_kinds_of_trouble_have_lines_of_their_own(fresh):
    """Reads go on while writes fail, and do not end what hinders writes."""
    service = fresh(children=1)
    api = service.api().login()
    service.log.expect("CI0003", "CI0008")
    service.db.run("SET GLOBAL read_only = 1")
    for _ in range(3):
        envelope(api.post(CREATE, person()), "SERVICE_UNAVAILABLE")
        envelope(api.get(LIST, id_number="x"))
    service.db.run("SET GLOBAL read_only = 0")
    time.sleep(2.5)
    envelope(api.get(LIST, id_number="x"))
    time.sleep(1.5)
    assert not lines(service, "CI0008")
    envelope(api.post(CREATE, person()))
    assert eventually(lambda: lines(service, "CI0008"), 5)
    (over,) = lines(service, "CI0008")
    assert "the database was read-only: over after" in over
    assert "3 requests of this child failed" in over


# --- values that validation missed -------------------------------------------

def test_a_value_that_a_column_refuses_is_told_to_both(fresh):
    service = fresh()
    api = service.api().login()
    service.db.run("UPDATE contact SET title = NULL;"
                   "ALTER TABLE contact MODIFY title VARCHAR(3) NULL")
    service.log.expect("CI0003")
    answer = api.post(CREATE, person(title="Professor"))
    envelope(answer, "INVALID_PARAMETER")
    assert answer.json()["status"]["description"] == "a value cannot be stored"
    (line,) = lines(service, "CI0003")
    assert "contactinfo:error" in line and "'title'" in line
    assert "Professor" not in line
    assert counters(service)["ValueErrors"] == 1
    assert service.db.value("SELECT COUNT(*) FROM contact"
                            " WHERE last_name = 'Utage'") == "0"
    envelope(api.post(CREATE, person(title="Dr")))
    assert counters(service)["ValueErrors"] == 1


# --- challenges --------------------------------------------------------------

@pytest.mark.parametrize("path, headers, body, code, challenge", [
    (LOGIN, {}, "credentials", "INVALID_CREDENTIALS", "Bearer"),
    (KEY_LOGIN, {}, {}, "INVALID_CREDENTIALS", 'Basic realm="Web API key"'),
    (KEY_LOGIN, {"Authorization": "Basic eDo="}, {}, "INVALID_CREDENTIALS",
     'Basic realm="Web API key"'),
    (CREATE, {}, {"token": "x"}, "INVALID_TOKEN", "Bearer"),
])
def test_every_401_says_how_to_authenticate(api, path, headers, body, code,
                                            challenge):
    """RFC 9110 section 11.6.1."""
    if body == "credentials":
        body = api.credentials(password="wrong")
    answer = api.http.post(path, headers=headers, json=body)
    envelope(answer, code)
    assert answer.headers["www-authenticate"] == challenge


# --- durability --------------------------------------------------------------

def test_of_a_good_server_the_log_says_nothing(fresh):
    service = fresh()
    envelope(service.api().login().get(LIST, id_number="x"))
    assert not lines(service, "CI0007")
    assert counters(service)["RelaxedSettings"] == 0


@pytest.mark.parametrize("change, back, named", [
    ("SET GLOBAL innodb_flush_log_at_trx_commit = 0",
     "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
     "innodb_flush_log_at_trx_commit is 0; set it to 1"),
    ("SET GLOBAL innodb_flush_log_at_trx_commit = 2",
     "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
     "innodb_flush_log_at_trx_commit is 2; set it to 1"),
    ("ALTER TABLE schema_version ENGINE = MyISAM",
     "ALTER TABLE schema_version ENGINE = InnoDB",
     "engine of schema_version is MyISAM; ALTER TABLE schema_version"),
])
def test_a_server_that_may_lose_data_is_named_once(fresh, change, back, named):
    service = fresh(children=1)
    service.db.run(change)
    service.log.allow("CI0007")
    httpd = service.pid("HTTPD")
    service.variables["THREADS"] = "63"
    service.start()
    assert service.pid("HTTPD") != httpd
    api = service.api().login()
    for _ in range(20):
        envelope(api.get(LIST, id_number="x"))
    (line,) = lines(service, "CI0007")
    assert named in line and "contactinfo:warn" in line
    assert counters(service)["RelaxedSettings"] == 1
    service.db.run(back)


# --- connections that nobody uses --------------------------------------------

def connections(service):
    return int(service.db.value(
        "SELECT COUNT(*) FROM information_schema.processlist"
        " WHERE user = 'contactinfo'"))


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_idle_connections_are_closed_without_a_request(fresh, mpm):
    service = fresh("ContactInfoDBPool max=16 idle=1s wait=2s\n", mpm=mpm)
    token = service.api().login().token

    def ask():
        httpx.get(service.env["URL"] + "/" + LIST, trust_env=False,
                  params={"token": token, "id_number": "x"})

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert connections(service) >= 1
    assert eventually(lambda: connections(service) == 0, 6)
    assert counters(service)["Connections"] == 0
    ask()
    assert connections(service) >= 1


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_children_that_watch_end_at_once(fresh, mpm):
    service = fresh(mpm=mpm)
    for _ in range(3):
        service.api().login().http.close()
        service.graceful()
    service.api().login().http.close()
    begin = time.monotonic()
    service.stop()
    assert time.monotonic() - begin < 10
    assert not [line for line in lines(service, "core:error")
                if "still did not exit" in line]


# --- configurations ----------------------------------------------------------

def test_a_graceful_restart_with_a_bad_file_keeps_the_old_server(fresh):
    """P13"""
    service = fresh()
    api = service.api().login()
    extra = service.folder / "extra.conf"
    good = extra.read_text()
    extra.write_text(good + "ContactInfoDBPool max=none\n")
    done = apache2("-f", service.env["HTTPD_CONF"], "-k", "graceful",
                   capture_output=True)
    assert done.returncode != 0
    assert "extra.conf" in done.stderr and "ContactInfoDBPool" in done.stderr
    envelope(api.get(LIST, id_number="x"))
    extra.write_text(good)
    service.graceful()
    envelope(service.api().login().get(LIST, id_number="x"))


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_loaded_but_unused_the_module_does_nothing(tmp_path, mpm):
    """P15: no connection, no thread of its own, no memory shared, no line."""
    with unused_httpd(tmp_path, mpm, loaded=False) as (url, _):
        plain = httpx.get(url, trust_env=False)
        usual = threads_of_children(tmp_path)
    with unused_httpd(tmp_path, mpm, loaded=True) as (url, log):
        answer = httpx.get(url, trust_env=False)
        assert (answer.status_code, answer.content) \
            == (plain.status_code, plain.content)
        assert threads_of_children(tmp_path) == usual
        parent = (tmp_path / "httpd.pid").read_text().strip()
        os.kill(int(parent), signal.SIGUSR1)
        assert eventually(lambda: "resuming normal" in log.read_text())
        assert httpx.get(url, trust_env=False).status_code \
            == answer.status_code
    text = log.read_text()
    assert "contactinfo" not in text and "exit signal" not in text


def threads_of_children(folder):
    """How many threads the children have that have started theirs."""
    parent = int((folder / "httpd.pid").read_text())
    children = pathlib.Path(f"/proc/{parent}/task/{parent}/children")

    def most():
        return max((len(os.listdir(f"/proc/{one}/task"))
                    for one in children.read_text().split()), default=0)

    seen = []
    assert eventually(lambda: seen.append(most()) or (
        seen[-1] and len(seen) > 20 and len(set(seen[-20:])) == 1))
    return seen[-1]


@contextlib.contextmanager
def unused_httpd(folder, mpm, loaded):
    """An httpd of its own that has none of the module's directives."""
    modules = subprocess.run(["apxs", "-q", "LIBEXECDIR"], check=True,
                             capture_output=True, text=True).stdout.strip()
    build = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
    port, log, conf = free_port(), folder / f"{loaded}.log", folder / "h.conf"
    conf.write_text(f"""
        ServerRoot {folder}
        DefaultRuntimeDir {folder}
        PidFile {folder}/httpd.pid
        ServerName 127.0.0.1
        Listen 127.0.0.1:{port}
        LoadModule mpm_{mpm}_module {modules}/mod_mpm_{mpm}.so
        LoadModule authz_core_module {modules}/mod_authz_core.so
        {"" if loaded else "#"} LoadModule contactinfo_module \
            {build}/mod_contactinfo.so
        StartServers 1
        ErrorLog {log}
        {"User www-data" if os.geteuid() == 0 else ""}
        """)
    apache2("-f", conf, "-k", "start", check=True)
    try:
        assert eventually(lambda: (folder / "httpd.pid").exists())
        yield f"http://127.0.0.1:{port}/", log
    finally:
        parent = int((folder / "httpd.pid").read_text())
        apache2("-f", conf, "-k", "stop", check=True)
        assert eventually(lambda: not is_alive(parent))
