# SPDX-License-Identifier: Apache-2.0
"""A service whose module reaches the database through a fault proxy."""

import contextlib
import pathlib
import re
import signal


from harness import NO_LIMIT, Service, counters, eventually
from load import BASE, Client
from proxy import Proxy

QUICK = ("ContactInfoDBTimeout connect=1s deadline=4s\n"
         "ContactInfoDBPool wait=1s\n")


class Site:
    def __init__(self, folder):
        self.service = Service(folder, QUICK)
        self.conf = QUICK
        self.variables = {}
        self.proxy = None
        self.tokens = {}

    def start(self):
        self.service.start()
        self.proxy = put_between(self.service)
        self.restart()
        self.token()
        self.token("OTHER_")
        return self

    def close(self):
        try:
            self.service.log.allow("CI0003")
            self.service.clean()
        finally:
            if self.proxy:
                self.proxy.close()

    def calm(self):
        """No trouble, and the configuration of the start."""
        self.proxy.set()
        if not self.proxy.listener:
            self.proxy.listen()
        self.configure()
        self.heals()
        self.service.log.allow("CI0003", "CI0005", "CI0006")

    def configure(self, conf=QUICK, **variables):
        """Another httpd if this is another configuration."""
        variables = {k.upper(): str(v) for k, v in variables.items()}
        if (conf, variables) == (self.conf, self.variables):
            return
        for name in self.variables:
            del self.service.variables[name]
        self.service.variables.update(variables)
        self.conf, self.variables = conf, variables
        self.service.write(
            "extra.conf", self.service.front.conf + NO_LIMIT + conf)
        self.restart()

    @contextlib.contextmanager
    def configured(self, conf=QUICK, **variables):
        """The same configuration for several tests."""
        self.calm()
        self.configure(conf, **variables)
        yield self
        self.calm()
        found = self.service.complaints()
        assert not found, "\n".join(found)

    def restart(self):
        self.service.kill("HTTPD", signal.SIGTERM)
        self.service.start()

    # --- clients and figures -------------------------------------------------

    def token(self, who=""):
        """One of a user's tokens; the database keeps it."""
        if who not in self.tokens:
            self.tokens[who] = self.service.api(who).login().token
        return self.tokens[who]

    def client(self, who="", **more):
        return Client(self.service, self.token(who), **more)

    def sql(self, text):
        return self.service.db.run(text)

    def value(self, text):
        return self.service.db.value(text)

    def counters(self):
        return counters(self.service)

    def children(self):
        return self.service.children()

    def connections(self):
        """What the module's account has open at the server: id, command and
        statement of each."""
        return self.service.db.rows(
            "SELECT id, command, info FROM information_schema.processlist"
            " WHERE user = 'contactinfo'")

    def transactions(self):
        return int(self.value(
            "SELECT COUNT(*) FROM information_schema.innodb_trx"))

    def heals(self, seconds=60):
        """Wait until the children answer again."""
        assert eventually(lambda: all(self.health() for _ in range(12)),
                          seconds)

    def recovers(self):
        """Wait for each of them, also one whose login failed just now."""
        self.heals()
        self.service.recovers()

    def health(self):
        """Whether a child, whichever it is, can use the database."""
        client = Client(self.service)
        answer = client.request("GET", BASE + "health")
        client.close()
        return answer.ok


def put_between(service):
    """A proxy that the module's option file names from now on."""
    path = pathlib.Path(service.env["DB_OPTION_FILE"])
    text = path.read_text()
    (password,) = re.findall(r"^password=(.*)$", text, re.M)
    proxy = Proxy(service.env["DB_SOCKET"], password)
    text = re.sub(r"^host=.*\nsocket=.*$",
                  f"host=127.0.0.1\nport={proxy.port}", text, flags=re.M)
    path.write_text(text)
    return proxy
