# SPDX-License-Identifier: Apache-2.0
"""Small valid images of any size in bytes, and the forms that carry them."""

import struct
import zlib


def png_chunk(kind, data):
    crc = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + crc


def png(size=100, width=1, height=1, fill=b"p"):
    """A PNG of exactly size bytes, 80 or more; a text chunk fills it up."""
    head = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(
        ">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    tail = (png_chunk(b"IDAT", zlib.compress(b"\0\0"))
            + png_chunk(b"IEND", b""))
    room = size - len(head) - len(tail) - 12
    assert room >= 0
    return head + png_chunk(b"tEXt", (fill * room)[:room]) + tail


def jpeg(size=100, width=1, height=1):
    """A JPEG of exactly size bytes, 60 or more; its scan fills it up."""
    head = (b"\xff\xd8\xff\xc0" + struct.pack(
        ">HBHHBBBB", 11, 8, height, width, 1, 1, 0x11, 0)
        + b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 0, 63, 0))
    return head + b"j" * (size - len(head) - 2) + b"\xff\xd9"


def gif():
    return (b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0)
            + b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0)
            + b"\x02\x02L\x01\x00" + b";")


def webp():
    data = b"\x2f\0\0\0\0\0"
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


BOUNDARY = "xXxBoundaryxXx"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def part(name, content, file_name=None, *headers):
    """One part with its boundary line."""
    content = content if isinstance(content, bytes) else content.encode()
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    if file_name is not None:
        head += f'; filename="{file_name}"'
    head = "\r\n".join((head, *headers))
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


def form(*parts):
    """A whole body."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
