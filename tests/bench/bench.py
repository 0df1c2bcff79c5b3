#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The module against its peers: same machine, same run, in turns.

From the environment:
  BUILD RUN_DIR  where the module was built, where to live (build/bench/run)
  QUICK=1        fewer contacts, short rounds: two minutes
  CONTACTS       how many (100,000; QUICK: 10,000)
  ROUNDS SECONDS of each measurement (5 of 5 s; QUICK: 2 of 1 s)
  ONLY           scenarios to run, by name, separated by blanks
  GROWTH=1       only this: CPU at 10,000 and at 1,000,000 contacts
"""

import os
import pathlib
import statistics
import sys

import lab
import report

QUICK = bool(os.environ.get("QUICK"))
CONTACTS = int(os.environ.get("CONTACTS") or (10000 if QUICK else 100000))
ROUNDS = int(os.environ.get("ROUNDS") or (2 if QUICK else 5))
SECONDS = int(os.environ.get("SECONDS") or (1 if QUICK else 5))
MEMORY_REQUESTS = 0 if QUICK else 1000000
PHOTOS = 64
SHOW = "contact_information/show?token={token}&contact_information_identifier=id="
LIST = "contact_information/list?token={token}&social_security_number="
BY_EMAIL = "contact_information/list?token={token}&email_address="


class Load:
    """One line of a table: who is asked, and how."""

    def __init__(self, name, peer, kind, ids, path, body="", expect=""):
        self.name, self.peer, self.kind = name, peer, kind
        self.ids, self.path, self.body, self.expect = ids, path, body, expect
        self.results = []

    def check(self, bench):
        """One request, before any is counted."""
        if self.peer.url:
            bench.check(self)

    def run(self, bench, connections, seconds):
        """One round: what the load generator saw, and the CPU it took."""
        before = bench.ticks(self.peer)
        result = bench.wrk(self, connections, seconds) if self.peer.url else \
            bench.client(self, connections, seconds)
        after = bench.ticks(self.peer)
        requests = max(result["requests"], 1)
        microseconds = 1e6 / os.sysconf("SC_CLK_TCK") / requests
        result["server"] = (after[0] - before[0]) * microseconds
        result["database"] = (after[1] - before[1]) * microseconds
        result["cpu"] = result["server"] + result["database"]
        result["rate"] = result["requests"] / result["seconds"]
        result["fsyncs"] = (after[2] - before[2]) / requests
        result["pss"] = bench.pss(self.peer)
        return result

    def median(self, what):
        return statistics.median(result[what] for result in self.results)

    def failed(self):
        return sum(result["errors"] for result in self.results)


def scenarios(bench):
    """Name, title, connections and loads of each table."""
    peers, file = bench.peers, bench.file
    api = bench.api
    ids, numbers, photos = file("ids"), file("numbers"), file("photos")
    create = file("create.json")

    def get(name, peer, path, source=ids, expect='"first_name"'):
        return Load(name, peers[peer], "get", source, path, expect=expect)

    show = get("module", "module", api(SHOW))
    row = get("C handler, one row, ready document", "httpd", "/row?",
              expect='"udf_date_4"')
    static = get("httpd, static file of the same size", "httpd",
                 "/contact.json?")
    yield "show", "show, random id", 32, [
        static,
        get("C handler, a constant of that size", "httpd", "/constant?",
            expect="xxx"),
        row,
        show,
        get("Go, five tables", "go", "/show?id="),
        get("Node, five tables", "node", "/show?id="),
        get("PHP, five tables", "php", "/php/contact.php?id="),
        get("Go, the module's row", "go", "/row?id="),
        get("Node, the module's row", "node", "/row?id="),
        Load("C client, one row, no HTTP", peers["client"], "read", ids, ""),
    ]
    yield "show1", "show, one connection", 1, [
        get("httpd, static file of the same size", "httpd", "/contact.json?"),
        get("C handler, one row, ready document", "httpd", "/row?",
            expect='"udf_date_4"'),
        get("module", "module", api(SHOW)),
        get("Go, five tables", "go", "/show?id="),
    ]
    yield "list", "list, page of 50", 8, [
        get("module", "module", api(LIST), numbers),
        get("Go, five tables", "go", "/list?number=", numbers),
        get("Node, five tables", "node", "/list?number=", numbers),
        get("PHP, five tables", "php", "/php/contact.php?number=", numbers),
    ]
    yield "create", "create with sets, durable", 16, [
        Load("module", peers["module"], "post", ids,
             api("contact_information/create"), create, '"first_name"'),
        Load("Go, five tables", peers["go"], "post", ids, "/create", create,
             '"first_name"'),
        Load("Node, five tables", peers["node"], "post", ids, "/create",
             create, '"first_name"'),
        Load("module, update of one field", peers["module"], "post", ids,
             api("contact_information/update"), file("update.json"), '"id"'),
        Load("C client, the same statements", peers["client"], "create", ids,
             ""),
    ]
    yield "photo", "photo of 200 KB, download", 8, [
        get("httpd, static file of the same size", "httpd", "/photo.png?",
            photos, "PNG"),
        get("module", "module", "/crm/ImageDownloadServlet?token="
            + bench.token + "&id=", photos, "PNG"),
        Load("C client, the same chunk rows", peers["client"], "chunks", photos,
             ""),
    ]
    yield "add", "photo of 200 KB, add", 8, [
        Load("module", peers["module"], "form", ids,
             api("contact_information/profile_photo/add"), file("photo.form"),
             '"file_name"'),
        Load("C client, the same chunk rows", peers["client"], "photo", ids,
             ""),
    ]


def run(bench, only):
    tables = {}
    for name, title, connections, loads in scenarios(bench):
        if only and name not in only:
            continue
        for load in loads:
            load.check(bench)
            load.run(bench, connections, 1)
        for _ in range(ROUNDS):
            for load in loads:
                load.results.append(load.run(bench, connections, SECONDS))
        report.table(title, connections, loads)
        tables[name] = {load.name: load for load in loads}
    return tables


def requests_served(bench):
    """What the module has answered so far, by its access log."""
    with open(bench.env["ACCESS_LOG"], "rb") as log:
        return sum(block.count(b"\n")
                   for block in iter(lambda: log.read(1 << 20), b""))


def memory(bench):
    """PSS after many requests: shows until there were enough."""
    (show,) = (load for name, _, _, loads in scenarios(bench)
               if name == "show" for load in loads if load.name == "module")
    while requests_served(bench) < MEMORY_REQUESTS:
        show.run(bench, 32, 30)
    return requests_served(bench), bench.pss(bench.peers["module"])


def growth(bench):
    """CPU of a show and of lists as the table grows a hundredfold."""
    found = {}
    for total in (10000, 1000000):
        bench.load_module(total)
        bench.prepare_files(total)
        for name, connections, path, source in (
                ("show", 32, SHOW, "ids"), ("list of 50", 8, LIST, "numbers"),
                ("list by e-mail", 8, BY_EMAIL, "emails")):
            load = Load("module", bench.peers["module"], "get",
                        bench.file(source), bench.api(path),
                        expect='"first_name"')
            load.check(bench)
            load.run(bench, connections, 10)
            load.results = [load.run(bench, connections, SECONDS)
                            for _ in range(ROUNDS)]
            report.table(f"{name}, {total:,} contacts", connections, [load])
            found[name, total] = load.median("cpu")
    return report.growth(found)


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    build = pathlib.Path(os.environ.get("BUILD", root / "build")).resolve()
    run_dir = pathlib.Path(os.environ.get("RUN_DIR", build / "bench/run"))
    only = os.environ.get("ONLY", "").split()
    with lab.Lab(root, build, run_dir.resolve()) as bench:
        if os.environ.get("GROWTH"):
            return growth(bench)
        bench.load_module(CONTACTS)
        bench.load_peers(CONTACTS)
        bench.prepare_files(CONTACTS)
        bench.start_peers()
        bench.store_photos(PHOTOS)
        tables = run(bench, only)
        return report.goals(tables, memory(bench), bool(MEMORY_REQUESTS))


if __name__ == "__main__":
    sys.exit(main())
