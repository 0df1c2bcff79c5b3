# SPDX-License-Identifier: Apache-2.0
"""Section 7: the protocol, and what of section 9 is a request."""

import json

from images import TYPE, form, part, png
from table import (ADD, BASE, CONTACT, CREATE, HEALTH, IMAGE, LIST, LOGIN,
                   PHOTO, PLAIN, REMOVE, SHOW, TOKEN, UPDATE, UPLOADED, VIEW,
                   WHICH, Row, create, get, has_keys, is_empty, is_plain, post,
                   remove, request, send, show, update)

READS = [SHOW, LIST, VIEW, HEALTH, BASE + "openapi.json", IMAGE]
WRITES = [CREATE, UPDATE, ADD, REMOVE, LOGIN]
QUERY = f"{WHICH}=id={PLAIN}&token={TOKEN}"
UPLOAD = form(part("token", TOKEN), part(WHICH, f"id={UPLOADED}"),
              part("file", png(), "a.png"))
CHUNKED = "Transfer-Encoding: chunked"
BODY = json.dumps({"token": TOKEN, WHICH: {"id": PLAIN}})
CHUNKS = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"


def ending(path):
    return path.rpartition("/")[2]


def framed(*headers, text=CHUNKS, version="1.1"):
    """A POST whose framing is as it stands."""
    return request("POST", REMOVE, headers, version=version) + text.encode()


def core(name, sent, *statuses, closes=True, **more):
    """What httpd answers by itself."""
    return Row(name, sent, statuses or (400,), closes=closes, **more)


def condition(value):
    return update(PLAIN, f"If-Match: {value}", notes="n")


KEYS = ["", "x" * 256, "a b", "a\tb", "\u00e9"]

ROWS = [
    # H01 two readings of one request
    core("H01 both lengths", framed(CHUNKED, "Content-Length: 5"), 200),
    core("H01 two lengths", framed("Content-Length: 5", "Content-Length: 6")),
    core("H01 two equal lengths in a list", framed("Content-Length: 5, 5")),
    *[core(f"H01 {coding}", framed(f"Transfer-Encoding: {coding}"), 400, 501)
      for coding in ("xchunked", "identity", "gzip", "chunked, gzip",
                     "chunked, identity", "\x0bchunked", "chunked;x=y")],
    *[core(f"H01 length {length}", framed(f"Content-Length: {length}"))
      for length in ("-1", "+5", "0x5", "5x", "", "9" * 30)],
    core("H01 chunked twice", framed("Transfer-Encoding: chunked, chunked"),
         200, closes=False),
    core("H01 folded", framed("X: 1\r\n 2", CHUNKED), 200, closes=False),
    core("H01 blank before the colon", framed("Transfer-Encoding : chunked")),
    core("H01 no name", framed(": x")),
    core("H01 chunks in HTTP/1.0", framed(CHUNKED, version="1.0"), 200),
    Row("H01 chunks in capitals",
        framed("TRANSFER-ENCODING: Chunked"), after=is_empty),
    # H02 a body that nobody read
    Row("H02 401 before a large body", [
        request("POST", ADD, (f"Content-Type: {TYPE}",
                              f"Authorization: Bearer {'0' * 32}"),
                "x" * 100000)], ["INVALID_TOKEN"], "token", closes=True),
    Row("H02 404 with a body", [post(BASE + "nothing", "x" * 100000),
                                show(f"id={PLAIN}")], ["NOT_FOUND", "OK"],
        after=is_plain),
    Row("H02 405 with a body", [post(SHOW, BODY), show(f"id={PLAIN}")],
        ["METHOD_NOT_ALLOWED", "OK"], after=is_plain),
    Row("H02 413 with a body", post(CREATE, "x" * 300000),
        "PAYLOAD_TOO_LARGE", closes=True),
    Row("H02 a request inside the body of a GET", [
        request("GET", f"{SHOW}?{QUERY}", (), show(f"id={PLAIN}")),
        request("GET", HEALTH)], ["OK", "OK"], after=is_empty),
    Row("H02 a request inside a body", post(CREATE, show(f"id={PLAIN}")),
        "INVALID_REQUEST"),
    # H03
    Row("H03 five in a row", [
        show(f"id={PLAIN}"), send(REMOVE, {}, token="0" * 32), remove(),
        request("POST", ADD, (f"Content-Type: {TYPE}",), UPLOAD),
        show("id=0")],
        ["OK", "INVALID_TOKEN", "OK", "OK", "NOT_FOUND"], writes=PHOTO),
    # H04 methods
    *[Row(f"H04 {method} {ending(path)}", request(method, path),
          "METHOD_NOT_ALLOWED") for path in READS + WRITES
      for method in ("PUT", "DELETE", "PATCH", "FOO", "PROPFIND",
                     "get", "Post", "GETX", "LINK", "TRACE")],
    *[Row(f"H04 POST {ending(path)}", request("POST", path, (), "{}"),
          "METHOD_NOT_ALLOWED") for path in READS],
    *[Row(f"H05 GET {ending(path)}", get(path, f"{WHICH}=id={PLAIN}"),
          "METHOD_NOT_ALLOWED") for path in WRITES],
    core("H04 CONNECT", request("CONNECT", "x:80"), 400, 405, closes=False),
    core("H04 a method of 8,000 bytes", request("F" * 8000, SHOW), 400, 501,
         405, closes=False),
    core("H04 a method that is none", request("G{}T", SHOW)),
    core("H04 OPTIONS *", request("OPTIONS", "*"), 200, closes=False),
    Row("H04 OPTIONS", request("OPTIONS", UPDATE), (204,), method="HEAD"),
    Row("H04 HEAD", request("HEAD", f"{SHOW}?{QUERY}"), (200,),
        method="HEAD"),
    Row("H04 HEAD of nothing", request("HEAD", f"{SHOW}?{WHICH}=id=0"),
        (401,), method="HEAD"),
    # H06 old versions
    core("H06 1.0 without Host", request(
        "GET", f"{SHOW}?{QUERY}", version="1.0", host=None), 200),
    Row("H06 1.0 that stays", request(
        "GET", f"{SHOW}?{QUERY}", ("Connection: keep-alive",), version="1.0"),
        (200,)),
    *[core(f"H06 version {version}", request("GET", HEALTH, version=version),
           400, 505) for version in ("1.10", "11", "x")],
    Row("H06 version 2.0 is answered as 1.1",
        request("GET", HEALTH, version="2.0"), after=is_empty),
    # H07 headers
    core("H07 101 headers", request(
        "GET", HEALTH, [f"X{i}: y" for i in range(101)])),
    core("H07 a header of 9,000 bytes",
         request("GET", HEALTH, ["X: " + "y" * 9000])),
    core("H07 NUL", request("GET", HEALTH, ["X: a\0b"])),
    core("H07 CR", request("GET", HEALTH, ["X: a\rb"])),
    Row("H07 90 headers of 8 KiB", request(
        "GET", f"{SHOW}?{QUERY}", [f"X{i}: {'y' * 8000}" for i in range(90)]),
        after=is_plain),
    Row("H07 a Content-Type of 8 KB", post(
        REMOVE, BODY).replace(b"application/json", b"x" * 8000),
        after=is_empty),
    # H08 negotiation
    *[Row(f"H08 {header[:40]}", show(f"id={PLAIN}", "", header),
          after=is_plain) for header in (
        "Accept: text/html", "Accept: */*;q=0", "Accept: " + "a/b," * 1900,
        "Accept-Charset: utf-16", "Accept-Language: \x80", "Accept: ;;;",
        "Accept-Encoding: gzip;q=x", "TE: trailers",
        "Cookie: " + "a=b; " * 999,
        "Range: bytes=0-1", "If-Range: x", "If-Modified-Since: x",
        "Upgrade: h2c", "X-Forwarded-For: ' or 1=1", "Referer: \x80\x81")],
    # H10 content codings
    *[Row(f"H10 {coding}", remove("", None, f"Content-Encoding: {coding}"),
          "UNSUPPORTED_MEDIA_TYPE")
      for coding in ("gzip", "br", "x", "gzip, identity", "deflate")],
    Row("H10 identity", remove("", None, "Content-Encoding: Identity"),
        after=is_empty),
    # H11 conditions
    *[Row(f"H11 If-Match {value[:40]}", condition(value),
          "PRECONDITION_FAILED", "If-Match") for value in (
        '"99-x"', 'W/"1-x"', "1", '"1', '"x"', '""', '"-1"', '"1x"',
        '"18446744073709551617-x"',
        ", ".join(f'"{i}-x"' for i in range(900, 1000)))],
    Row("H11 If-Match on create", create("If-Match: *"), writes=CONTACT),
    *[Row(f"H11 If-None-Match {value}", show(
        f"id={PLAIN}", "", f"If-None-Match: {value}"), after=is_plain)
      for value in ('"x"', '"unterminated', "W/", ",,,")],
    Row("H11 If-None-Match *", show(f"id={PLAIN}", "", "If-None-Match: *"),
        (304,)),
    # H12 idempotency
    *[Row(f"H12 {key[:12]!r}", create(f"Idempotency-Key: {key}"),
          "INVALID_REQUEST", "Idempotency-Key") for key in KEYS],
    Row("H12 twice", create("Idempotency-Key: a", "Idempotency-Key: b"),
        "INVALID_REQUEST", "Idempotency-Key"),
    Row("H12 on another call", remove("", None, "Idempotency-Key: a b"),
        after=is_empty),
    Row("H12 first", create("Idempotency-Key: attack-1"),
        writes=(*CONTACT, "idempotency")),
    Row("H12 again", create("Idempotency-Key: attack-1")),
    Row("H12 with other content",
        create("Idempotency-Key: attack-1", notes="x"), "CONFLICT"),
    # H13
    core("H13 Expect", get(HEALTH, "", "Expect: foo", token=None), 417),
    # H15 and H16 what comes back
    *[Row(f"H15 {name}", sent, "NOT_FOUND") for name, sent in (
        ("a path with a line end", get(BASE + "x%0d%0aSet-Cookie:%20a=b")),
        ("a path of 7,000 bytes", get(BASE + "x" * 7000)),
        ("a path in UTF-8", get(BASE + "%CE%9C")),
        ("a path that is no UTF-8", get(BASE + "%FF%FE")),
        ("a path of escapes", get(BASE + "%1b%5b31m%25n%25s")),
        ("a path of markup", get(BASE + "<script>")))],
    Row("H15 a parameter with a line end",
        show(f"id={PLAIN}", "fields_set=id%0d%0aX:%20y"),
        after=has_keys()),
    Row("H16 a name of 7,000 bytes twice",
        get(LIST, f"{'x' * 3500}=1&{'x' * 3500}=1"), "INVALID_REQUEST"),
    Row("H16 a word of 100,000 bytes", send(
        CREATE, {"type": "x" * 100000}), "INVALID_PARAMETER", "type"),
    Row("H16 50 wrong elements", create(address_set=[
        {"type": "x" * 1000, "street_name": 5}] * 50), "INVALID_PARAMETER",
        "address_set[0].type"),
    # R15 and R18
    Row("R15 format in a token", show(f"id={PLAIN}", "token=%25n%25s",
                                      token=None), "INVALID_TOKEN", "token"),
    Row("R15 format in an identifier", show("%25s%25n=1"),
        "INVALID_IDENTIFIER", WHICH),
    Row("R18 health with a token", get(HEALTH), after=is_empty),
    Row("R18 health tells nothing", request("GET", HEALTH),
        after=is_empty),
    Row("H12 a GET", show(f"id={PLAIN}", "", "Idempotency-Key: a b"),
        after=is_plain),
]
