# SPDX-License-Identifier: Apache-2.0
"""What the machine runs out of, and what it shows to whom: R04, R05, R07,
R09, R10, R16, R18 and R19 of the attack tables."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time

import httpx
import pytest

from harness import apache2, counters, eventually, is_alive
from images import png
from load import BASE, Background, Client, Patient, bound, figure, worst
from site_under_test import QUICK

NO = "SERVICE_UNAVAILABLE"


# --- R04: file descriptors ---------------------------------------------------

def set_files(pid, soft):
    """As the account of the child, which may change its own limits."""
    account = ["runuser", "-u", "www-data", "--"] if os.geteuid() == 0 else []
    subprocess.run([*account, "prlimit", "--pid", str(pid),
                    f"--nofile={soft}:"], check=True)


@contextlib.contextmanager
def no_more_files(pid):
    """The process cannot open another file."""
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    before = re.search(r"^Max open files +(\d+)", limits, re.M)[1]
    numbers = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    set_files(pid, next(n for n in range(4096) if n not in numbers))
    try:
        yield
    finally:
        set_files(pid, before)


def test_without_file_descriptors_503_and_back(site):
    """R04: for what needs one, on connections that are there."""
    site.configure("ContactInfoDBTimeout connect=1s deadline=4s\n", children=1)
    clients = [site.client() for _ in range(4)]
    contact = clients[0].create().data["id"]
    for client in clients:
        assert client.show(contact).ok
    (child,) = site.children()
    site.proxy.refuse()
    assert clients[0].show(contact).code == NO
    site.proxy.listen()
    time.sleep(1.2)  # the breaker lets one try
    for client in clients:
        assert client.request("GET", "/nothing").status == 404
    with no_more_files(child):
        refused = [client.show(contact) for client in clients]
        refused.append(clients[0].add_photo(contact, png(9000)))
    assert {a.code for a in refused} == {NO}, refused
    assert not site.proxy.sessions
    assert max(a.seconds for a in refused) < bound(2)
    assert eventually(lambda: clients[1].show(contact).ok)
    assert clients[1].add_photo(contact, png(9000)).ok
    assert site.children() == [child]
    for client in clients:
        client.close()


# --- R05: the temporary folder -----------------------------------------------

@pytest.fixture
def volume(tmp_path_factory):
    """A small file system, if the account may mount one."""
    folder = tmp_path_factory.mktemp("volume")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=1777",
                           "tmpfs", folder], capture_output=True)
    if done.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@contextlib.contextmanager
def full(volume):
    filler = volume / "filler"
    with filler.open("wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))
            file.flush()
    yield
    filler.unlink()


@contextlib.contextmanager
def read_only(volume):
    remount = ["mount", "-o", "remount,"]
    subprocess.run([*remount[:2], "remount,ro", volume], check=True)
    yield
    subprocess.run([*remount[:2], "remount,rw", volume], check=True)


def test_a_temporary_folder_that_is_full_or_read_only(site, volume):
    """R05: uploads are refused, nothing else is, and it heals alone."""
    site.service.log.allow("CI0003")
    for folder in (volume, *volume.parents[:2]):
        folder.chmod(0o1777)
    site.configure("ContactInfoDBTimeout connect=1s deadline=4s\n"
                   f'ContactInfoTempDir "{volume}"\n')
    client = site.client()
    contact = client.create().data["id"]
    for trouble in full, read_only:
        with trouble(volume):
            for _ in range(3):
                assert client.add_photo(contact, png(99000)).code == NO
                assert client.update(contact, notes="x").ok
                assert client.show(contact).ok
        assert client.add_photo(contact, png(99000)).ok
    client.close()
    assert os.listdir(volume) == []
    site.configure()


# --- R07 and R09: the start --------------------------------------------------

STARTS = {
    "no folder for a mutex": ("Mutex file:/no/such/folder contactinfo-hash\n",
                              "/no/such/folder"),
    "no mutex at all": ("Mutex none contactinfo-hash\n",
                        "not allowed for mutex type contactinfo-hash"),
}


@pytest.mark.parametrize("name", STARTS)
def test_what_cannot_be_shared_is_an_error_of_the_start(site, name):
    """R07: in bounded time, and it is named."""
    conf, named = STARTS[name]
    home = pathlib.Path(site.service.env["HTTPD_CONF"]).parent
    path = home / "wrong.conf"
    path.write_text((home / "httpd.conf").read_text() + conf)
    begin = time.monotonic()
    done = httpd(site, path)
    assert time.monotonic() - begin < bound(5)
    log = "\n".join(site.service.log.new_lines())
    assert done.returncode != 0
    assert named in done.stdout + log or "CI0001" in log


def httpd(site, conf, *more):
    return apache2("-f", conf, "-k", "start",
                   "-c", f"PidFile {site.service.run_dir}/other.pid", *more,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                   timeout=60)


@contextlib.contextmanager
def restarted(site):
    """httpd ends, and begins again without anyone waiting for its health."""
    service = site.service
    pid = service.pid("HTTPD")
    os.kill(pid, signal.SIGTERM)
    assert eventually(lambda: not is_alive(pid))
    conf = service.env["HTTPD_CONF"]
    apache2("-f", conf, "-D", f"contactinfo={pathlib.Path(conf).parent}",
            "-k", "start", check=True, timeout=60)
    yield Client(service)
    site.restart()


def is_away(client):
    """503 at once or after the connect's time, and httpd serves others."""
    answer = client.request("GET", BASE + "health")
    assert answer.code == NO and answer.seconds < bound(4), answer
    assert client.request("GET", "/nothing").status == 404


def test_httpd_starts_without_its_database(site):
    """R09: 503, and it heals alone."""
    site.proxy.refuse()
    with restarted(site) as client:
        is_away(client)
        site.proxy.listen()
        assert eventually(site.health)


def test_httpd_starts_without_a_name_server(site):
    """R09: the host's name is not known."""
    path = pathlib.Path(site.service.env["DB_OPTION_FILE"])
    text = path.read_text()
    path.write_text(re.sub(r"^host=.*$", "host=no.such.host.invalid", text,
                           flags=re.M))
    try:
        with restarted(site) as client:
            is_away(client)
            path.write_text(text)
    finally:
        path.write_text(text)


# --- R10: flapping -----------------------------------------------------------

def test_an_outage_of_a_moment_again_and_again(site):
    """R10: the breaker neither sticks nor storms."""
    site.configure("ContactInfoDBTimeout connect=1s deadline=4s\n", children=1)
    site.proxy.reset_figures()
    client, begin = Client(site.service), time.monotonic()
    answers = []
    for _ in range(figure(12, 10000)):
        site.proxy.refuse()
        end = time.monotonic() + 0.1
        while time.monotonic() < end:
            answers.append(client.request("GET", BASE + "health"))
        site.proxy.listen()
        answers += [client.request("GET", BASE + "health") for _ in range(20)]
    seconds = time.monotonic() - begin
    assert {a.code for a in answers} <= {"OK", NO}
    assert worst(answers) < bound(0.1)
    # each second one attempt of one child, while it is open
    opened = site.proxy.attempts
    assert len(opened) <= 2 * seconds + 10
    assert eventually(site.health, 2 * bound(1))
    client.close()


# --- R16, R18 and R19: what is shown -----------------------------------------

INFO = '''
<IfModule !info_module>
    LoadModule info_module "${CI_MODULES}/mod_info.so"
</IfModule>
ExtendedStatus On
<Location "/server-info">
    SetHandler server-info
    Require local
</Location>
'''


@pytest.fixture(scope="module")
def shown(the_site):
    with the_site.configured(QUICK + INFO) as site:
        yield site.service


def secrets_of(service, client):
    """Token, key and passwords."""
    text = pathlib.Path(service.env["DB_OPTION_FILE"]).read_text()
    return [client.token, service.env["API_KEY"], service.env["PASSWORD"],
            re.search(r"^password=(.+)$", text, re.M)[1]]


def processes(service):
    """Command line and environment of httpd and its children."""
    for pid in [service.pid("HTTPD"), *service.children()]:
        for name in "cmdline", "environ":
            yield pathlib.Path(f"/proc/{pid}/{name}").read_bytes().decode()


def test_no_page_of_the_operators_has_a_secret(shown):
    """R16: neither pages, process lists, dumps of the configuration nor the
    logs."""
    client = Client(shown, shown.api().login_with_key().token)
    shown.api().login()
    assert client.show("none").code == "NOT_FOUND"
    server = shown.env["SERVER"]
    pages = [httpx.get(server + path, trust_env=False).text for path in (
        "/server-status", "/server-status?auto", "/server-info",
        "/server-info?config")]
    assert "ContactInfoDBOptionFile" in pages[2]
    dump = apache2("-f", shown.env["HTTPD_CONF"], "-t", "-D", "DUMP_CONFIG",
                   capture_output=True).stdout
    assert "ContactInfoDBOptionFile" in dump
    logs = [pathlib.Path(shown.env[name]).read_text()
            for name in ("ERROR_LOG", "ACCESS_LOG")]
    for secret in secrets_of(shown, client):
        for text in [*pages, dump, *processes(shown), *logs]:
            assert secret not in text


def test_who_has_no_token_learns_nothing_of_the_tenants(shown):
    """R18: of all that answers without one."""
    paths = [*shown.document.json["paths"], "/health", "/status", "/metrics",
             "/debug", "/.git/config", "/"]
    client = Client(shown)
    inside = re.compile(r"\bDEMO\b|\bOTHER\b|mariadb\.sock|contactinfo\.cnf|"
                        r"127\.0\.0\.1:\d+|MariaDB|Apache/|/tmp/|/usr/")
    for path in set(paths) - {"/openapi.json"}:
        for method in "GET", "POST", "OPTIONS":
            answer = client.request(method, BASE[:-1] + path)
            text = answer.content.decode() + str(
                [v for k, v in answer.headers.items() if k != "server"])
            assert not inside.search(text), (method, path, text)
            assert answer.status in (200, 204, 400, 401, 404, 405, 415)
    client.close()


def test_the_status_page_while_its_figures_change(shown):
    """R19: both forms, before, during and after two restarts."""
    server = shown.env["SERVER"]
    token = shown.api().login_with_key().token
    seen = []

    def work(index):
        client = Patient(shown, token)
        if index == 0:
            page = httpx.get(server + "/server-status", trust_env=False)
            assert page.status_code == 200
            assert "<h2>mod_contactinfo</h2>" in page.text
            seen.append(counters(shown))
        answers = [client.show("none") for _ in range(10)]
        client.close()
        return answers

    with Background(4, work) as load:
        for _ in range(2):
            time.sleep(figure(0.5, 30))
            shown.graceful()
        time.sleep(figure(0.5, 30))
    answers = [a for some in load.results for a in some]
    assert {a.code for a in answers} <= {"NOT_FOUND", ""}
    assert len(seen) > 1
    for name in "Requests", "NOT_FOUND", "TokenHits":
        figures = [one[name] for one in seen]
        assert figures == sorted(figures) and figures[0] < figures[-1]
