# SPDX-License-Identifier: Apache-2.0
"""Where each row of the attack table is proven.

U to H with a table: the rows of tests/attacks/rows_*.py begin with the id.
The others are named here: file below tests/, and test.
"""

import pathlib
import re

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]

# How many rows each section has.
SECTIONS = {
    "U": [*range(1, 13), 16, 17], "J": [*range(1, 24), *range(25, 34)],
    "M": [*range(1, 20), 21, 22], "T": range(1, 20),
    "X": [*range(1, 8), *range(9, 16)],
    "I": [*range(1, 11), *range(12, 16), 17], "H": range(1, 17),
    "D": [*range(1, 10), 11, *range(12, 19)],
    "R": [*range(1, 6), *range(7, 14), *range(15, 20)]}
IDS = [f"{letter}{number:02}" for letter, numbers in SECTIONS.items()
       for number in numbers]

# What the module does not have.
WAITS = {
    "T06": "a token is a user's of an organisation, whichever host serves it",
    "X12": "users have no roles",
    "I17": "there is no quota of photos",
    "R17": "secrets are in a file, not given by a program",
}

# Rows that stand in a table under the id of another.
BESIDE = {"J19": "J18", "J20": "J18", "J22": "J21-J25", "J25": "J21-J25",
          "T03": "T01-T03", "T15": "T11", "X11": "J33",
          **dict.fromkeys(["I02", "I08", "I09", "I12"], "I01-I12")}

ATTACKS = "attacks/test_service_wide.py::"
LOAD = "attacks/test_load.py::"
SERVERS, ANSWERS = "faults/test_8_servers.py::", "faults/test_8_answers.py::"
ADMINS, MACHINE = "faults/test_8_admins.py::", "faults/test_8_machine.py::"
LOGINS = "integration/test_logins.py::"
ELSEWHERE = {
    "U08": LOAD + "test_pages_far_away_are_given_within_the_deadline",
    "J02": ATTACKS + "test_json_cut_behind_every_byte",
    "M18": LOAD + "test_slow_uploads_hold_a_thread_and_nothing_else",
    "M19": ATTACKS + "test_clients_that_go_in_the_middle_of_an_upload",
    "T04": LOGINS + "test_an_expired_token_is_dead_and_its_cache_entry_too",
    "T05": LOAD + "test_a_token_that_ended_elsewhere_is_dead_here",
    "T07": "integration/test_photo.py::test_headers_of_the_bytes",
    "T09": LOAD + "test_a_million_guesses",
    "T10": "attacks/test_timing.py::"
           "test_a_token_that_is_nearly_right_takes_as_long",
    "T12": "integration/test_limits.py::test_failed_logins_are_throttled_by"
           "_user",
    "T13": LOAD + "test_others_are_served_beside_a_crowd",
    "T17": ATTACKS + "test_a_stored_hash_that_is_none_lets_nobody_in",
    "X09": "integration/test_visibility.py::"
           "test_an_idempotency_key_is_the_callers_own",
    "X13": "integration/test_visibility.py::"
           "test_what_may_not_be_seen_does_not_exist",
    "X14": ATTACKS + "test_no_directive_works_in_htaccess",
    "X15": "unit/test_dboption.c::"
           "options_that_differ_have_different_identities",
    "H09": LOAD + "test_a_body_that_swells_is_refused_by_its_true_size",
    "H14": "attacks/test_http2.py::test_ten_thousand_streams_taken_back",
    "D01": SERVERS + "test_a_server_that_is_none_costs_503",
    "D02": SERVERS + "test_no_file_is_sent_in_place_of_rows",
    "D03": ANSWERS + "test_a_row_that_cannot_be_is_refused",
    "D04": ANSWERS + "test_an_answer_that_is_cut_is_never_a_shorter_one",
    "D05": "faults/test_2_connections.py::test_a_list_is_never_cut_short",
    "D06": "faults/test_2_connections.py::test_a_list_is_never_cut_short",
    "D07": ADMINS + "test_decisions_do_not_hang_on_how_rows_are_counted",
    "D08": "faults/test_settings.py::"
           "test_settings_of_the_server_change_nothing",
    "D09": ADMINS + "test_a_table_that_was_changed_is_served_or_named",
    "D11": ADMINS + "test_an_account_that_was_changed_is_named",
    "D12": "faults/test_2_connections.py::"
           "test_a_transaction_whose_connection_was_killed_is_begun_again",
    "D13": ADMINS + "test_a_lock_on_one_contact_is_felt_by_that_one_alone",
    "D14": "faults/test_anomaly.py::"
           "test_each_call_fails_once_on_a_used_connection",
    "D15": "integration/test_conditional.py::"
           "test_a_unique_rule_has_one_winner",
    "D16": ADMINS + "test_a_commit_that_fails_without_a_text",
    "D17": "faults/test_6_kills.py::test_nothing_acknowledged_is_lost",
    "D18": ADMINS + "test_next_to_no_prepared_statements",
    "R01": LOAD + "test_others_are_served_beside_a_crowd",
    "R02": LOAD + "test_others_are_served_beside_a_crowd",
    "R03": LOAD + "test_others_are_served_beside_a_crowd",
    "R04": MACHINE + "test_without_file_descriptors_503_and_back",
    "R05": MACHINE + "test_a_temporary_folder_that_is_full_or_read_only",
    "R07": MACHINE + "test_what_cannot_be_shared_is_an_error_of_the_start",
    "R08": "faults/test_4_load.py::test_hosts_are_cheap",
    "R09": MACHINE + "test_httpd_starts_without_its_database",
    "R10": MACHINE + "test_an_outage_of_a_moment_again_and_again",
    "R11": "integration/test_ctl.py::"
           "test_purge_removes_what_has_expired_and_nothing_else",
    "R12": "faults/test_5_restarts.py::"
           "test_a_graceful_restart_fails_no_request",
    "R13": "faults/test_5_restarts.py::"
           "test_a_child_killed_while_it_hashes_blocks_nobody",
    "R16": MACHINE + "test_no_page_of_the_operators_has_a_secret",
    "R18": MACHINE + "test_who_has_no_token_learns_nothing_of_the_tenants",
    "R19": MACHINE + "test_the_status_page_while_its_figures_change",
}


@pytest.fixture(scope="module")
def tables():
    """The ids of the rows, I01-I12 too, as they stand in the tables."""
    text = "".join(path.read_text() for path in sorted(
        TESTS.glob("attacks/rows_*.py")))
    return set(re.findall(r'"([A-Z]\d\d(?:-[A-Z]?\d\d)?)[ ,:]', text))


def is_defined(place):
    path, _, name = place.partition("::")
    text = (TESTS / path).read_text()
    return re.search(rf"(def |START_TEST\(){name}\(?\b", text) is not None


@pytest.mark.parametrize("row", IDS)
def test_the_row_has_a_test(tables, row):
    if row in WAITS:
        assert row not in tables and row not in ELSEWHERE
    elif row in ELSEWHERE:
        assert is_defined(ELSEWHERE[row]), ELSEWHERE[row]
    else:
        assert BESIDE.get(row, row) in tables | {
            one[:3] for one in tables}, row


def test_every_row_is_counted():
    assert len(IDS) == 165 == len(set(IDS))
    assert {*WAITS, *BESIDE, *ELSEWHERE} <= set(IDS)
