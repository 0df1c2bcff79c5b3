# SPDX-License-Identifier: Apache-2.0
"""A database that is away, silent or slow to come: P16, P17, P18."""

import time

import pytest

from harness import eventually
from load import BASE, Client, at_once, bound, figure, worst

HEALTH = BASE + "health"


def healths(site, count):
    """So many requests on one connection; their answers."""
    client = Client(site.service)
    return [client.request("GET", HEALTH) for _ in range(count)]


def all_unavailable(answers):
    assert {a.code for a in answers} == {"SERVICE_UNAVAILABLE"}, answers


def test_a_refused_connection_is_a_quick_503(site):
    """P16"""
    site.proxy.refuse()
    client = site.client()
    all_unavailable([client.get("contact_information/list", id_number="1"),
                     client.create()])
    answers = healths(site, figure(500, 10000))
    all_unavailable(answers)
    assert worst(answers) < bound(0.1)


def test_it_comes_back_by_itself(site):
    """P16: at most 2 s after the port opens, without touching httpd."""
    httpd = site.service.pid("HTTPD"), site.children()
    for _ in range(figure(3, 50)):
        site.proxy.refuse()
        all_unavailable(healths(site, 4))
        site.proxy.listen()
        begin = time.monotonic()
        assert eventually(site.health)
        assert time.monotonic() - begin < bound(2)
    assert (site.service.pid("HTTPD"), site.children()) == httpd


SILENCES = {
    "nothing_gets_through": lambda proxy: proxy.drop(),
    "accepted_and_never_greeted": lambda proxy: proxy.set(greet="no"),
    "greeted_then_silent": lambda proxy: proxy.set(greet="only"),
    "silent_after_the_login": lambda proxy:
        proxy.set(silent_after_login=True),
    "half_a_greeting": lambda proxy: proxy.set(mute_after=20),
}


@pytest.mark.parametrize("name", SILENCES)
def test_silence_costs_one_connect_timeout(site, name):
    """P17: 64 at once wait for the same time, not one after the other."""
    site.proxy.cut()
    SILENCES[name](site.proxy)
    answers = at_once(64, lambda _: healths(site, 1)[0])
    all_unavailable(answers)
    assert max(a.seconds for a in answers) < bound(1.5)
    # each child has opened its breaker: of many, one tries again
    answers = healths(site, 20)
    assert sorted(a.seconds for a in answers)[10] < bound(0.05)
    site.proxy.listen()
    site.proxy.set()
    site.proxy.cut()
    site.heals()


def test_a_server_that_trickles_does_not_outlast_the_deadline(site):
    """P17 and P19: the deadline is of the whole request."""
    site.configure("ContactInfoDBTimeout connect=1s deadline=2s\n")
    site.proxy.set(trickle=0.1)
    site.proxy.cut()
    try:
        answer = Client(site.service, seconds=6).request("GET", HEALTH)
        assert answer.code == "SERVICE_UNAVAILABLE", answer
    finally:
        site.proxy.set()
        site.proxy.cut()


def test_a_server_that_never_pauses_does_not_outlast_the_deadline(site):
    """P17 and P19: nothing is waited for, and yet the time is over."""
    site.configure("ContactInfoDBTimeout connect=1s deadline=2s\n")
    client = site.client(seconds=6)
    contact = client.create().data["id"]
    site.proxy.set(endless=True)
    try:
        answer = client.show(contact)
        assert site.proxy.harmed
        assert answer.code == "SERVICE_UNAVAILABLE", answer
        assert answer.seconds < bound(2.2)
    finally:
        site.proxy.set()
        site.proxy.cut()


def test_giving_back_waits_for_nobodys_connect(site):
    """P17: who has a connection is served while others fail to connect."""
    site.configure("ContactInfoDBTimeout connect=3s deadline=8s\n"
                   "ContactInfoDBPool max=8\n", children=1)
    client = site.client()
    assert client.show("none").code == "NOT_FOUND"
    site.proxy.set(greet="no")
    stuck = []

    def work(index):
        if index == 0:
            time.sleep(0.3)
            return [client.show("none") for _ in range(20)]
        stuck.append(site.client().show("none"))
        return []

    answers = at_once(9, work)[0]
    assert {a.code for a in answers} == {"NOT_FOUND"}
    assert max(a.seconds for a in answers) < bound(0.2)
    assert any(a.seconds > 2 for a in stuck)


def test_no_storm_of_connects(site):
    """P18: one attempt a second and child, not in step."""
    site.configure(children=2)
    site.proxy.cut()
    site.proxy.set(greet="reset")
    healths(site, 20)
    time.sleep(1)
    site.proxy.reset_figures()
    seconds = figure(6, 600)
    end = time.monotonic() + seconds
    answers = []

    def work(_):
        client = Client(site.service)
        while time.monotonic() < end:
            answers.append(client.request("GET", HEALTH))
            time.sleep(0.02)

    at_once(8, work)
    all_unavailable(answers)
    children = len(site.children())
    attempts = site.proxy.attempts
    assert len(answers) > 20 * seconds
    assert 2 <= len(attempts) <= children * (seconds + 1)
    gaps = [b - a for a, b in zip(attempts, attempts[1:])]
    assert len({round(gap, 2) for gap in gaps}) > 1
    site.proxy.set()
    assert eventually(lambda: healths(site, 1)[0].ok, bound(2))
