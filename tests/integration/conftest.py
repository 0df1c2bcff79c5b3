# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a service for all tests, fresh ones, and a quiet error log."""

import pytest

from harness import Service, counters


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """The service that the tests share; put back what you change."""
    shared = Service(tmp_path_factory.mktemp("shared"))
    try:
        yield shared.start()
        assert counters(shared)["ValueErrors"] == 0
    finally:
        shared.clean()


@pytest.fixture
def fresh(tmp_path):
    """A function that starts a service with configuration of its own."""
    made = []

    def start(extra_conf="", location_conf="", **variables):
        folder = tmp_path / f"fresh{len(made)}"
        made.append(Service(folder, extra_conf, location_conf, **variables))
        return made[-1].start()

    yield start
    for one in reversed(made):
        one.clean()


@pytest.fixture
def api(service):
    """A client of the demo user, logged in."""
    return service.api().login()


@pytest.fixture
def other(service):
    """A client of the other organisation's user, logged in."""
    return service.api("OTHER_").login()


@pytest.fixture(autouse=True)
def quiet_log():
    """A warning that no test announced, a child that a signal ended and a
    sanitizer's report fail the test in which they appear."""
    yield
    found = [line for one in Service.running for line in one.complaints()]
    assert not found, "\n".join(found)
