# SPDX-License-Identifier: Apache-2.0
"""Section 6: what a photo may be, and how it is fetched."""

import struct
import zlib

from images import TYPE, form, gif, jpeg, part, png, png_chunk, webp
from table import (ADD, FILE, IMAGE, PHOTO, TOKEN, UPLOADED, WHICH, Row, get,
                   request)

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NO_IMAGES = {
    "HTML": b"<!DOCTYPE html><script>alert(1)</script>",
    "script": b"alert(1)", "XML": b'<?xml version="1.0"?><x/>',
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "SVG with entity": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/x">]>',
    "SVGZ": b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"x" * 50,
    "PDF": b"%PDF-1.7\n", "ZIP": b"PK\3\4" + b"\0" * 100,
    "EXE": b"MZ" + b"\0" * 100, "ELF": b"\x7fELF" + b"\0" * 100,
    "PHP": b"<?php phpinfo();", "MVG": b"push graphic-context\nviewbox",
    "label": b"label:@/etc/passwd", "EPS": b"%!PS-Adobe-3.0 EPSF",
    "BMP": b"BM" + b"\0" * 100, "TIFF": b"II*\0" + b"\0" * 100,
    "TIFF, big-endian": b"MM\0*" + b"\0" * 100, "ICO": b"\0\0\1\0\1\0" * 20,
    "HEIC": b"\0\0\0\x20ftypheic" + b"\0" * 100,
    "AVIF": b"\0\0\0\x20ftypavif" + b"\0" * 100,
    "JXL": b"\xff\x0a" + b"\0" * 100,
    "RIFF": b"RIFF\x20\0\0\0WAVE" + b"x" * 32,
    "blank before": b" " + png(), "BOM before": b"\xef\xbb\xbf" + gif(),
}
DAMAGED = {
    "JPEG magic": b"\xff\xd8\xff" + b"random" * 50,
    "PNG magic": SIGNATURE + b"random" * 50, "GIF magic": b"GIF89a" + b"x",
    "GIF of another version": b"GIF88a" + gif()[6:],
    "JPEG without end": jpeg()[:-2], "PNG without header": SIGNATURE
    + png()[33:], "PNG with two headers": png()[:33] + png()[8:33]
    + png()[33:], "PNG with end first": SIGNATURE + png_chunk(b"IEND", b"")
    + png()[8:], "PNG with a chunk of 4 GiB": png()[:33] + struct.pack(
        ">I", 2**32 - 1) + b"IDAT" + b"x" * 50,
    "PNG of no width": png(100, 0, 1), "GIF of no height": gif()[:8]
    + b"\0\0" + gif()[10:], "WebP too short": webp()[:-3],
    "WebP of 4 GiB": webp()[:4] + b"\xff" * 4 + webp()[8:],
    "WebP with a chunk of 4 GiB": webp()[:16] + b"\xff" * 4 + webp()[20:],
    "JPEG with a segment of no length": b"\xff\xd8\xff\xe0\0\0" + jpeg()[2:],
}
BOMBS = {
    "PNG": png(100, 65535, 65535), "PNG of 2^31": png(100, 2**31 - 1, 1),
    "JPEG": jpeg(100, 65500, 65500),
    "GIF frame": gif()[:6] + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0)
    + gif()[13:],
    "WebP": webp()[:21] + b"\xff\xff\xff\x0f" + webp()[25:],
}
POLYGLOTS = {
    "PNG and PHP": png(200, fill=b"<?php phpinfo(); ?>"),
    "PNG and HTML": png(200, fill=b"<script>alert(1)</script>"),
    "JPEG and HTML": b"\xff\xd8\xff\xfe\0\x1b<script>alert(1)</script>"
    + jpeg()[2:],
}
# Little that would be much if anyone unpacked it; nobody does.
BOMBED = {
    f"PNG {kind.decode()}": png()[:33] + png_chunk(
        kind, before + zlib.compress(bytes(5000000))) + png()[33:]
    for kind, before in ((b"IDAT", b""), (b"zTXt", b"k\0\0"),
                         (b"iCCP", b"n\0\0"))}
BOMBED["GIF LZW"] = gif()[:-5] + (b"\xff" + bytes(255)) * 99 + gif()[-5:]
EXIF = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0GPS"
WITH_EXIF = {
    name: jpeg()[:2] + b"".join(
        b"\xff\xe1" + struct.pack(">H", 2 + len(data)) + data
        for data in (EXIF, *more)) + jpeg()[2:]
    for name, more in (("GPS", ()), ("a thumbnail", (EXIF + jpeg(60000),)),
                       ("a script", (EXIF + b"<script>alert(1)</script>",)))}
HEADERS = {"GIF declared PNG": (gif(), "image/png", "image/gif"),
           "PNG declared HTML": (png(), "text/html", "image/png"),
           "WebP declared nothing": (webp(), "x", "image/webp"),
           "JPEG declared SVG": (jpeg(), "image/svg+xml", "image/jpeg")}


def upload(data, declared="image/jpeg"):
    return request("POST", ADD, (f"Content-Type: {TYPE}",), form(
        part("token", TOKEN), part(WHICH, f"id={UPLOADED}"),
        part("file", data, "a.jpg", f"Content-Type: {declared}")))


def served_as(mime_type):
    """A check: the stored photo is served as this and nothing else."""
    def check(world, data):
        assert data["file_mime_type"] == mime_type
        answer = world.api.http.get(
            world.service.env["SERVER"] + data["file_content_url"],
            params={"token": world.api.token,
                    "id": data["file_content_url"].partition("id=")[2]},
            headers={"Accept": "text/html"})
        headers = answer.headers
        assert headers["content-type"] == mime_type
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == \
            "default-src 'none'; sandbox"
        assert headers["content-disposition"].startswith("inline; filename=")
    return check


def is_kept(mime_type, sent):
    """A check: served as this, byte for byte what was sent."""
    def check(world, data):
        served_as(mime_type)(world, data)
        answer = world.api.http.get(
            world.service.env["SERVER"] + data["file_content_url"]
            + f"&token={world.api.token}")
        assert answer.content == sent
    return check


def fetch(*headers, query=f"id={FILE}"):
    return get(IMAGE, query, *headers)


RANGES = [("bytes=0-", 206), ("bytes=-1", 206), ("bytes=5-2", 200),
          ("bytes=0-9223372036854775808", 200), ("items=0-1", 200),
          ("bytes=99999-", 416), ("bytes=", 200), ("bytes=a-b", 200),
          ("bytes=--1", 200), ("bytes=" + "0-0," * 1000 + "0-0", 200),
          ("bytes=-0", 200), ("bytes=1-0,2-1", 200)]
TAGS = [("*", 304), ('"unterminated', 200), ("unquoted", 200), ('W/"x"', 200),
        (", ".join(f'"{i:032X}"' for i in range(200)), 200),
        (f'"{FILE}"', 304),
        (f'W/"{FILE}"', 304), (f'"{FILE}', 200)]
IDS = [("", "MISSING_PARAMETER"), ("%20", "MISSING_PARAMETER"),
       ("x", "NOT_FOUND"), (FILE + "%20", "NOT_FOUND"),
       (FILE.lower(), "NOT_FOUND"), ("%25", "NOT_FOUND"),
       ("'%20or%20'1", "NOT_FOUND"), ("../../etc/passwd", "NOT_FOUND"),
       ("%00", "INVALID_REQUEST"), ("x" * 7000, "NOT_FOUND")]

ROWS = [
    *[Row(f"I14 Range {value[:30]}", fetch(f"Range: {value}"), (status,))
      for value, status in RANGES],
    Row("I14 If-Range of another", fetch("Range: bytes=0-1",
                                         'If-Range: "x"'), (200,)),
    *[Row(f"I15 If-None-Match {value[:40]}",
          fetch(f"If-None-Match: {value}"), (status,))
      for value, status in TAGS],
    Row("I15 If-Match of another", fetch('If-Match: "x"'),
        "PRECONDITION_FAILED"),
    *[Row(f"X06 id {text[:20]}", fetch(query=f"id={text}"), code,
          "id" if code == "MISSING_PARAMETER" else "") for text, code in IDS],
    Row("X06 two ids", fetch(query=f"id={FILE}&id={FILE}"), "INVALID_REQUEST",
        "id"),
    Row("I13 asked for as a page", fetch("Accept: text/html",
                                         "Sec-Fetch-Dest: iframe"), (200,)),
    *[Row(f"I01-I12 {name}", upload(data), "UNSUPPORTED_MEDIA_TYPE", "file")
      for name, data in {**NO_IMAGES, **DAMAGED}.items()],
    *[Row(f"I05 {kind} cut at {size}", upload(data[:size]),
          "UNSUPPORTED_MEDIA_TYPE", "file")
      for kind, data in (("PNG", png()), ("JPEG", jpeg()), ("GIF", gif()),
                         ("WebP", webp()))
      for size in (3, 8, 12, 16, 20, 24, len(data) - 1)],
    *[Row(f"I06 {name}", upload(data), "PAYLOAD_TOO_LARGE", "file")
      for name, data in BOMBS.items()],
    *[Row(f"I03 {name}", upload(data), writes=PHOTO,
          after=served_as("image/png" if name[0] == "P" else "image/jpeg"))
      for name, data in POLYGLOTS.items()],
    *[Row(f"I07 {name}", upload(data), writes=PHOTO,
          after=is_kept("image/png" if name[0] == "P" else "image/gif", data))
      for name, data in BOMBED.items()],
    *[Row(f"I10 {name}", upload(data), writes=PHOTO,
          after=is_kept("image/jpeg", data))
      for name, data in WITH_EXIF.items()],
    *[Row(f"I04 {name}", upload(data, declared), writes=PHOTO,
          after=served_as(kind))
      for name, (data, declared, kind) in HEADERS.items()],
]
