# SPDX-License-Identifier: Apache-2.0
"""The anomaly shim from Python, and a database that is asked often.

Fault  arms shim.c: which call of the client library fails, and how
Sql    one connection to the service's database that stays open
"""

import getpass
import mmap
import os
import struct
import subprocess

from harness import Db

LAYOUT = struct.Struct("=7I100s")
SHIM = "fault_shim.so"


class Fault:
    """The file through which a test and httpd's children talk."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "fault"
        self.path.write_bytes(bytes(LAYOUT.size))
        with self.path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), LAYOUT.size)

    def variables(self, build):
        """What a Service needs to be started with."""
        preload = [os.environ.get("PRELOAD"), os.path.join(build, SHIM)]
        return {"preload": ":".join(filter(None, preload)),
                "fault_file": self.path}

    def arm(self, k, number, after=False, local=False, repeat=False):
        """Let the k-th call from now on fail with an error number.

        after   it is executed, and its answer is lost
        local   count the calls that do not talk to the server
        repeat  let every k-th call fail
        """
        self.memory[:] = LAYOUT.pack(0, number, after, local, repeat, 0, 0,
                                     b"")
        self.memory[:4] = struct.pack("=I", k)

    def disarm(self):
        """How many calls were counted, how many failed, and the last."""
        self.memory[:4] = bytes(4)
        *_, calls, failed, what = LAYOUT.unpack(self.memory)
        return calls, failed, what.rstrip(b"\0").decode()


class Sql:
    """The server's owner, in one mariadb client for many questions."""

    END = "--end--"

    def __init__(self, service):
        self.client = subprocess.Popen(
            ["mariadb", "--no-defaults", "--batch", "--unbuffered",
             "--skip-column-names", "--default-character-set=utf8mb4",
             "--socket=" + service.env["DB_SOCKET"],
             "--user=" + getpass.getuser(), "contactinfo"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, encoding="utf-8")

    def rows(self, sql):
        """Tuples of texts; NULL is "NULL"."""
        self.client.stdin.write(f"{sql};\nSELECT '{self.END}';\n")
        self.client.stdin.flush()
        found = []
        while (line := self.client.stdout.readline().rstrip("\n")) != self.END:
            assert self.client.poll() is None, "the mariadb client has ended"
            found.append(tuple(map(Db.unescape, line.split("\t"))))
        return found

    def row(self, sql):
        (row,) = self.rows(sql)
        return row

    def value(self, sql):
        (value,) = self.row(sql)
        return value

    def close(self):
        self.client.communicate()
