# SPDX-License-Identifier: Apache-2.0
"""openapi.json: valid, and true to the published examples.

That every answer of all other tests is one that the document has is checked
where the answers come in, in harness.py.
"""

import copy
import json
import os
import pathlib
import subprocess

import pytest
from jsonschema import Draft202012Validator

from harness import EXAMPLES, envelope
from openapi import Document

# Prints what is wrong with the document on its standard input.
VALIDATE = """
import {Validator} from "@seriousme/openapi-schema-validator";
import {readFileSync} from "node:fs";
const result = await new Validator().validate(JSON.parse(readFileSync(0)));
console.log(JSON.stringify(result.errors ?? []));
"""

CONTACT = "contact_information/"


@pytest.fixture(scope="module")
def served(service):
    answer = service.api().http.get("openapi.json")
    assert answer.status_code == 200
    return answer


@pytest.fixture(scope="module")
def document(served):
    return Document.of(served.text)


def invalid(document):
    """What a validator of OpenAPI documents has to say."""
    build = pathlib.Path(os.environ["BUILD"])
    done = subprocess.run(["node", "--input-type=module", "-e", VALIDATE],
                          cwd=build / "node", input=json.dumps(document),
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def problems(validator, value):
    return [f"{error.json_path}: {error.message}"
            for error in validator.iter_errors(value)]


def leaves(errors):
    """The errors below "anyOf", but for that of null."""
    for error in errors:
        if error.context:
            yield from leaves(error.context)
        elif error.schema != {"type": "null"}:
            yield f"{error.json_path}: {error.message}"


def unique(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), names
    return dict(pairs)


def test_it_needs_no_token_and_has_the_headers_of_json_answers(served):
    assert served.headers["content-type"] == "application/json"
    assert served.headers["cache-control"] == "private, no-cache"
    assert served.headers["x-request-id"]


def test_it_is_a_valid_openapi_document(served):
    document = json.loads(served.text, object_pairs_hook=unique)
    assert document["openapi"].startswith("3.1.")
    assert invalid(document) == []


def test_the_validator_would_notice(served):
    document = json.loads(served.text)
    del document["paths"]["/health"]["get"]["responses"]["200"]["description"]
    assert invalid(document)


def schemas_of(value):
    """All schemas of a document below a value."""
    if isinstance(value, dict):
        if isinstance(value.get("schema"), dict):
            yield value["schema"]
        for member in value.values():
            yield from schemas_of(member)
    elif isinstance(value, list):
        for element in value:
            yield from schemas_of(element)


def test_its_schemas_are_valid(document):
    found = [*document.schemas.values(), *schemas_of(document.json["paths"])]
    assert len(found) > 100
    for schema in found:
        Draft202012Validator.check_schema(schema)


def test_operations_have_names_of_their_own(document):
    names = [operation["operationId"]
             for item in document.paths.values()
             for method, operation in item.items() if method != "servers"]
    assert len(names) == len(set(names)) > 10


def test_the_examples_of_errors_conform(document):
    responses = document.json["components"]["responses"]
    for name, response in responses.items():
        content = response["content"]["application/json"]
        validator = document.validator((name,), content["schema"], True)
        assert content["examples"]
        for example in content["examples"].values():
            assert problems(validator, example["value"]) == []


def read(name):
    return json.loads((EXAMPLES / name).read_text())


REQUESTS = [
    ("create-person.request.json", CONTACT + "create"),
    ("create-company.request.json", CONTACT + "create"),
    ("create-person-fields-set.request.json", CONTACT + "create"),
    ("update.request.json", CONTACT + "update"),
    ("profile-photo-remove.request.json", CONTACT + "profile_photo/remove"),
]


def test_all_published_requests_are_here():
    assert {name for name, _ in REQUESTS} == {
        path.name for path in EXAMPLES.glob("*.request.json")}


@pytest.mark.parametrize("name, path", REQUESTS)
def test_published_requests_conform(document, name, path):
    assert problems(document.request_validator(path), read(name)) == []


# Where the examples of older releases differ from what is answered: types are
# labels (Home), countries have no codes and e-mails no notes.
OLDER = ("is not one of", "is a required property")

RESPONSES = [
    ("create-person.response.json", "post", "create", True, ()),
    ("create-company.response.json", "post", "create", False, OLDER),
    ("create-person-fields-set.response.json", "post", "create", False, ()),
    ("update.response.json", "post", "update", False, ()),
    ("show.response.json", "get", "show", False, OLDER),
    ("list.response.json", "get", "list", False, OLDER),
    ("profile-photo-view.response.json", "get", "profile_photo/view", True,
     ()),
]


@pytest.mark.parametrize("name, method, path, whole, older", RESPONSES)
def test_published_answers_conform(document, name, method, path, whole, older):
    validator = document.response_validator(
        f"{document.base}/{CONTACT}{path}", method, "200", whole)
    # older releases say null, not ""
    success = {"code": "OK", "message": "", "description": ""}
    errors = validator.iter_errors({**read(name), "status": success})
    found = [problem for problem in leaves(errors)
             if not any(text in problem for text in older)]
    assert found == []


WRONG = [
    ({"type": None}, "type"),
    ({"type": "ROBOT"}, "type"),
    ({"first_name": None}, "first_name"),
    ({"first_name": " "}, "first_name"),
    ({"company_name": "C"}, "company_name"),
    ({"title": "x" * 51}, "title"),
    ({"udf_float_1": True}, "udf_float_1"),
    ({"udf_float_1": "1e"}, "udf_float_1"),
    ({"udf_date_1": "2014-05-05"}, "udf_date_1"),
    ({"preferred_language": "XXX"}, "preferred_language"),
    ({"send_direct_marketing_material": 2}, "send_direct_marketing_material"),
    ({"category_identifier": {"shoe": "1"}}, "category_identifier"),
    ({"category_identifier": {"id": "1", "name": "n"}}, "category_identifier"),
    ({"category_identifier": "shoe=1"}, "category_identifier"),
    ({"demographics": {"date_of_birth": {"day": 32}}}, "date_of_birth"),
    ({"address_set": [{"type": "HOME"}]}, "street_name"),
    ({"phone_set": [{"type": "HOME", "number": "1"}]}, "phone_set"),
    ({"relation_set": [{"type": "FRIEND"}]}, "relation_set"),
    ({"email_set": {}}, "email_set"),
]

PERSON = {"type": "PERSON", "first_name": "F", "last_name": "L"}


@pytest.mark.parametrize("members, name", WRONG)
def test_document_and_service_refuse_the_same(document, api, members, name):
    body = {**PERSON, **members}
    assert problems(document.request_validator(CONTACT + "create"), body)
    answer = api.post(CONTACT + "create", body)
    assert answer.status_code in (400, 422)
    assert name in answer.json()["status"]["description"]


RIGHT = [
    {"title": None, "udf_float_1": "12.5", "udf_float_2": "-1e3"},
    {"type": "person", "preferred_language": "eng"},
    {"send_direct_marketing_material": "true"},
    {"category_identifier": "name=Company Category"},
    {"company_name": None, "unknown": {"member": 1}},
    {"demographics": {"gender": "female", "date_of_birth": {
        "day": "1", "month": 2, "year": 2000}, "name_day": {"day": None}}},
    {"address_set": [{"type": "Home", "street_name": "S", "floor": "-2"}],
     "relation_set": [{"type": "Family Member",
                       "contact_information": {"id_number": "142536"}}]},
    {"type": "COMPANY", "first_name": None, "last_name": None,
     "company_name": "C"},
]


@pytest.mark.parametrize("members", RIGHT)
def test_document_and_service_take_the_same(document, api, members):
    body = {**PERSON, **members}
    assert problems(document.request_validator(CONTACT + "create"), body) == []
    envelope(api.post(CONTACT + "create", body))


def test_an_update_needs_what_its_actions_need(document):
    validator = document.request_validator(CONTACT + "update")
    body = {"contact_information_identifier": "id=1"}
    assert problems(validator, body) == []
    assert problems(validator, {})
    assert problems(validator, {**body, "first_name": None})
    for element, is_right in [
            ({}, False),
            ({"action": "add", "type": "HOME"}, False),
            ({"action": "add", "type": "HOME", "street_name": "S"}, True),
            ({"action": "UPDATE", "floor": 1}, False),
            ({"action": "UPDATE", "floor": 1,
              "address_identifier": {"type": "HOME"}}, True),
            ({"action": "REMOVE", "address_identifier": "id=1"}, True)]:
        update = copy.deepcopy(body)
        update["address_set"] = [element]
        assert (problems(validator, update) == []) is is_right, element


def test_compat_says_that_refusals_come_with_200(fresh):
    service = fresh(location_conf="ContactInfoErrorStatus compat\n"
                                  "ContactInfoPageMax 7\n")
    api = service.api().login()
    document = Document.of(api.http.get("openapi.json").text)
    show = document.paths[f"{document.base}/{CONTACT}show"]["get"]
    assert "404" not in show["responses"] and "503" in show["responses"]
    envelope(api.get(CONTACT + "show",
                     contact_information_identifier="id=none"),
             "NOT_FOUND", 200)
    envelope(api.http.get("nothing"), "NOT_FOUND", 200)
    page = document.paths[f"{document.base}/{CONTACT}list"]["get"]
    (limit,) = [parameter["schema"]["maximum"]
                for parameter in page["parameters"]
                if parameter["name"] == "number_of_results"]
    assert limit == 7


def test_it_shows_the_published_examples(document):
    create = document.json["paths"]["/" + CONTACT + "create"]["post"]
    shown = create["requestBody"]["content"]["application/json"]["examples"]
    for name in "create-person", "create-company", "create-person-fields-set":
        published = json.loads((EXAMPLES / f"{name}.request.json").read_text())
        assert shown[name]["value"] == published
    update = document.json["paths"]["/" + CONTACT + "update"]["post"]
    answer = update["responses"]["200"]["content"]["application/json"]
    assert answer["examples"]["update"]["value"] \
        == json.loads((EXAMPLES / "update.response.json").read_text())
