# SPDX-License-Identifier: Apache-2.0
"""What the time of an answer tells: nothing.

In check size processor time is counted, which is not disturbed by what else
the machine does. SOAK=1 compares the clock's figures as well.
"""

import os
import random
import statistics
import time

import pytest

from harness import envelope
from world import World

LOGIN = "authentication/token"
SHOW = "contact_information/show"
WHO = {
    "wrong password": {"password": "wrong"},
    "unknown user": {"username": "nobody"},
    "unknown organisation": {"organisation": "NOTHING"},
    "user without password": {"username": "silent"},
    "unit of another": {"password": "wrong", "unit": "x"},
}
ATTEMPTS = 400
soak = pytest.mark.skipif(not os.environ.get("SOAK"),
                          reason="takes minutes; SOAK=1")


@pytest.fixture(scope="module")
def world(service):
    service.db.run(
        "INSERT INTO org_user (organisation_id, user_id, username,"
        " person_name, password_hash, default_unit_id)"
        " SELECT organisation_id, REPEAT('5', 32), 'silent', 'Silent', NULL,"
        " default_unit_id FROM org_user WHERE username = 'demo'")
    yield World(service)
    service.db.run("DELETE FROM org_user WHERE username = 'silent'")


def refused(api, changes):
    answer = api.http.post(LOGIN, json=api.credentials(**changes))
    envelope(answer, "INVALID_CREDENTIALS")
    return answer.content


def test_every_refusal_is_the_same_and_costs_one_hash(world):
    """None and two would be half and twice as much."""
    cost, bodies = {}, set()
    for name, changes in WHO.items():
        before = world.seconds()
        bodies |= {refused(world.api, changes) for _ in range(8)}
        cost[name] = world.seconds() - before
    usual = statistics.median(cost.values())
    assert len(bodies) == 1
    assert usual > 0.08
    assert all(0.6 * usual < one < 1.5 * usual for one in cost.values()), cost


def seconds_of(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def samples(calls, count):
    """Seconds of each call, taken in turns, in an order of chance."""
    taken = {name: [] for name in calls}
    order = random.Random(1)
    for _ in range(count):
        for name in order.sample(list(calls), len(calls)):
            taken[name].append(seconds_of(calls[name]))
    return taken


def z_score(first, second):
    """How far two samples are apart: Mann-Whitney's U as a normal variate."""
    ranks = {value: rank for rank, value
             in enumerate(sorted(first + second), 1)}
    one, other = len(first), len(second)
    u = sum(ranks[value] for value in first) - one * (one + 1) / 2
    return ((u - one * other / 2)
            / (one * other * (one + other + 1) / 12) ** 0.5)


def check_alike(taken, first, second, control):
    """Two calls differ no more than one and the same asked twice."""
    for name, values in taken.items():
        print(f"{name}: median {statistics.median(values) * 1e3:.3f} ms")
    noise = abs(z_score(taken[first], taken[control]))
    found = abs(z_score(taken[first], taken[second]))
    print(f"z of {first} and {second}: {found:.2f}, of noise: {noise:.2f}")
    assert found < max(3.3, noise + 2)


@soak
@pytest.mark.parametrize("other", [name for name in WHO
                                   if name != "wrong password"])
def test_a_refusal_takes_as_long_whoever_tries(world, other):
    first = "wrong password"
    names = {first: first, other: other, "again": first}
    check_alike(samples({name: lambda who=who: refused(world.api, WHO[who])
                         for name, who in names.items()}, ATTEMPTS),
                first, other, "again")


@soak
@pytest.mark.parametrize("right", [8, 16, 31])
def test_a_token_that_is_nearly_right_takes_as_long(world, right):
    """T10 of the attack table."""
    token = world.api.token

    def ask(digits):
        last = "0" if token[digits] != "0" else "1"
        wrong = token[:digits] + last * (32 - digits)
        envelope(world.api.http.get(SHOW, params={"token": wrong}),
                 "INVALID_TOKEN")

    names = {"0 digits": 0, f"{right} digits": right, "again": 0}
    check_alike(samples({name: lambda digits=digits: ask(digits)
                         for name, digits in names.items()}, 5 * ATTEMPTS),
                "0 digits", f"{right} digits", "again")


@soak
def test_what_belongs_to_others_takes_as_long_as_what_does_not_exist(world):
    def ask(contact):
        envelope(world.api.get(SHOW, contact_information_identifier=contact),
                 "NOT_FOUND")

    names = {"foreign": "id=14FFD33EC9454042C6F73F326E03494F",
             "nobody's": "id=" + "0" * 32, "again":
             "id=14FFD33EC9454042C6F73F326E03494F"}
    check_alike(samples({name: lambda contact=contact: ask(contact)
                         for name, contact in names.items()}, 5 * ATTEMPTS),
                "foreign", "nobody's", "again")
