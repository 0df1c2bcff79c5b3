# SPDX-License-Identifier: Apache-2.0
"""A slow database, too few connections, many hosts: P19, P20, P21, P23."""

import pathlib
import re
import subprocess
import time

import pytest

from harness import eventually
from load import (LIST, SOAK, Background, Patient, at_once, bound,
                  figure, worst)
from proxy import Proxy
from sampler import Sampler



@pytest.mark.parametrize("delay, every", [(5, 1), (1, 1), (5, 10)])
def test_a_slow_database_does_not_keep_a_request_beyond_its_deadline(
        site, delay, every):
    """P19: some seconds on every answer, on every tenth."""
    clients = [site.client() for _ in range(8)]
    contact = clients[0].create(notes="0").data["id"]
    site.proxy.set(delay=delay, every=every)
    end = time.monotonic() + figure(1, 60)

    def work(index):
        answers = []
        while time.monotonic() < end:
            answers.append(clients[index].show(contact))
            answers.append(clients[index].update(contact, notes="1"))
            answers.append(clients[index].create())
        return answers

    answers = [a for some in at_once(8, work) for a in some]
    assert {a.status for a in answers} <= {200, 409, 503}
    slowest = max(answers, key=lambda a: a.seconds)
    assert slowest.seconds < (4.4 if SOAK else 8), slowest
    site.proxy.cut()


def test_who_gives_up_leaves_no_statement_behind(site):
    """P19: what nobody waits for does not go on at the server."""
    lock = subprocess.Popen(
        ["mariadb", "--no-defaults", "--unbuffered",
         "--socket=" + site.service.env["DB_SOCKET"], "contactinfo"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    client = site.client()
    try:
        lock.stdin.write(b"LOCK TABLES contact WRITE, contact_key WRITE;"
                         b" SELECT 1;\n")
        lock.stdin.flush()
        lock.stdout.readline()
        answers = at_once(8, lambda _: site.client().show("none"))
        assert {a.code for a in answers} == {"SERVICE_UNAVAILABLE"}
        assert max(a.seconds for a in answers) < bound(4.4)
        assert eventually(
            lambda: all(row["command"] == "Sleep"
                        for row in site.connections()), bound(2))
    finally:
        lock.stdin.close()
        lock.wait(30)
    site.heals()
    assert client.show("none").code == "NOT_FOUND"


def test_a_small_pool_serves_in_order(site):
    """P20: nobody waits longer than the pool says, no connection too many."""
    site.configure("ContactInfoDBTimeout connect=1s deadline=6s\n"
                   "ContactInfoDBPool max=8 wait=1s\n", children=1,
                   threads=256)
    clients = [site.client(seconds=60) for _ in range(figure(80, 200))]
    site.proxy.set(delay=0.5)
    with Sampler(site, connections=8) as sampler:
        answers = at_once(len(clients), lambda i: clients[i].show("none"))
    assert {a.code for a in answers} == {"NOT_FOUND", "SERVICE_UNAVAILABLE"}
    assert sampler.most["connections"] > 1
    refused = [a for a in answers if a.status == 503]
    assert max(a.seconds for a in refused) < bound(3)
    assert site.counters()["PoolTimeouts"] > 0


# --- many hosts ----------------------------------------------------------


def option_files(site, proxies):
    """One for each proxy: as many databases for the module."""
    source = pathlib.Path(site.service.env["DB_OPTION_FILE"])
    for index, proxy in enumerate(proxies):
        path = source.with_name(f"other{index}.cnf")
        path.write_text(re.sub(r"^port=.*$", f"port={proxy.port}",
                               source.read_text(), flags=re.M))
        path.chmod(0o600)
        yield path


def hosts(site, files, count):
    """Virtual hosts h0, h1 ... that use these databases in turn."""
    return "".join(
        f"<VirtualHost 127.0.0.1:{site.service.port}>\nServerName h{i}\n"
        f"ContactInfoDBOptionFile {files[i % len(files)]}\n"
        "</VirtualHost>\n" for i in range(count))


@pytest.fixture
def proxies(site):
    """More proxies before the same server."""
    made = [Proxy(site.proxy.backend, site.proxy.password) for _ in range(3)]
    yield made
    site.calm()
    for proxy in made:
        proxy.close()


class HostClient(Patient):
    """A client of one virtual host."""

    host = "h0"

    def request(self, method, target, body=None, headers=()):
        return super().request(method, target, body,
                               {**dict(headers), "Host": self.host})


def client_of(site, host):
    client = HostClient(site.service, site.token())
    client.host = host
    return client


def test_many_hosts_have_one_budget(site, proxies):
    """P21: never more connections than ContactInfoDBConnections says, none
    before they are needed, and those that are idle are closed."""
    files = list(option_files(site, proxies))
    count = figure(120, 500)
    budget = 20
    site.configure(
        "ContactInfoDBTimeout connect=1s deadline=6s\n"
        f"ContactInfoDBConnections {budget}\n"
        "ContactInfoDBPool max=16 idle=2s wait=4s\n"
        + hosts(site, files, count), children=figure(4, 16), threads=25)
    # the first host is asked for its health when httpd starts
    assert not any(proxy.attempts for proxy in proxies[1:])
    with Sampler(site, connections=budget) as sampler:
        def work(index):
            client = client_of(site, f"h{index * 7 % count}")
            return [client.get(LIST, id_number="1")
                    for _ in range(figure(25, 200))]

        answers = [a for some in at_once(60, work) for a in some]
    assert {a.status for a in answers} <= {200, 503}
    served = sum(a.ok for a in answers)
    assert served > 0.9 * len(answers)
    assert sampler.most["connections"] > budget / 2
    assert all(proxy.attempts for proxy in proxies)


def test_idle_connections_are_closed(site):
    """P21: after their time, also if no request comes."""
    site.configure("ContactInfoDBPool idle=1s\n", children=1)
    at_once(8, lambda _: site.client().show("none"))
    assert site.connections()
    assert eventually(lambda: not site.connections(), 6)


def test_hosts_are_cheap(site):
    """P21 and R08: a start with 1,000 of them, and what one of them takes."""
    def cost(count):
        site.configure(hosts(site, [site.service.env["DB_OPTION_FILE"]],
                             count), children=1)
        before = site.service.pid("HTTPD")
        begin = time.monotonic()
        site.restart()
        seconds = time.monotonic() - begin
        assert site.service.pid("HTTPD") != before
        (child,) = site.children()
        return seconds, memory(child)

    def memory(pid):
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1])

    few, many = cost(1), cost(1000)
    assert many[0] - few[0] < bound(2)
    assert (many[1] - few[1]) / 1000 < 64


def test_a_busy_host_leaves_room_to_the_others(site):
    """P23: a host has as many requests in flight as it may; of the others'
    none fails."""
    limit, files = 4, [site.service.env["DB_OPTION_FILE"]]
    site.configure(
        "ContactInfoDBTimeout connect=1s deadline=6s\n"
        + hosts(site, files, 2).replace(
            "ServerName h0\n",
            f"ServerName h0\nContactInfoMaxInFlight {limit}\n"),
        children=1, threads=64)
    site.proxy.set(delay=0.3)
    with Background(40, lambda _: client_of(site, "h0").show("none")) as noise:
        with Sampler(site, connections=limit + 4) as sampler:
            answers = [a for some in at_once(4, lambda _: [
                client_of(site, "h1").show("none") for _ in range(5)])
                for a in some]
    assert {a.code for a in answers} == {"NOT_FOUND"}
    assert {a.code for a in noise.results} == {"NOT_FOUND",
                                               "SERVICE_UNAVAILABLE"}
    assert sampler.most["connections"] > 1


def test_a_dead_neighbour_is_not_felt(site, proxies):
    """P23: one host's database is silent, with many clients waiting; the
    others answer as before."""
    files = list(option_files(site, proxies))
    site.configure("ContactInfoDBTimeout connect=1s deadline=4s\n"
                   + hosts(site, files, 3), children=2, threads=64)
    good = [client_of(site, "h1") for _ in range(4)]

    def measure():
        end = time.monotonic() + figure(2, 20)
        return [a for some in at_once(4, lambda i: [
            good[i].show("none") for _ in iter(
                lambda: time.monotonic() < end, False)]) for a in some]

    def bother(_):
        client = client_of(site, "h0")
        answer = client.show("none")
        time.sleep(0.05)
        return answer

    # as many requests take their share while that database is alive
    with Background(figure(40, 100), bother):
        alone = measure()
    proxies[0].set(greet="no")
    proxies[0].cut()
    with Background(figure(40, 100), bother) as noise:
        time.sleep(0.5)
        beside = measure()
    assert {a.code for a in beside} == {"NOT_FOUND"}
    assert {a.code for a in noise.results} == {"SERVICE_UNAVAILABLE"}
    assert worst(beside) < max(bound(0.1), 2 * worst(alone))
    assert len(beside) > (0.9 if SOAK else 0.3) * len(alone)
