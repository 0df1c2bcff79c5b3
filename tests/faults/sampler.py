# SPDX-License-Identifier: Apache-2.0
"""Looks ten times a second at what a service uses, and remembers the most."""

import pathlib
import threading

from harness import eventually

INTERVAL = 0.1


def resident(pid, kind="Pss"):
    """KiB of memory of a process; 0 if it has gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in text.splitlines():
        if line.startswith(kind + ":"):
            return int(line.split()[1])
    return 0


class Sampler:
    """A block of code under observation.

    connections   most at a time by the module's account, by the server
    memory        most KiB of httpd's children together
    transactions  most at a time
    """

    def __init__(self, site, connections=None, memory=None):
        self.site = site
        self.limits = {"connections": connections, "memory": memory}
        self.most = dict.fromkeys(("connections", "memory", "transactions"),
                                  0)
        self.samples = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.loop, daemon=True)

    def look(self):
        (row,) = self.site.service.db.rows(
            "SELECT (SELECT COUNT(*) FROM information_schema.processlist"
            " WHERE user LIKE 'contactinfo%') AS connections, (SELECT COUNT(*)"
            " FROM information_schema.innodb_trx) AS transactions")
        return {"connections": int(row["connections"]),
                "transactions": int(row["transactions"]),
                "memory": sum(map(resident, self.site.children()))}

    def loop(self):
        while not self.stopping.wait(INTERVAL):
            for name, value in self.look().items():
                self.most[name] = max(self.most[name], value)
            self.samples += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.stopping.set()
        self.thread.join()
        if kind:
            return
        assert self.samples
        for name, limit in self.limits.items():
            assert limit is None or self.most[name] <= limit, (
                name, self.most[name], limit)


def is_calm(site, seconds=5):
    """Wait until no transaction is open and no statement runs."""
    return eventually(lambda: site.transactions() == 0 and all(
        row["command"] == "Sleep" for row in site.connections()), seconds)
