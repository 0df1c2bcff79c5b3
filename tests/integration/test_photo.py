# SPDX-License-Identifier: Apache-2.0
"""Profile photos: what goes in comes out, and nothing else goes in."""

import hashlib
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import urllib.parse

import pytest

from harness import EXAMPLES, apache2, envelope, eventually, example
from images import (BOUNDARY, TYPE, form, gif, jpeg, part, png, webp)

VIEW = "contact_information/profile_photo/view"
ADD = "contact_information/profile_photo/add"
REMOVE = "contact_information/profile_photo/remove"
IDENTIFIER = "contact_information_identifier"
LIMIT = 5242880
KIB = 1024


def new_contact(api, **more):
    """A contact without a photo; its id."""
    person = {"type": "PERSON", "first_name": "Photo", "last_name": "Test"}
    return envelope(api.post("contact_information/create",
                             {**person, **more}))["id"]


@pytest.fixture
def contact(api):
    return new_contact(api)


def fields(api, contact):
    return [part("token", api.token), part(IDENTIFIER, f"id={contact}")]


def post(api, body, content_type=TYPE, **headers):
    return api.http.post(ADD, content=body,
                         headers={"Content-Type": content_type, **headers})


def add(api, contact, data, name="a.jpg", *more):
    """The answer to a well-formed upload."""
    return post(api, form(*fields(api, contact), part("file", data, name),
                          *more))


def view(api, contact, **params):
    return api.get(VIEW, **{IDENTIFIER: f"id={contact}"}, **params)


def remove(api, contact):
    return api.post(REMOVE, {IDENTIFIER: {"id": contact}})


def url(api, photo):
    return api.service.front.url + photo["file_content_url"]


def fetch(api, photo, token=None, method="GET", **headers):
    """The image location's answer."""
    return api.http.request(method, url(api, photo),
                            params={"id": file_id(photo),
                                    "token": token or api.token},
                            headers=headers)


def file_id(photo):
    query = urllib.parse.urlsplit(photo["file_content_url"]).query
    (value,) = urllib.parse.parse_qs(query)["id"]
    return value


def rows(service, contact):
    """How many photos of a contact and chunks of anybody are stored."""
    return (service.db.value(
        "SELECT COUNT(*) FROM profile_photo p JOIN contact c"
        f" USING (contact_seq) WHERE c.contact_id = '{contact}'"),
        service.db.value("SELECT COUNT(*) FROM profile_photo_chunk"))


# --- what goes in comes out ----------------------------------------------

@pytest.mark.parametrize("make,mime_type", [
    (png, "image/png"), (jpeg, "image/jpeg"), (gif, "image/gif"),
    (webp, "image/webp")])
def test_each_format_comes_back_under_its_own_type(api, contact, make,
                                                   mime_type):
    data = make()
    body = form(*fields(api, contact),
                part("file", data, "x.bin", "Content-Type: text/html"))
    photo = envelope(post(api, body))
    assert photo["file_mime_type"] == mime_type
    answer = fetch(api, photo)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == mime_type
    assert answer.content == data


@pytest.mark.parametrize("size", [
    100, 65535, 65536, 65537, 131072, 1024 * KIB - 1, 1024 * KIB,
    1024 * KIB + 1, LIMIT - 1, LIMIT])
@pytest.mark.parametrize("make", [png, jpeg])
def test_bytes_survive_every_chunk_border(api, contact, make, size):
    data = make(size)
    assert len(data) == size
    answer = fetch(api, envelope(add(api, contact, data)))
    assert (hashlib.sha256(answer.content).digest()
            == hashlib.sha256(data).digest())
    assert answer.headers["content-length"] == str(size)


def test_a_server_with_small_packets_takes_large_photos(fresh):
    service = fresh()
    service.db.run("SET GLOBAL max_allowed_packet = 1048576;"
                   "KILL USER contactinfo")
    api = service.api().login()
    contact = new_contact(api)
    for size in 100, 65535, 65537, 1024 * KIB - 1, 1024 * KIB + 1, LIMIT:
        data = png(size)
        assert fetch(api, envelope(add(api, contact, data))).content == data
    envelope(add(api, contact, png(LIMIT + 1)), "PAYLOAD_TOO_LARGE")


def test_the_three_fields_have_the_published_form(api, contact):
    photo = envelope(add(api, contact, jpeg(), "images.jpg"))
    published = example("profile-photo-view.response.json")
    assert photo.keys() == published.keys()
    pattern = re.sub("[0-9A-F]{32}", "[0-9A-F]{32}",
                     re.escape(published["file_name"]))
    assert re.fullmatch(pattern, photo["file_name"])
    assert photo["file_name"].startswith(file_id(photo))
    assert photo["file_content_url"] == ("/crm/ImageDownloadServlet?id="
                                         + file_id(photo))
    assert envelope(view(api, contact)) == photo


def test_fields_set_chooses_among_them(api, contact):
    field = part("fields_set", "file_mime_type,nonsense")
    assert (envelope(add(api, contact, jpeg(), "a.jpg", field))
            == {"file_mime_type": "image/jpeg"})
    names = envelope(view(api, contact, fields_set="file_name,file_content_url"))
    assert names.keys() == {"file_name", "file_content_url"}


def test_the_published_call(api, contact, tmp_path):
    """curl adds a boundary of its own behind the published one."""
    picture = tmp_path / "images.jpg"
    picture.write_bytes(jpeg())
    command = (EXAMPLES / "profile-photo-add.curl.txt").read_text()
    for pattern, value in (
            (r"https://[^ ]*/rest/v2", api.service.env["URL"]),
            (r"@\[object Object\]", f"@{picture}"),
            (r"id=[0-9A-F]{32}", f"id={contact}"),
            (r"token=[0-9A-F]{32}", f"token={api.token}")):
        command, count = re.subn(pattern, value, command)
        assert count == 1
    answer = subprocess.run(command.rstrip() + " --silent", shell=True, check=True,
                            capture_output=True, text=True).stdout
    assert '"code":"OK"' in answer
    assert envelope(view(api, contact))["file_name"].endswith("_images.jpg")


def test_parts_come_in_any_order(api, contact):
    token, identifier = fields(api, contact)
    picture = part("file", png(), "a.png", "Content-Type: image/png")
    other = part("upload", b"x" * 50000, "b.png")
    for order in ([picture, token, identifier], [identifier, picture, token],
                  [other, token, picture, identifier]):
        assert envelope(post(api, form(*order)))["file_mime_type"] == "image/png"


def test_a_chunked_body_that_arrives_byte_by_byte(api, contact):
    body = form(*fields(api, contact), part("file", png(300), "a.png"))
    answer = post(api, (body[i:i + 1] for i in range(len(body))))
    assert fetch(api, envelope(answer)).content == png(300)


def test_a_photo_is_replaced_and_removed(api, service, contact):
    chunks = int(rows(service, contact)[1])
    first = envelope(add(api, contact, png(200000)))
    assert rows(service, contact) == ("1", str(chunks + 4))
    second = envelope(add(api, contact, jpeg(70000)))
    assert rows(service, contact) == ("1", str(chunks + 2))
    assert file_id(first) != file_id(second)
    envelope(fetch(api, first), "NOT_FOUND")
    assert fetch(api, second).content == jpeg(70000)
    assert envelope(remove(api, contact)) == {}
    assert rows(service, contact) == ("0", str(chunks))
    envelope(fetch(api, second), "NOT_FOUND")
    envelope(view(api, contact), "NOT_FOUND")
    assert envelope(remove(api, contact)) == {}


def test_parallel_uploads_to_one_contact_leave_one_photo(api, service, contact):
    answers = []

    def upload(size):
        client = service.front.client("/crmapi/rest/v2/")
        body = form(*fields(api, contact), part("file", png(size), "a.png"))
        answers.append(client.post(ADD, content=body,
                                   headers={"Content-Type": TYPE}))

    chunks = int(rows(service, contact)[1])
    threads = [threading.Thread(target=upload, args=(100000 + i,))
               for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = {file_id(envelope(answer)) for answer in answers}
    assert len(stored) == 8
    assert rows(service, contact) == ("1", str(chunks + 2))
    photo = envelope(view(api, contact))
    assert file_id(photo) in stored
    data = fetch(api, photo).content
    assert data == png(len(data))


# --- who may -------------------------------------------------------------

def test_another_organisation_finds_nothing(api, other, contact):
    photo = envelope(add(api, contact, png()))
    envelope(view(other, contact), "NOT_FOUND")
    envelope(add(other, contact, jpeg()), "NOT_FOUND")
    envelope(remove(other, contact), "NOT_FOUND")
    envelope(fetch(other, photo), "NOT_FOUND")
    assert envelope(view(api, contact)) == photo


def test_a_unit_below_the_contacts_level_finds_nothing(api, service):
    contact = new_contact(api, privacy_level_identifier={"number": "9"})
    photo = envelope(add(api, contact, png()))
    change = ("UPDATE org_unit SET clearance = {} WHERE unit_id ="
              " '48305F8849E3C18B227C5BE3A27BA6DF'")
    service.db.run(change.format(3))
    try:
        low = service.api().login()
        envelope(view(low, contact), "NOT_FOUND")
        envelope(add(low, contact, jpeg()), "NOT_FOUND")
        envelope(remove(low, contact), "NOT_FOUND")
        envelope(fetch(low, photo), "NOT_FOUND")
    finally:
        service.db.run(change.format("NULL"))
    assert fetch(service.api().login(), photo).content == png()


def test_the_token_may_be_a_field_a_parameter_or_a_header(api, contact):
    token, identifier = fields(api, contact)
    rest = form(identifier, part("file", png(), "a.png"))
    bearer = {"Authorization": f"Bearer {api.token}"}
    with_query = api.http.post(ADD, params={"token": api.token}, content=rest,
                               headers={"Content-Type": TYPE})
    envelope(with_query)
    envelope(post(api, rest, **bearer))
    wrong = form(part("token", "0" * 32), identifier,
                 part("file", png(), "a.png"))
    photo = envelope(post(api, wrong, **bearer))
    answer = api.http.get(url(api, photo), headers=bearer)
    assert answer.content == png()
    twice = api.http.post(ADD, params={"token": api.token},
                          content=form(token, identifier),
                          headers={"Content-Type": TYPE})
    envelope(twice, "INVALID_REQUEST")


def test_without_a_valid_token_nothing_is_stored(api, contact, service):
    _, identifier = fields(api, contact)
    picture = part("file", png(), "a.png")
    before = rows(service, contact)
    envelope(post(api, form(picture, identifier)), "INVALID_TOKEN")
    envelope(post(api, form(picture, identifier, part("token", "0" * 32))),
             "INVALID_TOKEN")
    assert rows(service, contact) == before
    photo = envelope(add(api, contact, png()))
    envelope(fetch(api, photo, token="0" * 32), "INVALID_TOKEN")
    answer = api.http.get(url(api, photo))
    envelope(answer, "INVALID_TOKEN")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_bad_token_in_the_header_is_refused_before_the_body(service):
    head = (f"POST /crmapi/rest/v2/{ADD} HTTP/1.1\r\nHost: x\r\n"
            f"Content-Type: {TYPE}\r\nContent-Length: 5000000\r\n"
            f"Authorization: Bearer {'0' * 32}\r\n"
            "Expect: 100-continue\r\n\r\n")
    answer = service.raw(head.encode())
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"INVALID_TOKEN" in answer


def test_no_token_is_logged(api, contact, service):
    photo = envelope(add(api, contact, png()))
    assert fetch(api, photo).status_code == 200
    for name in "ACCESS_LOG", "ERROR_LOG":
        assert api.token not in pathlib.Path(service.env[name]).read_text()


# --- what is refused -----------------------------------------------------

@pytest.mark.parametrize("data", [
    b"", b"x", b"<!DOCTYPE html><script>alert(1)</script>",
    b'<svg xmlns="http://www.w3.org/2000/svg"/>', b"%PDF-1.7\n", b"just text",
    b"PK\3\4" + b"\0" * 100, b"MZ" + b"\0" * 100, b"<?php phpinfo();",
    b"push graphic-context\n", b"BM" + b"\0" * 100, b"II*\0" + b"\0" * 100,
    b"\0\0\0\x20ftypheic" + b"\0" * 100, b"\xff\xd8\xff" + b"random" * 50,
    png()[:40], jpeg()[:-2], b"\x89PNG\r\n\x1a\n" + png()[33:]])
def test_what_is_no_image_is_refused_whatever_it_claims(api, service, contact,
                                                        data):
    before = rows(service, contact)
    body = form(*fields(api, contact),
                part("file", data, "a.jpg", "Content-Type: image/jpeg"))
    envelope(post(api, body), "UNSUPPORTED_MEDIA_TYPE")
    assert rows(service, contact) == before


def test_a_pixel_bomb_is_refused_by_its_header(api, contact):
    envelope(add(api, contact, png(100, 65535, 65535)), "PAYLOAD_TOO_LARGE")
    envelope(add(api, contact, jpeg(100, 65500, 65500)), "PAYLOAD_TOO_LARGE")
    envelope(add(api, contact, png(100, 10000, 5000)))


def test_a_photo_above_the_limit_is_refused(api, service, contact):
    kept = envelope(add(api, contact, png()))
    envelope(add(api, contact, png(LIMIT + 1)), "PAYLOAD_TOO_LARGE")
    envelope(add(api, contact, png(LIMIT + 200000)), "PAYLOAD_TOO_LARGE")
    body = form(*fields(api, contact), part("file", png(LIMIT + 1), "a.png"))
    envelope(post(api, iter([body])), "PAYLOAD_TOO_LARGE")
    assert envelope(view(api, contact)) == kept


def test_the_limit_is_a_directive_of_the_location(fresh):
    service = fresh(location_conf="ContactInfoMaxPhotoSize 1000\n")
    api = service.api().login()
    contact = new_contact(api)
    envelope(add(api, contact, png(1000)))
    envelope(add(api, contact, png(1001)), "PAYLOAD_TOO_LARGE")


TOKEN = object()
PICTURE = part("file", png(), "a.png")
GOOD = f"id={'0' * 32}"


@pytest.mark.parametrize("parts,code", [
    ([part(IDENTIFIER, GOOD)], "MISSING_PARAMETER"),
    ([PICTURE], "MISSING_PARAMETER"),
    ([PICTURE, part(IDENTIFIER, " ")], "MISSING_PARAMETER"),
    ([PICTURE, part(IDENTIFIER, "nonsense=1")], "INVALID_IDENTIFIER"),
    ([PICTURE, part(IDENTIFIER, "nonsense")], "INVALID_IDENTIFIER"),
    ([PICTURE, part(IDENTIFIER, GOOD)], "NOT_FOUND"),
    ([PICTURE, part(IDENTIFIER, "id=a=b")], "NOT_FOUND"),
    ([PICTURE, part(IDENTIFIER, GOOD), part(IDENTIFIER, GOOD)],
     "INVALID_REQUEST"),
    ([PICTURE, PICTURE, part(IDENTIFIER, GOOD)], "INVALID_REQUEST"),
    ([PICTURE, part(IDENTIFIER, GOOD), part("token", "x")], "INVALID_REQUEST"),
    ([PICTURE, part(IDENTIFIER, b"id=\xff")], "INVALID_REQUEST"),
    ([PICTURE, part(IDENTIFIER, b"id=a\0b")], "INVALID_REQUEST"),
    ([PICTURE, part(IDENTIFIER, "id=" + "a" * 8190)], "PAYLOAD_TOO_LARGE"),
    ([part(f"x{i}", "1") for i in range(20)], "PAYLOAD_TOO_LARGE"),
    ([part("a", "1", None, "X: " + "y" * 8192)], "PAYLOAD_TOO_LARGE"),
    ([part("a", "1", None, "X: 1\r\n folded")], "INVALID_REQUEST"),
    ([part("", "1")], "INVALID_REQUEST"),
    ([part("a", "1", None, "Content-Disposition: form-data; name=b")],
     "INVALID_REQUEST"),
    ([part("a", "1", None, "Content-Transfer-Encoding: base64")],
     "INVALID_REQUEST"),
    ([part("file", png(), "a.png", "Content-Encoding: gzip")],
     "UNSUPPORTED_MEDIA_TYPE"),
    ([part("a", "1", None, "Content-Type: multipart/mixed; boundary=b")],
     "UNSUPPORTED_MEDIA_TYPE"),
    ([f"--{BOUNDARY}\r\n\r\n1\r\n".encode()], "INVALID_REQUEST"),
    ([f"--{BOUNDARY}\nContent-Disposition: form-data; name=a\n\n1\n".encode()],
     "INVALID_REQUEST"),
])
def test_bad_forms(api, parts, code):
    envelope(post(api, form(part("token", api.token), *parts)), code)


@pytest.mark.parametrize("content_type,code", [
    ("application/json", "UNSUPPORTED_MEDIA_TYPE"),
    ("multipart/mixed; boundary=b", "UNSUPPORTED_MEDIA_TYPE"),
    ("application/x-www-form-urlencoded", "UNSUPPORTED_MEDIA_TYPE"),
    ("multipart/form-data", "INVALID_REQUEST"),
    ("multipart/form-data; boundary=", "INVALID_REQUEST"),
    ("multipart/form-data; boundary=" + "b" * 71, "INVALID_REQUEST"),
    ("multipart/form-data; boundary=other", "INVALID_REQUEST"),
    (TYPE + "x", "INVALID_REQUEST"),
])
def test_bad_content_types(api, contact, content_type, code):
    body = form(*fields(api, contact), PICTURE)
    envelope(post(api, body, content_type), code)


def test_a_form_that_is_cut_short_stores_nothing(api, service, contact):
    before = rows(service, contact)
    body = form(*fields(api, contact), part("file", png(), "a.png"))
    for cut in range(10, len(body) - 4, 37):
        envelope(post(api, body[:cut]), "INVALID_REQUEST")
    head = (f"POST /crmapi/rest/v2/{ADD} HTTP/1.1\r\nHost: x\r\n"
            f"Content-Type: {TYPE}\r\nContent-Length: {len(body)}\r\n\r\n")
    address = ("127.0.0.1", service.port)
    for _ in range(20):
        with socket.create_connection(address) as connection:
            connection.sendall(head.encode() + body[:-10])
    assert rows(service, contact) == before
    envelope(add(api, contact, png()))


def test_a_form_is_no_json_and_json_is_no_form(api, contact):
    answer = api.http.post("contact_information/create",
                           content=form(*fields(api, contact)),
                           headers={"Content-Type": TYPE})
    envelope(answer, "UNSUPPORTED_MEDIA_TYPE")
    envelope(api.post(ADD, {IDENTIFIER: {"id": contact}}),
             "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("given,kept", [
    ("../../etc/passwd", "passwd"), ("C:\\x\\me.jpg", "me.jpg"),
    ("a.php%00.jpg", "a.php%00.jpg"), ("", "photo.png"), ("...", "photo.png"),
    ("/", "photo.png"), ("a\x01\x7f\x85b.png", "ab.png"),
    ('";x="y', '";x="y'), ("Μαρία 😀.png", "Μαρία 😀.png"),
    ("n" * 3000, "n" * 100), ("%22%0D%0Ax.png", '"x.png')])
def test_file_names_are_tamed(api, contact, given, kept):
    quoted = given.replace("\\", "\\\\").replace('"', '\\"')
    photo = envelope(add(api, contact, png(), quoted))
    prefix = f"{file_id(photo)}_key_contacts-profilephoto_"
    assert photo["file_name"] == prefix + kept
    value = fetch(api, photo).headers["content-disposition"]
    quoted, extended = re.fullmatch(
        r"inline; filename=\"([ !#-$&-[\]-~]+)\"(?:; filename\*=UTF-8''(\S+))?",
        value).groups()
    assert (urllib.parse.unquote(extended) if extended else quoted) == kept


# --- the image location --------------------------------------------------

def test_headers_of_the_bytes(api, contact):
    """T07 of the attack table."""
    photo = envelope(add(api, contact, png(1000), "a b.png"))
    answer = fetch(api, photo)
    expected = {
        "content-type": "image/png",
        "content-length": "1000",
        "content-disposition": 'inline; filename="a b.png"',
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "private, max-age=31536000, immutable",
        "accept-ranges": "bytes",
        "etag": f'"{file_id(photo)}"',
    }
    assert {name: answer.headers.get(name) for name in expected} == expected
    head = fetch(api, photo, method="HEAD")
    assert head.status_code == 200
    assert head.content == b""
    assert {name: head.headers.get(name) for name in expected} == expected


def test_conditions(api, contact):
    photo = envelope(add(api, contact, png()))
    tag = f'"{file_id(photo)}"'
    for value in tag, "*", f'"other", {tag}', f"W/{tag}":
        answer = fetch(api, photo, **{"If-None-Match": value})
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["etag"] == tag
        assert "immutable" in answer.headers["cache-control"]
    assert fetch(api, photo,
                 **{"If-None-Match": '"other"'}).content == png()
    assert fetch(api, photo, **{"If-Match": tag}).content == png()
    envelope(fetch(api, photo, **{"If-Match": '"other"'}),
             "PRECONDITION_FAILED")
    many = ", ".join(f'"{i:032X}"' for i in range(200))
    assert fetch(api, photo, **{"If-None-Match": many}).status_code == 200
    envelope(fetch(api, photo, token="0" * 32, **{"If-None-Match": tag}),
             "INVALID_TOKEN")


@pytest.mark.parametrize("first,last", [
    (0, 0), (0, 65535), (65535, 65536), (65536, 65536), (1, 199999),
    (131000, 140000), (199999, 199999), (65530, 65540)])
def test_ranges(api, contact, first, last):
    photo = envelope(add(api, contact, png(200000, fill=b"range of bytes;")))
    whole = fetch(api, photo).content
    answer = fetch(api, photo, Range=f"bytes={first}-{last}")
    assert answer.status_code == 206
    assert answer.content == whole[first:last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/200000"


def test_odd_ranges(api, contact):
    photo = envelope(add(api, contact, png(200000, fill=b"0123456789a")))
    whole = fetch(api, photo).content
    for value, status, data in (
            ("bytes=0-", 206, whole), ("bytes=-1", 206, whole[-1:]),
            ("bytes=199990-", 206, whole[-10:]), ("bytes=5-2", 200, whole),
            ("items=0-1", 200, whole), ("bytes=200000-", 416, None),
            ("bytes=0-9223372036854775808", 200, whole)):
        answer = fetch(api, photo, Range=value)
        assert answer.status_code == status, value
        assert data is None or answer.content == data, value
    several = fetch(api, photo, Range="bytes=0-1,65535-65536")
    assert several.status_code == 206
    assert several.headers["content-type"].startswith("multipart/byteranges")
    assert b"\r\n\r\n" + whole[65535:65537] + b"\r\n" in several.content
    stale = fetch(api, photo, Range="bytes=0-1", **{"If-Range": '"other"'})
    assert stale.content == whole
    fresh = fetch(api, photo, Range="bytes=0-1",
                  **{"If-Range": f'"{file_id(photo)}"'})
    assert fresh.content == whole[:2]


def test_errors_of_the_image_location(fresh):
    """They keep their status even where the API's are 200."""
    service = fresh(location_conf="ContactInfoErrorStatus compat\n",
                    extra_conf="ContactInfoErrorStatus compat\n")
    api = service.api().login()
    envelope(view(api, "0" * 32), "NOT_FOUND", 200)
    location = service.front.url + "/crm/ImageDownloadServlet"
    token = {"token": api.token}
    envelope(api.http.get(location, params=token), "MISSING_PARAMETER")
    envelope(api.http.get(location, params={"id": "", **token}),
             "MISSING_PARAMETER")
    envelope(api.http.get(location, params={"id": "x" * 100, **token}),
             "NOT_FOUND")
    envelope(api.http.get(location + "/x", params=token), "NOT_FOUND")
    envelope(api.http.get(location), "INVALID_TOKEN")
    envelope(api.http.get(location + f"?id=1&id=1&token={api.token}"),
             "INVALID_REQUEST")
    for method in "POST", "PUT", "DELETE":
        answer = api.http.request(method, location, params=token)
        envelope(answer, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    options = api.http.options(location)
    assert options.status_code == 204
    assert options.headers["allow"] == "GET, HEAD, OPTIONS"


def test_the_url_is_that_of_the_configured_location(fresh):
    service = fresh(kind="",  # else the port leads to another host
                    extra_conf='<Location "/other images">\n'
                               "ContactInfo image\n</Location>\n"
                               '<VirtualHost *>\nServerName pictures\n'
                               '<Location "/pictures">\nContactInfo image\n'
                               "</Location>\n</VirtualHost>\n")
    api = service.api().login()
    photo = envelope(add(api, new_contact(api), png()))
    assert photo["file_content_url"].startswith("/pictures?id=")
    assert fetch(api, photo).content == png()


# --- bounds --------------------------------------------------------------

class Slow:
    """A raw connection that sends or reads as slowly as the test likes."""

    def __init__(self, api):
        self.api = api
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", api.service.port))

    def upload(self, contact, data, missing):
        """Send all but the last bytes."""
        body = form(*fields(self.api, contact), part("file", data, "a.png"))
        head = (f"POST /crmapi/rest/v2/{ADD} HTTP/1.1\r\nHost: x\r\n"
                f"Content-Type: {TYPE}\r\nConnection: close\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        self.socket.sendall(head.encode() + body[:-missing])
        self.rest = body[-missing:]
        return self

    def finish(self):
        self.socket.sendall(self.rest)
        return self

    def download(self, photo):
        path = f"{photo['file_content_url']}&token={self.api.token}"
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n"
                            "Connection: close\r\n\r\n".encode())
        return self

    def read(self):
        answer = b""
        while chunk := self.socket.recv(65536):
            answer += chunk
        self.socket.close()
        return answer


def test_who_trickles_holds_no_connection(fresh):
    service = fresh(extra_conf="ContactInfoDBPool max=1 wait=1s\n", children=1)
    api = service.api().login()
    contact = new_contact(api)
    photo = envelope(add(api, contact, png(LIMIT)))
    slow = [Slow(api).upload(contact, png(300000), 200000) for _ in range(4)]
    slow += [Slow(api).download(photo) for _ in range(4)]
    for connection in slow[4:]:
        assert connection.socket.recv(4) == b"HTTP"
    for _ in range(20):
        envelope(view(api, contact))
        assert fetch(api, photo, Range="bytes=0-9").status_code == 206
    for connection in slow[4:]:
        assert connection.read().endswith(png(LIMIT)[-1000:])
    for connection in slow[:4]:
        assert b'"code":"OK"' in connection.finish().read()


def test_a_photo_replaced_while_it_is_sent_is_cut_off(api, service, contact):
    photo = envelope(add(api, contact, png(LIMIT)))
    slow = Slow(api).download(photo)
    assert slow.socket.recv(4) == b"HTTP"
    envelope(add(api, contact, png(LIMIT, fill=b"q")))
    body = slow.read().partition(b"\r\n\r\n")[2]
    assert len(body) < LIMIT
    assert body == png(LIMIT)[:len(body)]
    assert fetch(api, envelope(view(api, contact))).status_code == 200


def test_a_download_survives_a_graceful_restart(fresh):
    service = fresh()
    api = service.api().login()
    contact = new_contact(api)
    photo = envelope(add(api, contact, png(LIMIT)))
    slow = Slow(api).download(photo)
    assert slow.socket.recv(4) == b"HTTP"
    service.graceful()
    assert eventually(lambda: view(api, contact).status_code == 200)
    assert slow.read().endswith(png(LIMIT)[-1000:])
    api.http.close()


def resident(service):
    """Resident memory of all children of httpd, in bytes."""
    total = 0
    for pid in service.children():
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        total += int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * KIB
    return total


IMAGELESS = {"file_content_url": f"/crm/ImageDownloadServlet?id={'0' * 32}"}


@pytest.mark.skipif(bool(os.environ.get("PRELOAD")),
                    reason="a sanitizer has memory of its own")
@pytest.mark.skipif(os.environ.get("MPM") == "prefork",
                    reason="there are as many processes as photos")
def test_memory_is_bounded_by_a_constant_for_each_photo(fresh):
    """64 photos of 5 MiB at once in both directions."""
    count, each = 64, 256 * KIB
    service = fresh(extra_conf="ContactInfoDBPool max=8 wait=60s\n"
                               "ContactInfoDBTimeout deadline=60s\n",
                    children=1, threads=count + 8)
    api = service.api().login()
    contacts = [new_contact(api) for _ in range(count)]
    busy = [Slow(api).download(IMAGELESS) for _ in range(count)]
    assert all(b"NOT_FOUND" in connection.read() for connection in busy)
    before = resident(service)
    slow = [Slow(api).upload(contact, png(LIMIT), 10) for contact in contacts]
    assert resident(service) - before < count * each
    for connection in slow:
        connection.finish()
    for connection in slow:
        assert b'"code":"OK"' in connection.read()
    assert resident(service) - before < count * each
    photos = [envelope(view(api, contact)) for contact in contacts]
    slow = [Slow(api).download(photo) for photo in photos]
    for connection in slow:
        assert connection.socket.recv(4) == b"HTTP"
    assert resident(service) - before < count * each
    for connection in slow:
        assert connection.read().endswith(png(LIMIT)[-1000:])
    assert resident(service) - before < count * each


@pytest.fixture
def spool_folder():
    """A folder that the children of httpd may write to."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o777)
        yield pathlib.Path(folder)


def test_no_file_is_left(fresh, spool_folder):
    folder = spool_folder
    service = fresh(extra_conf=f'ContactInfoTempDir "{folder}"\n')
    api = service.api().login()
    contact = new_contact(api)
    slow = Slow(api).upload(contact, png(300000), 1000)
    assert eventually(lambda: list(folder.iterdir()) == [])
    assert b'"code":"OK"' in slow.finish().read()
    envelope(add(api, contact, b"no image"), "UNSUPPORTED_MEDIA_TYPE")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("line", [
    "ContactInfoMaxPhotoSize 0", "ContactInfoMaxPhotoSize 1073741825",
    "ContactInfoMaxPhotoSize 5M", "ContactInfoTempDir /nowhere/at/all",
    "ContactInfoTempDir /etc/passwd"])
def test_bad_directives_are_named(service, tmp_path, line):
    conf = tmp_path / "bad.conf"
    conf.write_text(f'Include "{service.env["HTTPD_CONF"]}"\n{line}\n')
    done = apache2("-t", "-f", conf, capture_output=True)
    assert done.returncode != 0
    assert f"{line.split()[0]}: " in done.stderr
