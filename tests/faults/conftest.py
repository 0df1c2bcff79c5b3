# SPDX-License-Identifier: Apache-2.0
"""Fixtures: one service with a fault proxy before its database."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))

from site_under_test import Site  # noqa: E402


@pytest.fixture(scope="session")
def the_site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("faults"))
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture
def site(the_site):
    """The service, at peace and with a quick configuration; what it logs of
    an unavailable database is expected."""
    the_site.calm()
    yield the_site
    the_site.calm()
    found = the_site.service.complaints()
    assert not found, "\n".join(found)
