# SPDX-License-Identifier: Apache-2.0
"""What stands between the clients and the service: FRONT in the environment.

(nothing)  HTTP/1.1 to the service itself
h2         HTTP/2 without TLS to the service itself
tls        HTTP/2 within TLS, by a virtual host of the service's httpd
proxy      another httpd that passes everything on with mod_proxy

Requests that a test sends byte by byte go past it, to the service itself.
"""

import functools
import getpass
import os
import socket
import ssl
import subprocess
import tempfile
import time

import httpcore
import httpcore.backends.sync
import httpx

import http2

SECONDS = 60


def free_port():
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def module(name):
    """Load a module that Debian's httpd has."""
    return f'LoadModule {name}_module "${{CI_MODULES}}/mod_{name}.so"\n'


@functools.cache
def certificate():
    """A folder with a key and a certificate of 127.0.0.1 signed with it."""
    folder = tempfile.TemporaryDirectory()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1",
                    "-addext", "basicConstraints=critical,CA:FALSE",
                    "-keyout", folder.name + "/key.pem",
                    "-out", folder.name + "/certificate.pem"],
                   check=True, capture_output=True)
    return folder


class Prompt(httpcore.backends.sync.SyncBackend):
    """Connections that send a body without waiting for the acknowledgement
    of its head, which takes 40 ms."""

    def connect_tcp(self, *arguments, **named):
        stream = super().connect_tcp(*arguments, **named)
        stream.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return stream


class Transport(httpx.HTTPTransport):
    def __init__(self):
        super().__init__()
        self._pool = httpcore.ConnectionPool(
            max_connections=100, keepalive_expiry=5, network_backend=Prompt())


class Direct:
    """Nothing in front. The base of those that are."""

    scheme = "http"
    conf = ""  # what the service needs for it

    def __init__(self, folder, service_port):
        self.folder = folder
        self.service_port = service_port
        self.port = service_port

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self):
        pass

    def stop(self):
        pass

    def transport(self):
        return Transport()

    def client(self, path, **more):
        """A client of what the service has below a path. Other URLs it asks
        as they stand."""
        return httpx.Client(
            base_url=self.url + path, timeout=SECONDS, trust_env=False,
            transport=Transport(), mounts={self.url: self.transport()}, **more)


class H2(Direct):
    conf = module("http2") + "Protocols h2c http/1.1\n"

    def transport(self):
        return http2.Transport(self.port)


class Tls(Direct):
    scheme = "https"

    def __init__(self, folder, service_port):
        super().__init__(folder, service_port)
        self.port = free_port()
        pem = certificate().name
        self.conf = (module("http2") + module("ssl") +
                     module("socache_shmcb") +
                     "SSLSessionCache shmcb:ssl_cache(512000)\n"
                     f"Listen 127.0.0.1:{self.port}\n"
                     f"<VirtualHost 127.0.0.1:{self.port}>\n"
                     f"ServerName 127.0.0.1:{self.port}\n"
                     "SSLEngine On\n"
                     f'SSLCertificateFile "{pem}/certificate.pem"\n'
                     f'SSLCertificateKeyFile "{pem}/key.pem"\n'
                     "Protocols h2 http/1.1\n"
                     "</VirtualHost>\n")

    def transport(self):
        context = ssl.create_default_context(
            cafile=certificate().name + "/certificate.pem")
        context.set_alpn_protocols(["h2"])
        return http2.Transport(self.port, context)


# A connection is given up before the service, which keeps it for 5 s, does.
PROXY = """
ServerRoot "{folder}"
DefaultRuntimeDir "{folder}"
PidFile "{folder}/proxy.pid"
ErrorLog "{folder}/proxy.log"
ServerName 127.0.0.1:{port}
Listen 127.0.0.1:{port}
{account}
Define CI_MODULES "{modules}"
{load}
AllowEncodedSlashes NoDecode
MaxKeepAliveRequests 0
ProxyPreserveHost On
ProxyPass "/" "http://127.0.0.1:{service_port}/" nocanon retry=0 ttl=3
"""


class Proxy(Direct):
    process = None

    def __init__(self, folder, service_port):
        super().__init__(folder, service_port)
        self.port = free_port()

    def write_conf(self):
        modules = subprocess.run(["apxs", "-q", "LIBEXECDIR"], check=True,
                                 capture_output=True, text=True).stdout.strip()
        account = ("User www-data\nGroup www-data"
                   if getpass.getuser() == "root" else "")
        path = self.folder / "proxy.conf"
        path.write_text(PROXY.format(
            folder=self.folder, port=self.port, account=account,
            modules=modules, service_port=self.service_port,
            load="".join(map(module, ("mpm_event", "authz_core", "proxy",
                                      "proxy_http")))))
        return path

    def start(self):
        if self.process is not None:
            return
        self.process = subprocess.Popen(
            ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", self.write_conf()],
            env={**os.environ, "LD_PRELOAD": ""}, stdin=subprocess.DEVNULL)
        end = time.monotonic() + SECONDS
        while not self.answers():
            assert self.process.poll() is None, "the proxy has ended"
            assert time.monotonic() < end, "the proxy does not answer"
            time.sleep(0.05)

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(SECONDS)
            self.process = None


KINDS = {"": Direct, "h2": H2, "tls": Tls, "proxy": Proxy}


def create(folder, service_port, kind, mpm):
    """What FRONT says, unless the test chooses. mod_http2 does not support
    prefork: children that end crash."""
    if kind is None:
        kind = os.environ.get("FRONT", "")
        if kind in ("h2", "tls") and mpm == "prefork":
            kind = ""
    return KINDS[kind](folder, service_port)
