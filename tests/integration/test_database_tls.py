# SPDX-License-Identifier: Apache-2.0
"""The connection to the database by TLS."""

import pathlib
import re
import shutil
import socket
import threading
import time

import pytest

from front import certificate, free_port
from harness import envelope, eventually
from test_doctor import database_with

LIST = "contact_information/list"


@pytest.fixture
def remote(fresh):
    """A service whose database can be reached by TCP and offers TLS."""
    service = fresh("ContactInfoDBTimeout connect=2s deadline=4s\n",
                    children=1)
    folder = (service.run_dir / "home").resolve() / "db"
    for name in "key.pem", "certificate.pem":
        shutil.copy(f"{certificate().name}/{name}", folder / name)
        (folder / name).chmod(0o644)
    service.authority = folder / "certificate.pem"
    service.database_port = free_port()
    options = pathlib.Path(service.env["DB_OPTION_FILE"])
    before = options.read_text()
    with database_with(
            service, "--skip-networking=0", "--bind-address=127.0.0.1",
            f"--port={service.database_port}", f"--ssl-key={folder}/key.pem",
            f"--ssl-cert={service.authority}"):
        yield service
        options.write_text(before)
        service.db.run("ALTER USER contactinfo REQUIRE NONE")
        service.graceful()


def reach(service, old, new):
    """Change the option file and let httpd read it."""
    path = pathlib.Path(service.env["DB_OPTION_FILE"])
    path.write_text(re.sub(old, new, path.read_text()))
    service.graceful()


def by_tcp(service, options, port=None):
    reach(service, "host=.*\nsocket=.*\n",
          f"host=127.0.0.1\nport={port or service.database_port}\n{options}")


def refused(service, complaint):
    """The database is not used any more, and the log says why."""
    service.log.expect("CI0003")
    assert eventually(lambda: service.api().http.get("health").status_code
                      == 503)
    lines = [line for line in service.log.path.read_text().splitlines()
             if "CI0003" in line]
    assert complaint in lines[-1], lines


class Relay:
    """Between httpd and a port; when it is slow, the answers come byte by
    byte."""

    def __init__(self, port):
        self.target, self.slow = ("127.0.0.1", port), False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ends = []
        self.begin(self.serve)

    @staticmethod
    def begin(work, *arguments):
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def serve(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(self.target)
            self.ends += [client, server]
            self.begin(self.pump, client, server, False)
            self.begin(self.pump, server, client, True)

    def pump(self, source, sink, is_answer):
        try:
            while data := source.recv(65536):
                while is_answer and self.slow and data:
                    sink.sendall(data[:1])
                    data = data[1:]
                    time.sleep(0.1)
                sink.sendall(data)
        except OSError:
            pass

    def close(self):
        for end in [self.listener] + self.ends:
            end.close()


def test_a_trickle_within_tls_does_not_outlast_the_deadline(remote):
    relay = Relay(remote.database_port)
    try:
        by_tcp(remote, f"ssl-ca={remote.authority}\n", relay.port)
        remote.db.run("ALTER USER contactinfo REQUIRE SSL")
        api = remote.api().login()
        envelope(api.get(LIST, id_number="x"))
        relay.slow = True
        remote.log.allow("CI0003", "CI0008")
        envelope(api.get(LIST, id_number="x"), "SERVICE_UNAVAILABLE")
    finally:
        relay.close()


def test_a_connection_by_tls(remote):
    by_tcp(remote, f"ssl-ca={remote.authority}\n")
    remote.db.run("ALTER USER contactinfo REQUIRE SSL; KILL USER contactinfo")
    api = remote.api().login()
    envelope(api.get(LIST, id_number="x"))


def test_a_server_that_wants_tls_is_not_used_without(remote):
    remote.db.run("ALTER USER contactinfo REQUIRE SSL")
    by_tcp(remote, "")
    refused(remote, "Access denied")


def test_a_certificate_of_somebody_else_is_refused(remote):
    by_tcp(remote, "ssl-ca=/etc/ssl/certs/ca-certificates.crt\n")
    refused(remote, "certificate")


def test_a_server_without_tls_is_not_used(fresh):
    service = fresh(children=1)
    reach(service, r"\Z", "\nssl=1\nssl-verify-server-cert=0\n")
    refused(service, "the server has no TLS")
