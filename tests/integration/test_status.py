# SPDX-License-Identifier: Apache-2.0
"""The module's part of the server-status page."""

import httpx

from harness import counters, envelope


def test_counters_count(fresh):
    service = fresh()
    before = counters(service)
    api = service.api().login()
    for _ in range(3):
        envelope(api.get("contact_information/show",
                         contact_information_identifier="id=none"),
                 "NOT_FOUND")
    envelope(api.get("nothing"), "NOT_FOUND")
    after = counters(service)
    assert after["Requests"] - before["Requests"] == 5
    assert after["NOT_FOUND"] - before["NOT_FOUND"] == 4
    assert after["TokenMisses"] - before["TokenMisses"] >= 1
    assert (after["TokenHits"] + after["TokenMisses"]
            - before["TokenHits"] - before["TokenMisses"]) == 3
    assert 1 <= after["Connections"] <= 150


def test_counters_survive_a_graceful_restart(fresh):
    service = fresh()
    service.api().login()
    before = counters(service)["Requests"]
    service.graceful()
    service.api().login()
    assert counters(service)["Requests"] > before


def test_the_page_is_html_too(service):
    page = httpx.get(service.env["SERVER"] + "/server-status")
    assert "<h2>mod_contactinfo</h2>" in page.text
    assert "DEMO" not in page.text
