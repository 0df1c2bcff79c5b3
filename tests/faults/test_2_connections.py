# SPDX-License-Identifier: Apache-2.0
"""Connections and statements that die or change under the module: P22, P25,
P27, P28, P30."""

import os
import pathlib
import subprocess
import sys
import uuid

import pytest

from harness import eventually
from load import LIST, SOAK, at_once, figure

HERE = pathlib.Path(__file__).parent
INTEGRATION = HERE.parent / "integration"


def test_idle_connections_that_were_killed_cost_nobody_anything(site):
    """P27"""
    client = site.client()
    contact = client.create().data["id"]
    for i in range(figure(60, 1000)):
        site.sql("KILL USER contactinfo")
        answer = (client.show(contact) if i % 2
                  else client.update(contact, notes=str(i)))
        assert answer.ok, (i, answer)


def test_idle_connections_that_ran_out_cost_nobody_anything(site):
    """P27: wait_timeout ends them before the module does."""
    before = site.value("SELECT @@GLOBAL.wait_timeout")
    site.sql("SET GLOBAL wait_timeout = 1")
    try:
        site.restart()
        client = site.client()
        contact = client.create().data["id"]
        for _ in range(figure(2, 20)):
            assert eventually(lambda: not site.connections())
            assert client.update(contact, notes="x").ok
    finally:
        site.sql(f"SET GLOBAL wait_timeout = {before}")
        site.restart()


def test_a_transaction_is_never_continued_on_another_connection(site):
    """P28: it is begun again, as a whole; nothing is done twice or half."""
    client = site.client()
    name = uuid.uuid4().hex
    created = 0
    for i in range(figure(30, 1000)):
        site.proxy.set(cut_at=2 + i % 3)
        answer = client.create(last_name=name, notes=name, email_set=[
            {"type": "PERSONAL", "email_address": f"{i}@{name}"}])
        assert answer.code == "SERVICE_UNAVAILABLE", (i, answer)
        assert site.proxy.harmed >= 2
        site.proxy.set()
        answer = client.create(last_name=name)
        created += answer.ok
        site.heals()
    assert created == int(site.value(
        f"SELECT COUNT(*) FROM contact WHERE last_name = '{name}'"))
    assert site.value("SELECT COUNT(*) FROM contact_key"
                      f" WHERE value LIKE '%@{name}'") == "0"


def test_a_transaction_whose_connection_was_killed_is_begun_again(site):
    """P28 and D12: KILL under load; each acknowledged change is there,
    whole."""
    contacts = [site.client().create(notes="0").data["id"] for _ in range(4)]

    def write(index):
        if index == 4:
            for _ in range(figure(40, 1000)):
                site.sql("KILL USER contactinfo")
            return []
        client = site.client()
        return [client.update(contacts[index], notes=str(n),
                              udf_string_1=str(n))
                for n in range(figure(40, 1000))]

    written = at_once(5, write)
    # a killed login looks like a server that is away
    site.recovers()
    for contact, answers in zip(contacts, written):
        assert {a.code for a in answers} <= {"OK", "SERVICE_UNAVAILABLE",
                                             "OUTCOME_UNKNOWN"}
        seen = site.client().show(contact).data
        acknowledged = max(n for n, a in enumerate(answers) if a.ok)
        assert seen["notes"] == seen["udf_string_1"]
        assert int(seen["notes"]) >= acknowledged


@pytest.mark.parametrize("trouble", [
    {"rows": 0}, {"rows": 3}, {"rows": 0, "row_error": 1969},
    {"rows": 3, "row_error": 1969}, {"rows": 3, "row_error": 1317},
    {"rows": 3, "row_error": 9999}], ids=str)
def test_a_list_is_never_cut_short(site, trouble):
    """P25, D05 and D06: what goes wrong after the first row is no shorter
    list."""
    client = site.client()
    number = uuid.uuid4().hex
    for _ in range(8):
        client.create(demographics={"id_number": number})
    whole = client.get(LIST, id_number=number)
    assert len(whole.data) == 8
    for _ in range(figure(3, 100)):
        site.proxy.set(**trouble)
        answer = client.get(LIST, id_number=number)
        assert site.proxy.harmed
        expected = ("INTERNAL_ERROR" if trouble.get("row_error") == 9999
                    else "SERVICE_UNAVAILABLE")
        assert answer.code == expected, answer
        site.proxy.set()
        site.heals()
        again = client.get(LIST, id_number=number)
        assert again.content == whole.content


def test_a_server_with_few_prepared_statements(site):
    """P22: 200 or 503, never 500; and few statements a connection."""
    clients = [site.client() for _ in range(8)]
    number = uuid.uuid4().hex
    before = site.value("SELECT @@GLOBAL.max_prepared_stmt_count")
    site.sql("SET GLOBAL max_prepared_stmt_count = 12")
    site.proxy.cut()

    def work(index):
        client = clients[index]
        answers = []
        for i in range(figure(15, 200)):
            answers.append(client.create(demographics={"id_number": number}))
            answers.append(client.get(LIST, id_number=number))
            if answers[-2].ok:
                contact = answers[-2].data["id"]
                answers.append(client.update(contact, notes="x"))
                answers.append(client.remove_photo(contact))
        return answers

    try:
        answers = [a for some in at_once(8, work) for a in some]
    finally:
        site.sql(f"SET GLOBAL max_prepared_stmt_count = {before}")
    assert {a.status for a in answers} <= {200, 503}
    site.heals()
    assert {a.status for some in at_once(8, work) for a in some} == {200}
    statements = int(site.value(
        "SELECT variable_value FROM information_schema.global_status"
        " WHERE variable_name = 'Prepared_stmt_count'"))
    assert statements <= 64 * len(site.connections())


# What of the integration tests says something about connections.
SOME = ["test_update.py", "test_list.py", "test_examples.py"]
MOST = ["test_conditional.py", "test_errors.py", "test_logins.py",
        "test_photo.py", "test_visibility.py"]


def integration(variant):
    """The integration tests, with each service made another way."""
    files = [str(INTEGRATION / name) for name in SOME + MOST * SOAK]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x",
         "-p", "variant", *files], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "FAULTS_VARIANT": variant,
             "PYTHONPATH": f"{HERE}:{INTEGRATION}"})


@pytest.mark.parametrize("variant", ["one_connection", "swapped"])
def test_the_integration_tests_pass(variant):
    """P20: with a pool of one; P30: behind a proxy that gives each
    transaction to another connection."""
    done = integration(variant)
    assert done.returncode == 0, done.stdout
