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

from harness import eventually, is_alive
from images import BOUNDARY, form, part, png
from journal import Journal, Writer, verdict
from load import (BASE, IDENTIFIER, PHOTO, Answer, Background, Client,
                  Patient, bound, figure)
from sampler import is_calm, resident

# ... and what httpd says of several in a row
KILLED = "exit signal Killed", "AH10392"


def slow_upload(site, contact, seconds):
    """Send a photo piece by piece; the status of the answer."""
    data = png(70000)
    body = form(part("token", site.token()),
                part(IDENTIFIER, f"id={contact}"),
                part("file", data, "a.png"))
    head = (f"POST {BASE}{PHOTO}add HTTP/1.1\r\nHost: x\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
            "\r\n\r\n").encode()
    answer = b""
    address = ("127.0.0.1", site.service.port)
    with socket.create_connection(address, timeout=60) as sock:
        sock.sendall(head)
        for i in range(20):
            sock.sendall(body[i * len(body) // 20:(i + 1) * len(body) // 20])
            time.sleep(seconds / 20)
        while chunk := sock.recv(65536):
            answer += chunk
    return Answer(int(answer[9:12]))


def test_a_graceful_restart_fails_no_request(site):
    """P10: with kept connections, writes and slow uploads."""
    service = site.service
    contact = site.client().create(notes="0").data["id"]
    clients = [Patient(service, site.token()) for _ in range(5)]
    before = len(site.connections())

    def work(index):
        client = clients[index] if index < 5 else None
        if index == 5:
            return slow_upload(site, contact, 2)
        if index == 0:
            return client.create(uuid.uuid4().hex)
        if index == 1:
            return client.update(contact, notes=uuid.uuid4().hex)
        return client.show(contact)

    with Background(6, work) as load:
        for _ in range(figure(6, 100)):
            time.sleep(figure(0.7, 5))
            service.graceful()
        time.sleep(1)
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
        for _ in range(figure(4, 60)):
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


def test_a_child_killed_while_it_hashes_blocks_nobody(site):
    """P5: the turns of the password hashes survive their owner."""
    service = site.service
    service.log.allow(*KILLED)
    site.configure(children=2)
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
