# SPDX-License-Identifier: Apache-2.0
"""Every code that a request can bring about, and what is let through."""

import gzip
import http.client
import json
import uuid

import httpx
import pytest

from harness import CODES, Service, envelope, eventually
from images import TYPE, form, jpeg, part

CREATE = "contact_information/create"
UPDATE = "contact_information/update"
SHOW = "contact_information/show"
LIST = "contact_information/list"
VIEW = "contact_information/profile_photo/view"
ADD = "contact_information/profile_photo/add"
REMOVE = "contact_information/profile_photo/remove"
LOGIN = "authentication/token"
IDENTIFIER = "contact_information_identifier"
DEMO = "3459F30F71E7477495DF3AA3D278CC7D"
JSON = {"Content-Type": "application/json"}

ENDPOINTS = {
    SHOW: "GET", LIST: "GET", VIEW: "GET", "health": "GET",
    CREATE: "POST", UPDATE: "POST", ADD: "POST", REMOVE: "POST",
    LOGIN: "POST", LOGIN + "/release": "POST",
    "authentication/web_api_key/token": "POST",
}


@pytest.fixture(scope="module")
def api(service):
    """One client for the module: nothing here depends on its token."""
    return service.api().login()


def person(**more):
    return {"type": "PERSON", "first_name": "E", "last_name": "Rror", **more}


def verbatim(api, method, path):
    """A request whose line httpx would mend."""
    connection = http.client.HTTPConnection("127.0.0.1", api.service.port)
    connection.request(method, f"/crmapi/rest/v2/{path}")
    answer = connection.getresponse()
    return httpx.Response(answer.status, headers=answer.getheaders(),
                          content=answer.read())


def query(path, text):
    """GET with a query that is sent as it stands."""
    return lambda api: verbatim(api, "GET", f"{path}?token={api.token}&{text}")


def get(path, **params):
    return lambda api: api.get(path, **params)


def post(path, body):
    return lambda api: api.post(path, body)


def body(content, path=CREATE, **headers):
    """POST of bytes; TOKEN in them becomes the token."""
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    return lambda api: api.http.post(
        path, content=content.replace(b"TOKEN", api.token.encode()),
        headers={**JSON, **headers})


def login(**changes):
    return lambda api: api.http.post(LOGIN, json=api.credentials(**changes))


def method(name, path):
    return lambda api: api.http.request(name, path)


def upload(*parts, content_type=TYPE):
    return lambda api: api.http.post(
        ADD, content=form(part("token", api.token), *parts),
        headers={"Content-Type": content_type})


def ambiguous(api):
    number = uuid.uuid4().hex
    for _ in range(2):
        envelope(api.post(CREATE, person(demographics={"id_number": number})))
    return api.get(SHOW, **{IDENTIFIER: f"id_number={number}"})


WITH_ID = part(IDENTIFIER, f"id={DEMO}")
TOO_LARGE = b'{"token":"TOKEN","notes":"' + b"x" * 262144 + b'"}'

# What is asked, the code of the answer, and what its description names.
CASES = [
    ("no JSON", "INVALID_REQUEST", "", body(b'{"token":"TOKEN",')),
    ("no body", "INVALID_REQUEST", "", body(b"")),
    ("text after JSON", "INVALID_REQUEST", "", body(b'{"token":"TOKEN"}x')),
    ("no UTF-8", "INVALID_REQUEST", "",
     body(b'{"token":"TOKEN","notes":"\xff"}')),
    ("half a surrogate", "INVALID_REQUEST", "",
     body(b'{"token":"TOKEN","notes":"\\ud800"}')),
    ("array", "INVALID_REQUEST", "", body(b'["TOKEN"]')),
    ("string", "INVALID_REQUEST", "", body(b'"TOKEN"')),
    ("bad percent", "INVALID_REQUEST", "", query(SHOW, "fields_set=%zz")),
    ("cut percent", "INVALID_REQUEST", "", query(SHOW, "fields_set=a%2")),
    ("NUL in query", "INVALID_REQUEST", "", query(SHOW, "fields_set=%00")),
    ("query no UTF-8", "INVALID_REQUEST", "", query(SHOW, "fields_set=%ff")),
    ("token twice", "INVALID_REQUEST", "token", query(SHOW, "token=x")),
    ("parameter twice", "INVALID_REQUEST", "fields_set",
     query(SHOW, "fields_set=a&fields_set=a")),
    ("encoded name twice", "INVALID_REQUEST", "fields_set",
     query(SHOW, "fields_set=a&fields%5fset=a")),
    ("form field twice", "INVALID_REQUEST", IDENTIFIER,
     upload(WITH_ID, WITH_ID, part("file", jpeg(), "a.jpg"))),
    ("form damaged", "INVALID_REQUEST", "",
     lambda api: api.http.post(ADD, content=b"nothing",
                               headers={"Content-Type": TYPE})),
    ("nothing given", "MISSING_PARAMETER", "type", post(CREATE, {})),
    ("blank name", "MISSING_PARAMETER", "last_name",
     post(CREATE, person(last_name=" \t"))),
    ("no filter", "MISSING_PARAMETER", "id_number", get(LIST)),
    ("no password", "MISSING_PARAMETER", "password", login(password=None)),
    ("no file", "MISSING_PARAMETER", "file", upload(WITH_ID)),
    ("no such type", "INVALID_PARAMETER", "type",
     post(CREATE, {"type": "ALIEN"})),
    ("no number", "INVALID_PARAMETER", "udf_float_1",
     post(CREATE, person(udf_float_1="12,5"))),
    ("Boolean as number", "INVALID_PARAMETER", "udf_float_1",
     post(CREATE, person(udf_float_1=True))),
    ("number as text", "INVALID_PARAMETER", "first_name",
     post(CREATE, person(first_name=5))),
    ("too long", "INVALID_PARAMETER", "title",
     post(CREATE, person(title="x" * 51))),
    ("impossible date", "INVALID_PARAMETER", "udf_date_1",
     post(CREATE, person(udf_date_1="2015-02-29T00:00:00"))),
    ("partial date", "INVALID_PARAMETER", "demographics.date_of_birth",
     post(CREATE, person(demographics={"date_of_birth": {"day": 1}}))),
    ("control character", "INVALID_PARAMETER", "notes",
     post(CREATE, person(notes="a\u0001b"))),
    ("deep inside", "INVALID_PARAMETER", "address_set[1].floor",
     post(CREATE, person(address_set=[
         {"type": "HOME", "street_name": "A"},
         {"type": "BUSINESS", "street_name": "B", "floor": 1.5}]))),
    ("of a company", "INVALID_PARAMETER", "company_name",
     post(CREATE, person(company_name="X"))),
    ("page too large", "INVALID_PARAMETER", "number_of_results",
     get(LIST, id_number="x", number_of_results=201)),
    ("no identifier", "MISSING_PARAMETER", IDENTIFIER, get(SHOW)),
    ("blank identifier", "MISSING_PARAMETER", IDENTIFIER,
     get(SHOW, **{IDENTIFIER: " "})),
    ("null identifier", "MISSING_PARAMETER", IDENTIFIER,
     post(UPDATE, {IDENTIFIER: None})),
    ("no field", "INVALID_IDENTIFIER", IDENTIFIER,
     get(SHOW, **{IDENTIFIER: DEMO})),
    ("unknown field", "INVALID_IDENTIFIER", IDENTIFIER,
     get(SHOW, **{IDENTIFIER: "number=1"})),
    ("two fields", "INVALID_IDENTIFIER", IDENTIFIER,
     post(UPDATE, {IDENTIFIER: {"id": DEMO, "id_number": "1"}})),
    ("empty object", "INVALID_IDENTIFIER", IDENTIFIER,
     post(REMOVE, {IDENTIFIER: {}})),
    ("unknown field inside", "INVALID_IDENTIFIER", "category_identifier",
     post(CREATE, person(category_identifier={"number": "1"}))),
    ("wrong password", "INVALID_CREDENTIALS", "", login(password="wrong")),
    ("no token", "INVALID_TOKEN", "token", method("GET", SHOW)),
    ("no endpoint", "NOT_FOUND", "", method("GET", "contact_information")),
    ("the root", "NOT_FOUND", "", method("GET", "")),
    ("POST to nothing", "NOT_FOUND", "", method("POST", "nothing/here")),
    ("no contact", "NOT_FOUND", IDENTIFIER, get(SHOW, **{IDENTIFIER: "id=0"})),
    ("no photo", "NOT_FOUND", "", get(VIEW, **{IDENTIFIER: f"id={DEMO}"})),
    ("GET of a POST", "METHOD_NOT_ALLOWED", "", method("GET", CREATE)),
    ("unheard of", "METHOD_NOT_ALLOWED", "", method("BREW", SHOW)),
    ("two contacts", "AMBIGUOUS_IDENTIFIER", IDENTIFIER, ambiguous),
    ("two homes", "CONFLICT", "address_set[1].type",
     post(CREATE, person(address_set=[
         {"type": "HOME", "street_name": "A"},
         {"type": "HOME", "street_name": "B"}]))),
    ("large body", "PAYLOAD_TOO_LARGE", "", body(TOO_LARGE)),
    ("chunked large body", "PAYLOAD_TOO_LARGE", "",
     lambda api: api.http.post(CREATE, content=iter([TOO_LARGE] * 2))),
    ("gzip", "UNSUPPORTED_MEDIA_TYPE", "",
     body(gzip.compress(b'{"token":"TOKEN"}'), Content_Encoding="gzip")),
    ("a form", "UNSUPPORTED_MEDIA_TYPE", "",
     body(b"token=TOKEN&type=PERSON",
          Content_Type="application/x-www-form-urlencoded")),
    ("XML", "UNSUPPORTED_MEDIA_TYPE", "",
     body(b"<token>TOKEN</token>", Content_Type="text/xml")),
    ("JSON for a form", "UNSUPPORTED_MEDIA_TYPE", "",
     lambda api: api.http.post(ADD, json={"token": api.token})),
    ("no image", "UNSUPPORTED_MEDIA_TYPE", "file",
     upload(WITH_ID, part("file", b"<svg/>", "a.svg"))),
    ("no such country", "UNKNOWN_REFERENCE",
     "phone_set[0].country_identifier",
     post(CREATE, person(phone_set=[
         {"type": "MOBILE", "number": "1",
          "country_identifier": {"id": "nothing"}}]))),
    ("no such contact", "UNKNOWN_REFERENCE",
     "relation_set[0].contact_information_identifier",
     post(CREATE, person(relation_set=[
         {"type": "FRIEND", IDENTIFIER: {"id": "nothing"}}]))),
]
IDS = [case[0] for case in CASES]


def check(answer, code, names, status=None):
    envelope(answer, code, status)
    assert names in answer.json()["status"]["description"]
    assert "referrer-policy" in answer.headers
    assert answer.headers["cache-control"] == "private, no-cache"
    for inside in "SELECT", "mysql", "mariadb", "/tmp", ".c:":
        assert inside not in answer.text


@pytest.mark.parametrize("code, names, ask", [c[1:] for c in CASES], ids=IDS)
def test_each_error_has_its_code_and_names_the_parameter(api, code, names, ask):
    check(ask(api), code, names)


@pytest.fixture(scope="module")
def compat(tmp_path_factory):
    """A client of a server whose errors have the status of the old one."""
    service = Service(tmp_path_factory.mktemp("compat"),
                      location_conf="ContactInfoErrorStatus compat\n")
    try:
        yield service.start().api().login()
    finally:
        service.clean()


@pytest.mark.parametrize("code, names, ask", [c[1:] for c in CASES], ids=IDS)
def test_compat_makes_200_of_what_the_client_caused(compat, code, names, ask):
    check(ask(compat), code, names, 200)


@pytest.mark.parametrize("mode", ["api", "compat"])
def test_what_the_server_caused_keeps_its_status(request, mode):
    """A document that no module has written."""
    api = request.getfixturevalue(mode)
    contact = envelope(api.post(CREATE, person()))["id"]
    api.service.db.run("UPDATE contact SET document = '[]'"
                       f" WHERE contact_id = '{contact}'")
    api.service.log.expect("CI0003")
    answer = api.get(SHOW, **{IDENTIFIER: f"id={contact}"})
    check(answer, "INTERNAL_ERROR", "")
    assert answer.json()["status"]["description"] == ""


@pytest.mark.parametrize("mode", ["api", "compat"])
def test_a_precondition_keeps_its_status(request, mode):
    api = request.getfixturevalue(mode)
    contact = envelope(api.post(CREATE, person()))["id"]
    answer = api.post(UPDATE, {IDENTIFIER: {"id": contact}, "notes": "n"},
                      headers={"If-Match": '"99-0"'})
    check(answer, "PRECONDITION_FAILED", "If-Match")
    assert api.show(contact)["notes"] is None


def test_compat_leaves_the_image_location_alone(compat):
    server = compat.service.front.url + "/crm/ImageDownloadServlet"
    for params, code in (({"token": compat.token, "id": "0"}, "NOT_FOUND"),
                         ({"token": compat.token}, "MISSING_PARAMETER"),
                         ({"id": "0"}, "INVALID_TOKEN")):
        envelope(compat.http.get(server, params=params), code)


def test_all_that_is_wrong_is_named_at_once(api):
    answer = api.post(CREATE, {
        "type": "PERSON", "title": "x" * 51, "udf_float_8": "x",
        "email_set": [{"type": "WORK", "email_address": "no at"}]})
    status = answer.json()["status"]
    for path in ("first_name", "last_name", "title", "udf_float_8",
                 "email_set[0].type", "email_set[0].email_address"):
        assert path in status["description"]


def test_the_log_knows_the_id_of_the_answer(api):
    answer = api.get(SHOW, **{IDENTIFIER: "id=0"})
    wanted = f"[{answer.headers['x-request-id']}]"
    log = api.service.log.path
    assert eventually(lambda: any(
        wanted in line and "CI0004: NOT_FOUND" in line
        for line in log.read_text().splitlines()), 5)


def test_no_two_answers_have_the_same_id(api):
    seen = {api.http.get("health").headers["x-request-id"] for _ in range(50)}
    assert len(seen) == 50


# --- methods ---------------------------------------------------------------

@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("name", ["GET", "POST", "PUT", "PATCH", "DELETE",
                                  "PROPFIND"])
def test_another_method_is_told_which_are_allowed(api, path, name):
    if name == ENDPOINTS[path]:
        return
    answer = api.http.request(name, path)
    envelope(answer, "METHOD_NOT_ALLOWED")
    assert answer.json()["status"]["description"]
    allowed = answer.headers["allow"].split(", ")
    assert ENDPOINTS[path] in allowed and "OPTIONS" in allowed
    assert name not in allowed
    assert ("HEAD" in allowed) == (ENDPOINTS[path] == "GET")


@pytest.mark.parametrize("path", ENDPOINTS)
def test_options_answers_204(api, path):
    answer = api.http.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert ENDPOINTS[path] in answer.headers["allow"].split(", ")
    assert "OPTIONS" in answer.headers["allow"].split(", ")


def test_methods_have_capital_letters(api):
    answer = verbatim(api, "get", "health")
    envelope(answer, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_options_of_nothing_is_not_found(api):
    envelope(api.http.options("nothing"), "NOT_FOUND")


def test_head_is_get_without_the_body(api):
    params = {"token": api.token, IDENTIFIER: f"id={DEMO}"}
    got = api.http.get(SHOW, params=params)
    head = api.http.head(SHOW, params=params)
    assert (head.status_code, head.content) == (200, b"")
    for name in "content-type", "content-length", "cache-control":
        assert head.headers[name] == got.headers[name]
    missing = api.http.head(SHOW, params={**params, IDENTIFIER: "id=0"})
    assert (missing.status_code, missing.content) == (404, b"")
    refused = api.http.head(CREATE)
    assert (refused.status_code, refused.content) == (405, b"")
    assert refused.headers["allow"] == "POST, OPTIONS"


# --- bodies ----------------------------------------------------------------

def test_a_body_that_is_cut_short_is_no_request(service, api):
    head = (f"POST /crmapi/rest/v2/{CREATE} HTTP/1.1\r\nHost: x\r\n"
            "Content-Length: 1000\r\n\r\n")
    before = service.db.value("SELECT COUNT(*) FROM contact")
    text = json.dumps({"token": api.token, **person()})
    answer = service.raw((head + text).encode(), half_close=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"INVALID_REQUEST"' in answer
    assert service.db.value("SELECT COUNT(*) FROM contact") == before


@pytest.mark.parametrize("content_type", [
    None, "application/json; charset=utf-8", "application/jason", "text/plain",
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_json_is_json_whatever_its_type_says(api, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    text = json.dumps({"token": api.token, **person()})
    assert envelope(api.http.post(CREATE, content=text.encode(),
                                  headers=headers))["id"]


def test_the_largest_body_is_taken(api):
    start = json.dumps({"token": api.token, **person(), "unknown": ""})[:-2]
    text = start + "x" * (262144 - len(start) - 2) + '"}'
    assert len(text) == 262144
    assert envelope(api.http.post(CREATE, content=text.encode()))["id"]
    envelope(api.http.post(CREATE, content=text.encode() + b" "),
             "PAYLOAD_TOO_LARGE")


def test_the_limit_of_bodies_is_the_locations(fresh):
    service = fresh(location_conf="ContactInfoMaxBody 1000\n")
    api = service.api().login()
    assert envelope(api.post(CREATE, person()))["id"]
    envelope(api.post(CREATE, person(notes="x" * 1000)), "PAYLOAD_TOO_LARGE")


def test_a_smaller_limit_of_httpd_itself_counts(fresh):
    service = fresh(location_conf="LimitRequestBody 500\n")
    api = service.api().login()
    assert envelope(api.post(CREATE, person()))["id"]
    envelope(api.post(CREATE, person(notes="x" * 600)), "PAYLOAD_TOO_LARGE")


def test_a_filter_takes_a_content_coding_off(fresh):
    service = fresh(
        'LoadModule filter_module "${CI_MODULES}/mod_filter.so"\n'
        'LoadModule deflate_module "${CI_MODULES}/mod_deflate.so"\n',
        "SetInputFilter DEFLATE\n")
    api = service.api().login()
    text = json.dumps({"token": api.token, **person()}).encode()
    answer = api.http.post(CREATE, content=gzip.compress(text),
                           headers={**JSON, "Content-Encoding": "gzip"})
    assert envelope(answer)["first_name"] == "E"


# --- what is let through ---------------------------------------------------

def test_numbers_and_booleans_may_be_strings(api):
    contact = envelope(api.post(CREATE, person(
        udf_float_1="12.5", udf_float_2="-1e3", udf_float_3=7,
        send_direct_marketing_material="1",
        send_affiliate_marketing_material="false",
        demographics={"date_of_birth": {"day": "1", "month": "2",
                                        "year": "1990"}},
        address_set=[{"type": "HOME", "street_name": "A", "floor": "5"}])))
    data = api.show(contact["id"])
    assert [data[f"udf_float_{i}"] for i in (1, 2, 3)] == [12.5, -1000, 7]
    assert data["authorization_settings"]["send_direct_marketing_material"]
    assert data["authorization_settings"][
        "send_affiliate_marketing_material"] is False
    assert data["demographics"]["date_of_birth"] \
        == {"day": 1, "month": 2, "year": 1990}
    assert data["addresses_set"][0]["floor"] == 5


def test_enumerations_are_read_in_any_case_with_blanks(api):
    related = envelope(api.post(CREATE, person()))["id"]
    contact = envelope(api.post(CREATE, {
        **person(type="person", preferred_language="ell"),
        "address_set": [{"type": "Home", "street_name": "A"}],
        "relation_set": [{"type": "Family member",
                          IDENTIFIER: {"id": related}}]}))["id"]
    data = api.show(contact)
    assert (data["type"], data["preferred_language"]) == ("PERSON", "ELL")
    assert data["addresses_set"][0]["type"] == "HOME"
    assert data["relation_set"][0]["type"] == "FAMILY_MEMBER"


def test_unknown_members_are_ignored_at_every_depth(api):
    junk = {"nothing": {"x": [1, {"y": None}]}, "": 1, "udf_float_99": "x"}
    related = envelope(api.post(CREATE, person()))["id"]
    sent = person(
        demographics={"id_number": "1", "date_of_birth": {
            "day": 1, "month": 1, "year": 2000, **junk}, **junk},
        address_set=[{"type": "HOME", "street_name": "A", **junk}],
        phone_set=[{"type": "MOBILE", "number": "1", **junk}],
        email_set=[{"type": "PERSONAL", "email_address": "a@b.c", **junk}],
        relation_set=[{"type": "FRIEND", IDENTIFIER: {"id": related},
                       **junk}], **junk)
    contact = envelope(api.post(CREATE, sent))["id"]
    data = api.show(contact)
    assert "nothing" not in json.dumps(data)
    assert data["demographics"]["date_of_birth"]["year"] == 2000
    envelope(api.post(UPDATE, {
        IDENTIFIER: {"id": contact}, **junk, "type ": "COMPANY",
        "address_set": [{"action": "UPDATE", "floor": 1, **junk,
                         "address_identifier": {"type": "HOME"}}]}))
    assert api.show(contact)["addresses_set"][0]["floor"] == 1


def test_of_duplicate_keys_the_last_wins_at_every_depth(api):
    text = ('{"token":"x","type":"COMPANY","type":"PERSON","first_name":"A",'
            '"first_name":"B","last_name":"C","demographics":{"id_number":"1",'
            '"id_number":"2"},"address_set":[{"type":"POBOX","type":"HOME",'
            '"street_name":"D","street_name":"E"}],"token":"%s"}' % api.token)
    contact = envelope(api.http.post(CREATE, content=text.encode()))["id"]
    data = api.show(contact)
    assert (data["first_name"], data["demographics"]["id_number"]) == ("B", "2")
    address = data["addresses_set"][0]
    assert (address["type"], address["street_name"]) == ("HOME", "E")


def test_null_on_create_is_the_same_as_absent(api):
    data = api.show(envelope(api.post(CREATE, person(
        title=None, demographics=None, address_set=None, udf_date_1=None,
        category_identifier=None, fields_set=None)))["id"])
    assert data["title"] is None and data["addresses_set"] == []


@pytest.mark.parametrize("path", [
    SHOW + "/", SHOW + "//", "/" + SHOW, "%63ontact_information/show"])
def test_slashes_and_encoded_letters_do_not_count(api, path):
    url = f"{api.service.env['URL']}/{path}"
    params = {"token": api.token, IDENTIFIER: f"id={DEMO}"}
    assert envelope(api.http.get(url, params=params))["id"] == DEMO


def test_a_longer_path_is_another_one(api):
    for path in SHOW + "x", SHOW + "/x", "x/" + SHOW, SHOW.upper():
        envelope(api.http.get(path, params={"token": api.token}), "NOT_FOUND")


@pytest.mark.parametrize("identifier", [
    f"id={DEMO}", f"id%3D{DEMO}", f"id%3d{DEMO}", f"%69d=%33{DEMO[1:]}"])
def test_the_inner_equals_sign_may_be_encoded(api, identifier):
    ask = query(SHOW, f"{IDENTIFIER}={identifier}")
    assert envelope(ask(api))["id"] == DEMO


def test_an_identifier_may_hold_blanks_and_equals_signs(api):
    number = f"a = b+c {uuid.uuid4().hex}"
    contact = envelope(api.post(CREATE, person(
        demographics={"id_number": number})))["id"]
    found = api.get(SHOW, **{IDENTIFIER: f"id_number={number}"})
    assert envelope(found)["id"] == contact
    plus = number.replace("+", "%2B").replace(" ", "+")
    ask = query(SHOW, f"{IDENTIFIER}=id_number={plus}")
    assert envelope(ask(api))["id"] == contact


def test_an_identifier_in_json_may_be_a_string(api):
    contact = envelope(api.post(CREATE, person()))["id"]
    data = envelope(api.post(UPDATE, {IDENTIFIER: f"id={contact}",
                                      "notes": "n"}))
    assert (data["id"], data["notes"]) == (contact, "n")


@pytest.mark.parametrize("content_type", [
    "application/json", "text/plain", "nonsense"])
def test_get_with_a_content_type_is_fine(api, content_type):
    answer = api.http.get(SHOW, headers={"Content-Type": content_type}, params={
        "token": api.token, IDENTIFIER: f"id={DEMO}"})
    assert envelope(answer)["id"] == DEMO


# --- the database is away --------------------------------------------------

def test_without_the_database_503_and_back_without_a_restart(fresh):
    service = fresh()
    api = service.api().login()
    contact = envelope(api.post(CREATE, person()))["id"]
    httpd = service.pid("HTTPD")
    asks = {
        SHOW: get(SHOW, **{IDENTIFIER: f"id={contact}"}),
        LIST: get(LIST, id_number="x"),
        CREATE: post(CREATE, person()),
        UPDATE: post(UPDATE, {IDENTIFIER: {"id": contact}, "notes": "n"}),
        VIEW: get(VIEW, **{IDENTIFIER: f"id={contact}"}),
        REMOVE: post(REMOVE, {IDENTIFIER: {"id": contact}}),
        ADD: upload(part(IDENTIFIER, f"id={contact}"),
                    part("file", jpeg(), "a.jpg")),
        LOGIN: login(),
        "health": method("GET", "health"),
    }
    service.kill("DB")
    service.log.expect("CI0003")
    for ask in asks.values():
        answer = ask(api)
        check(answer, "SERVICE_UNAVAILABLE", "")
        assert int(answer.headers["retry-after"]) >= 1
    envelope(api.http.post(CREATE, content=b"{"), "INVALID_REQUEST")
    envelope(api.http.post(LOGIN, json={}), "MISSING_PARAMETER")
    envelope(api.http.get("nothing"), "NOT_FOUND")
    service.start()
    assert service.pid("HTTPD") == httpd
    service.recovers()
    assert api.show(contact)["id"] == contact
    for ask in asks.values():
        assert CODES[ask(api).json()["status"]["code"]] < 500
