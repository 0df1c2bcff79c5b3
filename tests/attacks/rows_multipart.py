# SPDX-License-Identifier: Apache-2.0
"""Section 3: multipart and uploads."""

import re

from images import BOUNDARY, TYPE, form, jpeg, part, png
from table import (ADD, CREATE, FOREIGN, MARKS, PHOTO, PLAIN, TOKEN, UPLOADED,
                   WHICH, Row, encoded, has_keys, request)

LIMIT = 5242880
WITH_TOKEN = part("token", TOKEN)
WITH_CONTACT = part(WHICH, f"id={UPLOADED}")
WITH_FILE = part("file", png(), "a.png")
LAST = f"--{BOUNDARY}--\r\n".encode()
GOOD = WITH_TOKEN + WITH_CONTACT + WITH_FILE + LAST
DATA = "multipart/form-data"
TRIPLE = has_keys("file_name", "file_content_url", "file_mime_type")


def body(data, content_type=TYPE, *headers):
    """A body as it stands."""
    return request("POST", ADD, (f"Content-Type: {content_type}", *headers),
                   data)


def bounded(boundary, written=None):
    """A good form with another boundary: as its parts have it, and as the
    header has it."""
    return body(GOOD.replace(BOUNDARY.encode(), boundary.encode()),
                f"{DATA}; boundary={written or boundary}")


def parts(*more):
    """A good form with these parts besides."""
    return body(WITH_TOKEN + WITH_CONTACT + b"".join(more) + WITH_FILE + LAST)


def headed(text, content=b"1"):
    """The same with a part of these headers, as they stand."""
    return parts(f"--{BOUNDARY}\r\n".encode() + encoded(text) + b"\r\n\r\n"
                 + content + b"\r\n")


def named(file_name):
    """A good form whose file has this name, in quotes and as it stands."""
    return body(form(WITH_TOKEN, WITH_CONTACT,
                     part("file", png(), file_name)))


def identified(text):
    return body(form(WITH_TOKEN, part(WHICH, text), WITH_FILE))


def single(data):
    """The bytes one by one; the marks whole, since they are replaced."""
    pieces = re.split(f"({'|'.join(MARKS)})", data.decode("latin-1"))
    for index, piece in enumerate(pieces):
        piece = piece.encode("latin-1")
        yield from [piece] if index % 2 else (
            piece[i:i + 1] for i in range(len(piece)))


def chunked(*pieces, last=b"0\r\n\r\n", extension=b""):
    """A good form's head with a body in these chunks."""
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece)
                      for piece in pieces)
    return request("POST", ADD, (f"Content-Type: {TYPE}",
                                 "Transfer-Encoding: chunked")) + chunks + last


def cut(data, announced=None):
    """A body that is shorter than its Content-Length."""
    return request("POST", ADD, (
        f"Content-Type: {TYPE}",
        f"Content-Length: {announced or len(data) + 10}")) + data


def fine(name, sent, seconds=1):
    return Row(name, sent, writes=PHOTO, after=TRIPLE, seconds=seconds)


def bad(name, sent, code="INVALID_REQUEST", names="", closes=True):
    """What is refused before the end of the body closes the connection."""
    return Row(name, sent, code, names, closes)


DISPOSITION = "Content-Disposition: form-data; name=a"
IDENTIFIERS = [
    ("id=", "INVALID_IDENTIFIER"), ("=", "INVALID_IDENTIFIER"),
    ("id", "INVALID_IDENTIFIER"), (UPLOADED, "INVALID_IDENTIFIER"),
    ("id=a=b", "NOT_FOUND"), (f"id={UPLOADED}&id={PLAIN}", "NOT_FOUND"),
    (f"%69d={UPLOADED}", "INVALID_IDENTIFIER"),
    (f'{{"id":"{UPLOADED}"}}', "INVALID_IDENTIFIER"),
    (f" id={UPLOADED}", "INVALID_IDENTIFIER"),
    (f"id={FOREIGN}", "NOT_FOUND"),
    (f"id={UPLOADED}\r\n", "INVALID_PARAMETER"),
    ("id_number=%' OR '1'='1", "NOT_FOUND"),
]

ROWS = [
    # M01 the boundary
    bad("M01 no boundary", body(GOOD, DATA)),
    bad("M01 empty boundary", body(GOOD, DATA + "; boundary=")),
    bad("M01 empty quoted boundary", body(GOOD, DATA + '; boundary=""')),
    fine("M01 70 bytes", bounded("b" * 70)),
    bad("M01 71 bytes", bounded("b" * 71)),
    bad("M01 1,000 bytes", bounded("b" * 1000)),
    bad("M01 8,000 bytes", bounded("b" * 8000)),
    fine("M01 quoted", bounded("x y'()+_,-./:=?z", '"x y\'()+_,-./:=?z"')),
    bad("M01 quoted quote", bounded('x"y', '"x\\"y"')),
    bad("M01 backslash", bounded("x\\y", '"x\\\\y"')),
    bad("M01 blank at the end", bounded("x ", '"x "')),
    bad("M01 not closed", body(GOOD, f'{DATA}; boundary="{BOUNDARY}')),
    fine("M01 folded: httpd puts a blank there",
         body(GOOD, f"{DATA};\r\n boundary={BOUNDARY}")),
    # M02 where the boundary is
    bad("M02 never", body(b"nothing of the kind"), closes=False),
    bad("M02 only its beginning", body(f"--{BOUNDARY[:4]}\r\n".encode() * 9),
        closes=False),
    bad("M02 nothing at all", body(b""), closes=False),
    fine("M02 like the boundary, not quite", parts(part(
        "x", f"\r\n--{BOUNDARY[:-1]}\r\n--{BOUNDARY[:-1]}!--{BOUNDARY}"))),
    # M03 the end
    bad("M03 no end", body(GOOD[:-len(LAST)]), closes=False),
    bad("M03 half an end", body(GOOD[:-4]), closes=False),
    fine("M03 no line end", body(GOOD[:-2])),
    fine("M03 text behind the end", body(GOOD + b"x" * 50000)),
    fine("M03 parts behind the end", body(GOOD + GOOD)),
    fine("M03 text before", body(b"x" * 1000 + b"\r\n" + GOOD)),
    bad("M03 1 MB before", body(b"x" * 1048576 + b"\r\n" + GOOD)),
    # M04 line ends
    bad("M04 LF only", body(GOOD.replace(b"\r\n", b"\n"))),
    bad("M04 CR only", body(GOOD.replace(b"\r\n", b"\r")), closes=False),
    bad("M04 LF in a header", headed(DISPOSITION + "\nX: y")),
    bad("M04 CR in a header", headed(DISPOSITION + "\rX: y")),
    bad("M04 NUL in a header", headed(DISPOSITION + "\0")),
    # M05 headers of a part
    bad("M05 none", headed("")),
    bad("M05 no disposition", headed("Content-Type: text/plain")),
    bad("M05 no name", headed("Content-Disposition: form-data")),
    bad("M05 empty name", headed('Content-Disposition: form-data; name=""')),
    bad("M05 two dispositions", headed(f"{DISPOSITION}\r\n{DISPOSITION}")),
    bad("M05 two names", headed(DISPOSITION + "; name=b")),
    bad("M05 another disposition", headed(
        "Content-Disposition: attachment; name=a")),
    bad("M05 no colon", headed("Content-Disposition form-data; name=a")),
    bad("M05 blank before the colon", headed(
        "Content-Disposition : form-data; name=a")),
    bad("M05 name not UTF-8", headed(
        b'Content-Disposition: form-data; name="\xff"')),
    bad("M05 name extended", headed(
        "Content-Disposition: form-data; name*=UTF-8''a")),
    fine("M05 a name that nobody knows", parts(part("__proto__", "x"))),
    # M06 and M07 how many, how long
    bad("M06 a header of 8 KiB", headed(DISPOSITION + "\r\nX: " + "y" * 8192),
        "PAYLOAD_TOO_LARGE"),
    bad("M06 a header of 1 MB",
        headed(DISPOSITION + "\r\nX: " + "y" * 1048576), "PAYLOAD_TOO_LARGE"),
    bad("M06 10,000 headers", headed(DISPOSITION + "\r\nX: y" * 10000),
        "PAYLOAD_TOO_LARGE"),
    bad("M06 folded", headed(DISPOSITION + "\r\nX: 1\r\n 2")),
    bad("M06 a name of quotes", headed(
        'Content-Disposition: form-data; name="' + '\\"' * 3000),
        "PAYLOAD_TOO_LARGE"),
    fine("M07 13 parts more", parts(*[part(f"x{i}", "1") for i in range(13)])),
    bad("M07 14 parts more", parts(*[part(f"x{i}", "1") for i in range(14)]),
        "PAYLOAD_TOO_LARGE"),
    bad("M07 10,000 parts", parts(*[part("x", "1")] * 10000),
        "PAYLOAD_TOO_LARGE"),
    bad("M07 1,000 files", parts(*[part("x", "1", "f")] * 1000),
        "PAYLOAD_TOO_LARGE"),
    bad("M08 a field of 50 MB", body(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="token"'
        "\r\n\r\n".encode() + b"x" * 1000000),
        "PAYLOAD_TOO_LARGE", "token"),
    bad("M08 an unknown field of 6 MB", parts(part("x", b"x" * 6000000)),
        "PAYLOAD_TOO_LARGE"),
    bad("M08 fields_set of 9,000 bytes", parts(part("fields_set", "x" * 9000)),
        "PAYLOAD_TOO_LARGE", "fields_set"),
    # M09 and M10 which parts
    fine("M09 file first", body(form(WITH_FILE, WITH_CONTACT, WITH_TOKEN))),
    bad("M09 no token", body(form(WITH_FILE, WITH_CONTACT)), "INVALID_TOKEN",
        "token", closes=False),
    bad("M09 no identifier", body(form(WITH_TOKEN, WITH_FILE)),
        "MISSING_PARAMETER", WHICH, closes=False),
    bad("M09 no file", body(form(WITH_TOKEN, WITH_CONTACT)),
        "MISSING_PARAMETER", "file", closes=False),
    bad("M09 a bad token behind the file", body(form(
        WITH_FILE, WITH_CONTACT, part("token", "0" * 32))), "INVALID_TOKEN",
        "token", closes=False),
    bad("M10 token twice", parts(WITH_TOKEN), names="token"),
    bad("M10 identifier twice", parts(WITH_CONTACT), names=WHICH),
    bad("M10 file twice", parts(WITH_FILE), names="file"),
    Row("M10 token in query and form", request(
        "POST", f"{ADD}?token={TOKEN}", (f"Content-Type: {TYPE}",), GOOD),
        "INVALID_REQUEST", "token"),
    # M11 the small language of identifiers
    fine("M11 as published", identified(f"id={UPLOADED}")),
    *[bad(f"M11 {text}", identified(text), code, WHICH, closes=False)
      for text, code in IDENTIFIERS],
    bad("M11 with NUL", identified(f"id={UPLOADED}\0x"), names=WHICH),
    # M12 file names
    *[fine(f"M12 {name[:20]!r}", named(name)) for name in (
        "../../etc/passwd", "C:\\\\x", "a.php%00.jpg", "a.jpg.php", "n" * 3000,
        "", ".", "..", "...", "a\x01b", 'a\\";x=\\"b', "Μαρία.png", "con",
        "a\tb", "%s%n", "<script>", "a/../b", "-rf", " ")],
    bad("M12 a name of 5,000 bytes", named("n" * 5000), "PAYLOAD_TOO_LARGE"),
    bad("M12 NUL in a name", named("a.php\0.jpg")),
    fine("M12 both names", body(form(WITH_TOKEN, WITH_CONTACT, part(
        "file", png(), "a.png\"; filename*=UTF-8''b\"")).replace(
            b"b\"\"", b"b"))),
    bad("M12 two names", body(form(WITH_TOKEN, WITH_CONTACT, part(
        "file", png(), 'a"; filename="b')))),
    # M13 and M14 what parts may be
    bad("M13 nested", headed(
        DISPOSITION + "\r\nContent-Type: multipart/mixed; boundary=b"),
        "UNSUPPORTED_MEDIA_TYPE"),
    *[bad(f"M14 {coding}", headed(
        f"{DISPOSITION}\r\nContent-Transfer-Encoding: {coding}"))
      for coding in ("base64", "quoted-printable", "x")],
    bad("M14 gzip", headed(f"{DISPOSITION}\r\nContent-Encoding: gzip"),
        "UNSUPPORTED_MEDIA_TYPE"),
    # M15 how large
    *[bad(f"M15 {len(data)} bytes", body(form(
        WITH_TOKEN, WITH_CONTACT, part("file", data, "a.png"))),
        "UNSUPPORTED_MEDIA_TYPE", "file", closes=False)
      for data in (b"", b"\x89")],
    fine("M15 the largest", body(form(WITH_TOKEN, WITH_CONTACT, part(
        "file", png(LIMIT), "a.png"))), 2),
    bad("M15 one byte more", body(form(WITH_TOKEN, WITH_CONTACT, part(
        "file", png(LIMIT + 1), "a.png"))), "PAYLOAD_TOO_LARGE", "file"),
    # M16 and M17 framing
    Row("M16 the client stops", cut(GOOD[:-20]), "INVALID_REQUEST",
        closes=True, half_close=True),
    Row("M16 before the body", cut(b"", 1000), "INVALID_REQUEST", closes=True,
        half_close=True),
    Row("M16 a chunked body that stops", chunked(GOOD[:50], last=b""),
        "INVALID_REQUEST", closes=True, half_close=True),
    fine("M17 chunks of one byte",
         chunked(*single(GOOD))),
    fine("M17 a trailer", chunked(GOOD, last=b"0\r\ntoken: x\r\n\r\n")),
    fine("M17 an extension", chunked(GOOD, extension=b";a=b")),
    *[Row(f"M17 {name}", chunked(GOOD[:50], last=last), (400, 413))
      for name, last in (
        ("size of 16 F", b"F" * 16 + b"\r\nx"), ("negative", b"-1\r\nx"),
        ("17 digits", b"1" * 17 + b"\r\nx"), ("no digit", b"x\r\nx"),
        ("no line end", b"5\r\nabcdeX\r\n"))],
    # M22 the wrong kind of body
    bad("M22 JSON", body(b'{"token":"x"}', "application/json"),
        "UNSUPPORTED_MEDIA_TYPE"),
    bad("M22 no type", request("POST", ADD, (), GOOD),
        "UNSUPPORTED_MEDIA_TYPE"),
    bad("M22 mixed", body(GOOD, f"multipart/mixed; boundary={BOUNDARY}"),
        "UNSUPPORTED_MEDIA_TYPE"),
    bad("M22 a form for JSON", request("POST", CREATE, (
        f"Content-Type: {TYPE}",), GOOD), "UNSUPPORTED_MEDIA_TYPE",
        closes=False),
    Row("M21 a bad token before 10 MB", request("POST", ADD, (
        f"Content-Type: {TYPE}", f"Authorization: Bearer {'0' * 32}",
        "Content-Length: 5000000", "Expect: 100-continue")), "INVALID_TOKEN",
        closes=True),
    fine("M15 JPEG", body(form(WITH_TOKEN, WITH_CONTACT, part(
        "file", jpeg(), "a.jpg")))),
]
