# SPDX-License-Identifier: Apache-2.0
"""What the rows of the attack tables are made of.

A row is one request, or several on one connection, with the answer that it
must get. Requests are bytes. What is known only when a service runs is written
as a mark of the same length, 32 bytes, so that lengths are right before it is
put in.
"""

import base64
import dataclasses
import json
import typing

BASE = "/crmapi/rest/v2/"
SHOW = BASE + "contact_information/show"
LIST = BASE + "contact_information/list"
CREATE = BASE + "contact_information/create"
UPDATE = BASE + "contact_information/update"
VIEW = BASE + "contact_information/profile_photo/view"
ADD = BASE + "contact_information/profile_photo/add"
REMOVE = BASE + "contact_information/profile_photo/remove"
LOGIN = BASE + "authentication/token"
RELEASE = LOGIN + "/release"
KEY_LOGIN = BASE + "authentication/web_api_key/token"
HEALTH = BASE + "health"
IMAGE = "/crm/ImageDownloadServlet"
WHICH = "contact_information_identifier"


def mark(name):
    return name.ljust(32, "_")


TOKEN = mark("TOKEN")                # of the demo user
LOW = mark("LOW")                    # of a user with a low clearance
PLAIN = mark("PLAIN")                # a contact without sets and photo
PICTURED = mark("PICTURED")          # a contact with a photo
UPLOADED = mark("UPLOADED")          # the contact that gets photos
FILE = mark("FILE")                  # that photo
ELEMENT = mark("ELEMENT")            # an address of the contact PICTURED
FOREIGN = mark("FOREIGN")            # a contact of another organisation
FOREIGN_FILE = mark("FOREIGN_FILE")  # its photo
FOREIGN_ELEMENT = mark("FOREIGN_ELEMENT")
TWINS = mark("TWINS")                # an identity number of two contacts
MARKS = (TOKEN, LOW, PLAIN, PICTURED, UPLOADED, FILE, ELEMENT, FOREIGN,
         FOREIGN_FILE, FOREIGN_ELEMENT, TWINS)

# Tables that a request writes
CONTACT = ("contact",)
SESSION = ("login_session",)
KEYED = ("contact", "contact_key")
PHOTO = ("profile_photo", "profile_photo_chunk")


@dataclasses.dataclass(frozen=True)
class Row:
    """One attack.

    code    of the envelope, or the statuses of httpd's own answer; a list:
            one for each request
    names   what the description of the error names
    closes  the server ends the connection
    writes  tables that change
    after   called with the world and the data of the answer
    logs    tags of httpd's own that the error log may have
    method  where the answer's form depends on it
    seconds of processor time that the request may cost
    """

    id: str
    request: bytes
    code: typing.Any = "OK"
    names: str = ""
    closes: bool = False
    writes: tuple = ()
    after: typing.Callable = None
    logs: tuple = ()
    method: str = "GET"
    half_close: bool = False
    seconds: float = 1


def encoded(value):
    return value if isinstance(value, bytes) else value.encode()


def request(method, target, headers=(), body=None, version="1.1", host="x"):
    """A request; a body brings its Content-Length."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host:
        lines.append(f"Host: {host}")
    if body is not None:
        body = encoded(body)
        lines.append(f"Content-Length: {len(body)}")
    lines += headers
    return encoded("\r\n".join(lines) + "\r\n\r\n") + (body or b"")


def get(target, query="", *headers, token=TOKEN):
    """GET with a query that is sent as it stands."""
    pieces = [piece for piece in (query, token and f"token={token}") if piece]
    return request("GET", f"{target}?{'&'.join(pieces)}", headers)


def show(identifier, query="", *headers, token=TOKEN):
    return get(SHOW, f"{WHICH}={identifier}{query and '&' + query}", *headers,
               token=token)


def post(target, body, *headers):
    """POST of bytes as they stand."""
    return request("POST", target,
                   ("Content-Type: application/json", *headers), body)


def send(target, value, *headers, token=TOKEN):
    """POST of an object with the token in it."""
    text = json.dumps({**({"token": token} if token else {}), **value},
                      ensure_ascii=False)
    return post(target, text, *headers)


def person(**more):
    return {"type": "PERSON", "first_name": "At", "last_name": "Tack", **more}


def create(*headers, **more):
    return send(CREATE, person(**more), *headers)


def update(contact=PLAIN, *headers, **more):
    return send(UPDATE, {WHICH: {"id": contact}, **more}, *headers)


def remove(more=b"", identifier=None, *headers):
    """Removal of the photo that a contact does not have: it writes nothing.
    more: members as they stand, each with a comma behind it."""
    identifier = identifier or '{"id":"%s"}' % PLAIN
    return post(REMOVE, b"{" + encoded(more) + encoded(
        f'"token":"{TOKEN}","{WHICH}":{identifier}}}'), *headers)


def login(**changes):
    """A login of the demo user, or not quite."""
    return send(LOGIN, {"organisation": "DEMO", "username": "demo",
                        "password": "demo-password", **changes}, token=None)


def basic(text):
    return "Authorization: Basic " + base64.b64encode(encoded(text)).decode()


def shown(**expected):
    """A check: the contact of the answer has these values when it is shown."""
    def check(world, data):
        contact = world.api.show(data["id"])
        assert {key: contact[key] for key in expected} == expected
    return check


def is_empty(_, data):
    """A check: no data, or an empty list."""
    assert data in ({}, [])


def has_keys(*keys):
    """A check: these members and no others."""
    def check(world, data):
        assert set(data) == set(keys)
    return check


def is_plain(world, data):
    """A check: the contact that was asked for."""
    assert data["id"] == world.values[PLAIN]
