# SPDX-License-Identifier: Apache-2.0
"""contact_information/list: filters, pages, order."""

import uuid

import pytest

from harness import envelope

LIST = "contact_information/list"
CREATE = "contact_information/create"


def make(api, number, **members):
    return envelope(api.post(CREATE, {
        "type": "PERSON", "first_name": "L", "last_name": "Isted",
        "demographics": {"id_number": number}, **members}))["id"]


def ids(answer):
    return [row["id"] for row in envelope(answer)]


@pytest.fixture
def number():
    return uuid.uuid4().hex


def test_rows_come_in_order_of_insertion_page_by_page(api, number):
    made = [make(api, number) for _ in range(5)]
    assert ids(api.get(LIST, id_number=number)) == made
    first = api.get(LIST, id_number=number, number_of_results=2)
    assert ids(first) == made[:2]
    seen, link = ids(first), first.headers["link"]
    while link:
        assert api.token not in link and "token" not in link
        assert link.endswith('>; rel="next"')
        page = api.http.get(link[1:link.index(">")]
                            .removeprefix("/crmapi/rest/v2/"),
                            headers={"Authorization": f"Bearer {api.token}"})
        seen += ids(page)
        link = page.headers.get("link")
    assert seen == made


def test_a_row_is_the_full_contact(api, number):
    made = make(api, number, phone_set=[{"type": "MOBILE", "number": "1"}])
    related = make(api, number + "r", relation_set=[
        {"type": "FRIEND", "contact_information_identifier": {"id": made}}])
    assert envelope(api.get(LIST, id_number=number)) == [api.show(made)]
    assert envelope(api.get(LIST, id_number=number + "r")) \
        == [api.show(related)]


def test_filters_are_joined_by_and(api, number):
    email = f"{number}@Example.org"
    made = make(api, number, email_set=[
        {"type": "PERSONAL", "email_address": email}], phone_set=[
        {"type": "MOBILE", "number": "22-" + number[:4] + "77",
         "area_code": "357"}])
    make(api, number)
    assert ids(api.get(LIST, email_address=email.upper())) == [made]
    assert ids(api.get(LIST, email_address=email, id_number=number)) == [made]
    assert ids(api.get(LIST, email_address=email, id_number="other")) == []
    digits = "".join(c for c in "22" + number[:4] + "77" if c.isdigit())
    for phone in (digits, "357" + digits, "+00357" + digits):
        assert ids(api.get(LIST, phone_number=phone, email_address=email)) \
            == [made]


def test_fields_set_narrows_each_row(api, number):
    make(api, number)
    (row,) = envelope(api.get(LIST, id_number=number,
                              fields_set="first_name,nothing"))
    assert row == {"first_name": "L"}


@pytest.mark.parametrize("params, code", [
    ({}, "MISSING_PARAMETER"),
    ({"id_number": " "}, "MISSING_PARAMETER"),
    ({"id_number": "x", "number_of_results": "0"}, "INVALID_PARAMETER"),
    ({"id_number": "x", "number_of_results": "201"}, "INVALID_PARAMETER"),
    ({"id_number": "x", "number_of_results": "+5"}, "INVALID_PARAMETER"),
    ({"id_number": "x", "number_of_results": "1e1"}, "INVALID_PARAMETER"),
    ({"id_number": "x", "offset": "-1"}, "INVALID_PARAMETER"),
    ({"id_number": "x", "offset": "18446744073709551616"},
     "INVALID_PARAMETER"),
])
def test_bad_parameters_are_named(api, params, code):
    answer = api.get(LIST, **params)
    envelope(answer, code)
    name = list(params)[-1] if params else "id_number"
    assert name in answer.json()["status"]["description"]


def test_no_match_is_an_empty_list(api, other, number):
    assert envelope(api.get(LIST, id_number=number)) == []
    make(api, number)
    assert envelope(other.get(LIST, id_number=number)) == []
    assert envelope(other.get(LIST, phone_number="no digits")) == []


def test_a_long_page_is_streamed_whole(api, number):
    made = [make(api, number) for _ in range(60)]
    answer = api.get(LIST, id_number=number, number_of_results=200)
    assert "content-length" not in answer.headers
    assert ids(answer) == made
    assert "link" not in answer.headers
