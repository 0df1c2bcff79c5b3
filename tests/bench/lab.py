# SPDX-License-Identifier: Apache-2.0
"""The machines of the benchmark: the module's service, its database with both
schemas, the peers, the load generator, and what their processes cost."""

import collections
import getpass
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import data
import layout

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
from images import form, part, png  # noqa: E402

SCHEMA = "contactinfo_bench"
BASE = 1000  # contact_seq of contact 0 in the module's schema
CREATED_FROM = 100000000  # contact_seq of those that the benchmark creates
PHOTO_BYTES = 200000
THREADS, CHILDREN = 64, 2  # fewer than connections closes them
# More memory than data, from the start: a buffer pool that grows later keeps
# its small hash table. A log that needs no early flush.
DATABASE = """innodb-buffer-pool-size=8G
innodb-log-file-size=2G
max-connections=1000
"""
SECONDS = 60

# url: None if it is no server; roots: ids of the processes that serve
Peer = collections.namedtuple("Peer", "url roots")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def php(value):
    """A constant expression of PHP."""
    if isinstance(value, dict):
        return "[" + ",".join(f"{php(k)}=>{php(v)}"
                              for k, v in value.items()) + "]"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def descendants(roots):
    """Ids of these processes and of all below them, with their CPU ticks."""
    parents, ticks = {}, {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        ticks[pid] = int(fields[11]) + int(fields[12])
    found, new = {}, [pid for pid in roots if pid in ticks]
    while new:
        found.update((pid, ticks[pid]) for pid in new)
        new = [pid for pid, parent in parents.items()
               if parent in new and pid not in found]
    return found


class Lab:
    """Everything that runs; what it starts ends with it."""

    def __init__(self, root, build, run_dir):
        self.root, self.build, self.run_dir = root, build / "bench", run_dir
        self.variables = {
            **os.environ, "BUILD": str(build), "RUN_DIR": str(run_dir),
            "PORT": str(free_port()), "THREADS": str(THREADS),
            "CHILDREN": str(CHILDREN),
            "EXTRA_DB_CONF": str(run_dir / "bench.cnf")}
        self.processes = []
        self.peers = {}

    def __enter__(self):
        self.run_dir.mkdir(parents=True, exist_ok=True)
        (self.run_dir / "bench.cnf").write_text(DATABASE)
        self.service("start")
        lines = (self.run_dir / "env").read_text().splitlines()
        self.env = dict(line.removeprefix("CONTACTINFO_").split("=", 1)
                        for line in lines)
        home = pathlib.Path(self.env["HTTPD_CONF"]).parent
        self.home = home / "bench"
        (self.home / "htdocs/php").mkdir(parents=True, exist_ok=True)
        self.database_pid = self.pid("DB_PID_FILE")
        self.peers["module"] = Peer(self.env["SERVER"],
                                    [self.pid("HTTPD_PID_FILE")])
        self.log_in()
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait()
        self.service("stop")

    def service(self, verb):
        subprocess.run([self.root / "conf/service.sh", verb],
                       env=self.variables, check=True,
                       stdout=subprocess.DEVNULL)

    def pid(self, name):
        return int(pathlib.Path(self.env[name]).read_text())

    def file(self, name):
        return str(self.home / name)

    # --- the database --------------------------------------------------------

    def sql(self, text, schema=""):
        command = ["mariadb", "--no-defaults", "--batch", "--skip-column-names",
                   "--default-character-set=utf8mb4",
                   "--max-allowed-packet=64M", "--user=" + getpass.getuser(),
                   "--socket=" + self.env["DB_SOCKET"]]
        chunks = [text] if isinstance(text, str) else text
        with subprocess.Popen(command + [schema] * bool(schema),
                              stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as client:
            for chunk in chunks:
                client.stdin.write(chunk.encode())
            output = client.communicate()[0].decode()
        if client.returncode:
            raise RuntimeError("the mariadb client failed")
        return output

    def status(self, name):
        line = self.sql(f"SHOW GLOBAL STATUS LIKE '{name}'").split()
        return int(line[1]) if line else 0

    def load(self, schema, chunks):
        """Bulk load; afterwards nothing is left to be written."""
        def statements():
            yield "SET foreign_key_checks = 0, unique_checks = 0;\n"
            yield from chunks

        self.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0")
        self.sql(statements(), schema)
        self.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1;"
                 "SET GLOBAL innodb_io_capacity = 20000;"
                 "SET GLOBAL innodb_max_dirty_pages_pct = 0;")
        end = time.monotonic() + SECONDS
        while (self.status("Innodb_buffer_pool_pages_dirty") > 100
               and time.monotonic() < end):
            time.sleep(0.5)
        self.sql("SET GLOBAL innodb_max_dirty_pages_pct = 90;"
                 "SET GLOBAL innodb_io_capacity = 200;")

    def load_module(self, total):
        """Add contacts until there are as many."""
        there = int(self.sql(
            f"SELECT count(*) FROM contact WHERE contact_seq >= {BASE}"
            f" AND contact_seq < {CREATED_FROM}", "contactinfo"))
        if there >= total:
            return
        print(f"loading {total - there:,} contacts for the module", flush=True)
        self.sql(f"ALTER TABLE contact AUTO_INCREMENT = {CREATED_FROM}",
                 "contactinfo")
        self.load("contactinfo", data.batches(
            there, total, lambda numbers: data.module_batch(numbers, BASE)))
        self.sql("ANALYZE TABLE contact, contact_key, contact_relation",
                 "contactinfo")

    def load_peers(self, total):
        marker = self.home / "loaded"
        self.make_account()
        if marker.exists() and marker.read_text() == str(total):
            return
        print(f"loading {total:,} contacts for the peers", flush=True)
        marker.unlink(missing_ok=True)
        self.sql(f"DROP DATABASE IF EXISTS {SCHEMA};"
                 f"CREATE DATABASE {SCHEMA} CHARACTER SET utf8mb4"
                 " COLLATE utf8mb4_bin;")
        self.sql(";\n".join(layout.ddl("contactinfo")), SCHEMA)
        self.load(SCHEMA, data.batches(0, total, data.peer_batch))
        size = len(self.show_one())
        self.load(SCHEMA, [
            "INSERT INTO ready SELECT contact_id,"
            f" RPAD(document, {size}, ' ') FROM contactinfo.contact"
            f" WHERE contact_seq BETWEEN {BASE} AND {BASE + total - 1}"])
        self.sql("ANALYZE TABLE contact, address, phone, email, relation,"
                 " ready", SCHEMA)
        marker.write_text(str(total))

    def make_account(self):
        """The account of the peers; an option file says how it logs in."""
        password = secrets.token_hex(16)
        self.sql(f"CREATE OR REPLACE USER {SCHEMA} IDENTIFIED BY '{password}';"
                 f"GRANT ALL ON {SCHEMA}.* TO {SCHEMA};"
                 f"GRANT SELECT, INSERT, DELETE ON contactinfo.* TO {SCHEMA};")
        option_file = self.home / "client.cnf"
        option_file.touch(mode=0o600)
        option_file.write_text(
            f"[client]\nsocket={self.env['DB_SOCKET']}\nuser={SCHEMA}\n"
            f"password={password}\ndatabase={SCHEMA}\n")
        if os.getuid() == 0:
            shutil.chown(option_file, group="www-data")
            option_file.chmod(0o640)

    # --- the API -------------------------------------------------------------

    def call(self, url, body=None, content_type="application/json"):
        """The text of an answer; an error status is an exception."""
        request = urllib.request.Request(url, body, {
            "Content-Type": content_type} if body else {})
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.read()

    def log_in(self):
        answer = self.call(self.env["URL"] + "/authentication/token",
                           json.dumps({
                               "organisation": self.env["ORGANISATION"],
                               "username": self.env["USERNAME"],
                               "password": self.env["PASSWORD"]}).encode())
        self.token = json.loads(answer)["data"]["token"]

    def api(self, path):
        return ("/crmapi/rest/v2/" + path).replace("{token}", self.token)

    def show_one(self):
        return self.call(self.env["SERVER"] + self.api(
            "contact_information/show?token={token}"
            "&contact_information_identifier=id="
            + data.identifier("contact", 1)))

    def prepare_files(self, total):
        """What the load generator sends."""
        files = {
            "ids": "".join(data.identifier("contact", n) + "\n"
                           for n in range(total)),
            "numbers": "".join(f"EF{n}\n" for n in range(total // layout.PAGE)),
            "emails": "".join(data.email(n, 0)["email"] + "\n"
                              for n in range(total)),
            "create.json": data.create_body().replace("@TOKEN@", self.token),
            "update.json": json.dumps({
                "token": self.token, "notes": "changed @N@",
                "contact_information_identifier": {"id": "@ID@"}}),
            "statements.json": json.dumps(layout.statements("contactinfo")),
        }
        for name, text in files.items():
            (self.home / name).write_text(text)
        photo = png(PHOTO_BYTES)
        (self.home / "htdocs/photo.png").write_bytes(photo)
        (self.home / "htdocs/contact.json").write_bytes(self.show_one())
        (self.home / "photo.form").write_bytes(form(
            part("token", self.token),
            part("contact_information_identifier", "id=@ID@"),
            part("file", photo, "a.png")))

    def store_photos(self, count):
        """Give the first contacts a photo and note how it is called."""
        body = (self.home / "photo.form").read_bytes()
        ids = []
        for n in range(count):
            answer = self.call(
                self.env["URL"] + "/contact_information/profile_photo/add",
                body.replace(b"@ID@", data.identifier("contact", n).encode()),
                "multipart/form-data; boundary=xXxBoundaryxXx")
            url = json.loads(answer)["data"]["file_content_url"]
            ids.append(url.rpartition("id=")[2] + "\n")
        (self.home / "photos").write_text("".join(ids))

    # --- the peers -----------------------------------------------------------

    def start(self, *command, **variables):
        log = open(self.home / "peers.log", "ab")
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, env={**os.environ, **variables})
        self.processes.append(process)
        return process.pid

    def start_peers(self):
        ports = {name: free_port() for name in ("go", "node", "httpd")}
        urls = {name: f"http://127.0.0.1:{port}"
                for name, port in ports.items()}
        go = self.start(self.build / "peer", self.home, ports["go"])
        node = self.start("node", HERE / "peers/node/server.js", self.home,
                          ports["node"], NODE_ENV="production",
                          NODE_PATH=str(self.build / "node_modules"))
        fpm = self.start_php()
        httpd = self.start_httpd(ports["httpd"])
        self.peers.update(
            go=Peer(urls["go"], [go]), node=Peer(urls["node"], [node]),
            php=Peer(urls["httpd"], [httpd, fpm]),
            httpd=Peer(urls["httpd"], [httpd]), client=Peer(None, []))
        for port in ports.values():
            self.await_port(port)

    def await_port(self, port):
        end = time.monotonic() + SECONDS
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def start_php(self):
        shutil.copy(HERE / "peers/php/contact.php", self.home / "htdocs/php")
        statements = layout.statements("contactinfo")
        (self.home / "htdocs/php/statements.php").write_text(
            "<?php return " + php({name: statements[name]
                                   for name in ("show", "list")}) + ";\n")
        root = os.getuid() == 0
        program = sorted(pathlib.Path("/usr/sbin").glob("php-fpm*"))[-1]
        conf = self.home / "php-fpm.conf"
        text = (HERE / "peers/php/php-fpm.conf").read_text()
        conf.write_text(
            text.replace("${BENCH_HOME}", str(self.home)).replace(
                "${BENCH_PHP_USER}",
                "user = www-data\ngroup = www-data" if root else ""))
        return self.start(program, "--nodaemonize", "--fpm-config", conf)

    def start_httpd(self, port):
        defines = [line for line in pathlib.Path(
            self.env["HTTPD_CONF"]).read_text().splitlines()
            if line.startswith("Define ")]
        conf = self.home / "httpd.conf"
        conf.write_text("\n".join(defines + [
            f'Define BENCH_HOME "{self.home}"', f"Define BENCH_PORT {port}",
            f'Define BENCH_MODULE "{self.build}/mod_bare.so"',
            f'Include "{HERE}/peers/httpd.conf"', ""]))
        return self.start("/usr/sbin/apache2", "-f", conf, "-D", "FOREGROUND")

    # --- the load ------------------------------------------------------------

    def check(self, load):
        """One request of a load is answered, by what is asked for."""
        with open(load.ids) as ids:
            one = ids.readline().strip()
        if load.kind == "get":
            answer = self.call(load.peer.url + load.path + one)
        else:
            body = pathlib.Path(load.body).read_bytes()
            answer = self.call(
                load.peer.url + load.path,
                body.replace(b"@ID@", one.encode()).replace(
                    b"@N@", secrets.token_hex(8).encode()),
                "application/json" if load.kind == "post"
                else "multipart/form-data; boundary=xXxBoundaryxXx")
        if load.expect.encode() not in answer:
            raise RuntimeError(f"{load.name} answers {answer[:200]}")

    def wrk(self, load, connections, seconds):
        command = ["wrk", f"-t{min(2, connections)}", f"-c{connections}",
                   f"-d{seconds}s", "--timeout", "20s", "-s",
                   str(HERE / "load.lua"), load.peer.url, "--", load.kind,
                   load.ids, load.path] + [load.body] * bool(load.body)
        return self.last_line(command)

    def client(self, load, connections, seconds):
        return self.last_line([
            str(self.build / "client"), load.kind, self.file("client.cnf"),
            load.ids, str(connections), str(seconds)])

    @staticmethod
    def last_line(command):
        output = subprocess.run(command, check=True, capture_output=True)
        return json.loads(output.stdout.decode().splitlines()[-1])

    # --- what it costs -------------------------------------------------------

    def ticks(self, peer):
        """CPU ticks of server and database, fsyncs of the database."""
        return (sum(descendants(peer.roots).values()),
                sum(descendants([self.database_pid]).values()),
                self.status("Innodb_data_fsyncs"))

    def pss(self, peer):
        """MB of a server's processes, shared pages divided among them."""
        total = 0
        for pid in descendants(peer.roots):
            rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += sum(int(line.split()[1]) for line in rollup.splitlines()
                         if line.startswith("Pss:"))
        return total / 1024
