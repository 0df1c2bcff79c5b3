# SPDX-License-Identifier: Apache-2.0
"""httpd restarts, its children end or are killed: P5, P10, P11, P12."""

import os
import pathlib
import random
import signal
import socket
import threading
import time
import uuid

import httpx
import pytest

import http2
from front import H2
from harness import eventually, is_alive
from images import TYPE, form, part, png
from journal import Journal, Writer, verdict
from load import (BASE, IDENTIFIER, PHOTO, SOAK, Answer, Background, Client,
                  Patient, bound, figure)
from sampler import is_calm, resident
from site_under_test import QUICK

# ... and what httpd says of several in a row
KILLED = "exit signal Killed", "AH10392"


class Slowly:
    """A body that takes its time, each time that it is sent."""

    def __init__(self, body, seconds):
        self.body = body
        self.seconds = seconds

    def __iter__(self):
        for i in range(20):
            yield self.body[i * len(self.body) // 20:
                            (i + 1) * len(self.body) // 20]
            time.sleep(self.seconds / 20)


def photo_form(client, contact):
    return form(part("token", client.token),
                part(IDENTIFIER, f"id={contact}"),
                part("file", png(70000), "a.png"))


class Plain(Patient):
    def slow_upload(self, contact, seconds):
        """Send a photo piece by piece; the status of the answer."""
        body = photo_form(self, contact)
        head = (f"POST {BASE}{PHOTO}add HTTP/1.1\r\nHost: x\r\n"
                f"Connection: close\r\nContent-Length: {len(body)}\r\n"
                f"Content-Type: {TYPE}\r\n\r\n").encode()
        answer = b""
        address = ("127.0.0.1", self.service.port)
        with socket.create_connection(address, timeout=60) as sock:
            sock.sendall(head)
            for piece in Slowly(body, seconds):
                sock.sendall(piece)
            while chunk := sock.recv(65536):
                answer += chunk
        return Answer(int(answer[9:12]))


class Streams(Client):
    """HTTP/2. What the server says that it did not look at is sent again."""

    def __init__(self, service, token):
        super().__init__(service, token)
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{service.port}", trust_env=False,
            transport=http2.Transport(service.port))

    def request(self, method, target, body=None, headers=()):
        try:
            answer = self.http.request(method, target, content=body,
                                       headers=dict(headers))
        except (httpx.TransportError, OSError):
            return Answer()
        assert answer.extensions["http_version"] == b"HTTP/2"
        return Answer(answer.status_code, answer.headers, answer.content)

    def slow_upload(self, contact, seconds):
        return self.request("POST", BASE + PHOTO + "add",
                            Slowly(photo_form(self, contact), seconds),
                            {"Content-Type": TYPE})


@pytest.mark.parametrize("kind", [Plain, Streams])
def test_a_graceful_restart_fails_no_request(site, kind):
    """P10: with kept connections, writes and slow uploads."""
    service = site.service
    if kind is Streams:
        site.configure(QUICK + H2.conf)
    clients = [kind(service, site.token()) for _ in range(6)]
    contact = clients[0].create(notes="0").data["id"]
    before = len(site.connections())

    def work(index):
        client = clients[index]
        if index == 5:
            return client.slow_upload(contact, 5)
        if index == 0:
            return client.create(uuid.uuid4().hex)
        if index == 1:
            return client.update(contact, notes=uuid.uuid4().hex)
        return client.show(contact)

    # for each restart of the last 5 s there is an old child
    service.log.allow("AH03490")
    with Background(6, work) as load:
        for _ in range(figure(6, 100)):
            time.sleep(figure(0.7, 5))
            service.graceful()
        time.sleep(figure(0.5, 1))
    failed = [a for a in load.results if not a.ok]
    assert not failed, (len(load.results), failed)
    assert len(load.results) > 100
    assert eventually(lambda: len(site.connections()) <= before + 6, bound(5))


def shared_things():
    """System V semaphores and segments, and POSIX segments."""
    lines = [pathlib.Path(f"/proc/sysvipc/{name}").read_text().splitlines()
             for name in ("sem", "shm")]
    return [len(some) for some in lines] + [len(os.listdir("/dev/shm"))]


def test_restarts_leak_nothing(site):
    """P11"""
    service = site.service

    def restart():
        log = pathlib.Path(service.env["ERROR_LOG"])
        seen = log.read_text().count("resuming normal operations")
        service.graceful()
        assert eventually(lambda: log.read_text().count(
            "resuming normal operations") > seen)
        assert site.health()

    for _ in range(5):
        restart()
    things, memory = shared_things(), resident(service.pid("HTTPD"))
    parent = service.pid("HTTPD")
    for _ in range(figure(15, 1000)):
        restart()
    assert service.pid("HTTPD") == parent
    grown = resident(parent) - memory
    assert grown < 1024, grown
    for _ in range(figure(2, 50)):
        site.restart()
        assert site.health()
    assert eventually(lambda: shared_things() == things, bound(5))


def test_children_that_end_with_busy_threads_end_well(site):
    """P12: the log shows none that was ended by a signal."""
    site.configure("ContactInfoDBTimeout connect=1s deadline=4s\n"
                   "MaxConnectionsPerChild 20\n", children=2, threads=16)
    site.proxy.set(delay=0.2)
    seen = set()

    def work(index):
        client = Client(site.service, site.token())
        answer = client.show("none")
        client.close()
        if index == 0:
            seen.update(site.children())
        return answer

    with Background(16, work) as load:
        for _ in range(figure(60, 600)):
            if len(seen) >= figure(4, 100):
                break
            time.sleep(1)
            site.service.graceful()
    assert len(seen) >= figure(4, 100)
    assert {a.code for a in load.results} <= {"NOT_FOUND", "",
                                              "SERVICE_UNAVAILABLE"}
    # and with a stop that does not wait for queries
    with Background(8, lambda _: Client(
            site.service, site.token(), 5).show("none")):
        time.sleep(0.5)
        os.kill(site.service.pid("HTTPD"), signal.SIGTERM)
        time.sleep(0.5)
    site.service.start()


def test_a_killed_child_costs_its_own_requests_only(site, tmp_path):
    """P5, and P7 for children: 0 half written, no lock or transaction
    stays."""
    service = site.service
    service.log.allow(*KILLED)
    site.configure("ContactInfoDBTimeout connect=1s deadline=4s\n",
                   children=3, threads=16)
    run = uuid.uuid4().hex
    journal = Journal(tmp_path / "journal")
    writers = [Writer(site.client(), journal, run) for _ in range(8)]
    kills = figure(12, 200)
    with Background(8, lambda i: writers[i].step()):
        for _ in range(kills):
            time.sleep(random.uniform(0.1, 0.4))
            victim = random.choice(site.children())
            os.kill(victim, signal.SIGKILL)
            assert eventually(lambda: not is_alive(victim))
    assert is_calm(site, bound(5))
    site.heals()
    tally = journal.tally()
    assert tally["done"] > 100
    assert tally["not done"] <= kills // 4
    assert tally["unknown"] <= 8 * kills
    assert not verdict(journal, site.client(), service.db, run)
    service.log.allow(*KILLED, "CI0003")


@pytest.mark.parametrize("mutex", ["pthread"] + ["sysvsem", "fcntl"] * SOAK)
def test_a_child_killed_while_it_hashes_blocks_nobody(site, mutex):
    """P5: the turns of the password hashes survive their owner. Nothing else
    that children share has a lock."""
    service = site.service
    service.log.allow(*KILLED)
    site.configure(f"{QUICK}Mutex {mutex} default\n", children=2)
    for _ in range(figure(3, 30)):
        done = threading.Event()

        def hash_on():
            while not done.is_set():
                client = Client(service, seconds=20)
                client.post("authentication/token", {
                    "organisation": "DEMO", "username": "demo",
                    "password": "wrong"})

        threads = [threading.Thread(target=hash_on) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        for victim in site.children():
            os.kill(victim, signal.SIGKILL)
        done.set()
        for thread in threads:
            thread.join()
        site.heals()
        begin = time.monotonic()
        assert service.api().login().token
        assert time.monotonic() - begin < bound(1)
    service.log.allow(*KILLED, "CI0003")
