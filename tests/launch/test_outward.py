"""Outgoing HTTP goes only where it may (`lti_tool/outward.py`)."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lti_tool import outward
from lti_tool.outward import AddressRefused, Allowed, Unreachable, addresses

LOOPBACK = ("localhost", "127.0.0.1")
DRIPS = {
    "/drip": b"\r\n",
    "/drip/headers": b"X-Slow: ",
    "/drip/chunks": b"Transfer-Encoding: chunked\r\n\r\n",
}
Resolver = Callable[..., list[Any]]


class Handler(BaseHTTPRequestHandler):
    """Answers by path: what hostile and broken servers do."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, dict[str, str]]]

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((self.command, self.path, headers))
        if self.path == "/huge":
            return self.reply(200, b"x" * (outward.SIZE_CAP + 1))
        if self.path == "/bomb":
            return self.reply(200, gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip")
        if self.path in DRIPS:
            return self.drip(DRIPS[self.path])
        if self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"only this")
            self.close_connection = True
            return None
        if self.path == "/silent":
            time.sleep(1.5)
        if self.path == "/here":
            return self.reply(302, b"", Location="/there")
        if self.path == "/away":
            return self.reply(302, b"", Location="http://127.0.0.1:9/there")
        if self.path == "/round":
            return self.reply(302, b"", Location="/round")
        return self.reply(200, self.path.encode(), Set_Cookie="a=b")

    do_POST = do_GET  # noqa: N815  the library's name

    def drip(self, head: bytes) -> None:
        """Part of an answer, and then one byte after the other."""
        self.close_connection = True
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + head)
            for _ in range(400):
                self.wfile.write(b"0")
                time.sleep(0.05)
        except OSError:
            pass

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        """A whole answer."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """A server on loopback; `RequestHandlerClass.seen` is what it was asked."""
    handler = type("OwnHandler", (Handler,), {"seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def base(server: ThreadingHTTPServer) -> str:
    """Its address."""
    return f"http://localhost:{server.server_port}"


def test_an_answer_is_given_whatever_its_status(base: str, server: ThreadingHTTPServer) -> None:
    """With our name on the request, and no cookie kept from one call to the next."""
    first = outward.get(f"{base}/a?b=c", allow=LOOPBACK)
    second = outward.post(f"{base}/d", allow=LOOPBACK, json={"e": 1})

    assert (first.status, first.text, second.ok) == (200, "/a?b=c", True)
    asked: Any = server.RequestHandlerClass
    assert asked.seen[0][2]["user-agent"] == outward.USER_AGENT
    assert asked.seen[0][2]["host"] == base.removeprefix("http://")
    assert "cookie" not in asked.seen[1][2]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[::10.0.0.1]/",
        "https://[::ffff:0:a00:1]/",
        "https://[64:ff9b:1::a00:1]/",
        "https://[fec0::1]/",
        "https://168.63.129.16/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://127.1/",
        "https://2130706433/",
        "https://224.0.0.1/",
        "http://93.184.216.34/",
    ],
)
def test_private_and_plain_addresses_are_refused(address: str) -> None:
    """In whatever notation; a public one is refused when it is plain http."""
    with pytest.raises(AddressRefused):
        outward.get(address)


@pytest.mark.parametrize(
    "address",
    ["ftp://example.org/", "file:///etc/passwd", "https://", "//x", "https://a:b@example.org/", ""],
)
def test_what_is_no_https_address_is_refused(address: str) -> None:
    """Before anything is looked up."""
    with pytest.raises(Unreachable) as refused:
        outward.get(address)
    assert not refused.value.maybe_arrived


def test_a_name_is_checked_by_what_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Private answers are left out; the public ones are what is connected to."""
    answers = ["10.0.0.1", "93.184.216.34", "::1"]

    def resolver(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)

    assert addresses("https://lms.example/", Allowed()) == ["93.184.216.34"]
    assert addresses("https://lms.example/", Allowed.read(["10.0.0.0/8"]))[0] == "10.0.0.1"
    assert len(addresses("http://lms.example/", Allowed.read(["LMS.example"]))) == 3


def test_the_checked_address_is_the_one_called(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look-up could answer differently; there is none."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        asked.append(host)
        if host == "lms.test":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        ip_address(host)
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)

    answer = outward.get(f"http://lms.test:{server.server_port}/x", allow=("lms.test",))

    assert answer.ok
    assert asked.count("lms.test") == 1
    seen: Any = server.RequestHandlerClass
    assert seen.seen[0][2]["host"] == f"lms.test:{server.server_port}"


def test_a_certificate_is_checked_for_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the socket goes to an address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lms.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("lms.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    pem = tmp_path / "lms.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"seen": []}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def resolver(_host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    session = outward.GuardedSession(["127.0.0.0/8"])
    session.verify = str(pem)
    try:
        assert session.get(f"https://lms.test:{server.server_port}/x").text == "/x"
        with pytest.raises(Unreachable, match="certificate"):
            session.get(f"https://other.test:{server.server_port}/x")
    finally:
        server.shutdown()
        server.server_close()


def test_redirects_stay_on_the_site(base: str, server: ThreadingHTTPServer) -> None:
    """Followed for a GET within one origin, never for a POST, never elsewhere, not for ever."""
    assert outward.get(f"{base}/here", allow=LOOPBACK).text == "/there"
    assert outward.post(f"{base}/here", allow=LOOPBACK, data=b"x").status == 302
    with pytest.raises(AddressRefused, match="another host"):
        outward.get(f"{base}/away", allow=LOOPBACK)
    with pytest.raises(Unreachable):
        outward.get(f"{base}/round", allow=LOOPBACK)
    asked: Any = server.RequestHandlerClass
    assert [path for _, path, _ in asked.seen].count("/round") == outward.REDIRECTS + 1


@pytest.mark.parametrize("path", ["/huge", "/bomb"])
def test_answers_have_a_largest_size(base: str, path: str) -> None:
    """Counted after decompression."""
    with pytest.raises(Unreachable, match="too large"):
        outward.get(base + path, allow=LOOPBACK)


def test_an_answer_that_drips_is_cut_off(base: str) -> None:
    """However steadily."""
    began = time.monotonic()

    with pytest.raises(Unreachable, match="too long"):
        outward.get(f"{base}/drip", allow=LOOPBACK, time_out=0.2)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("part", ["headers", "chunks"])
def test_what_stands_around_an_answer_may_not_drip_either(base: str, part: str) -> None:
    """Each byte in time, and never a whole line: one hostile host would hold a thread for days."""
    began = time.monotonic()

    with pytest.raises(Unreachable) as slow:
        outward.get(f"{base}/drip/{part}", allow=LOOPBACK, time_out=0.2)

    assert time.monotonic() - began < 3
    assert slow.value.maybe_arrived


def test_a_name_with_a_crowd_of_silent_addresses_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each may take a whole time-out, and whoever owns the name decides how many there are."""
    # Given a name with twenty addresses, at each of which nobody takes up
    with ExitStack() as street:
        hosts = [f"127.0.0.{number}" for number in range(1, 21)]
        port = 0
        for host in hosts:
            full = street.enter_context(socket.socket())
            full.bind((host, port))
            full.listen(0)
            port = full.getsockname()[1]
            for _ in range(3):
                caller = street.enter_context(socket.socket())
                caller.setblocking(False)
                caller.connect_ex((host, port))

        def resolver(asked: str, port: int, *_: Any, **__: Any) -> list[Any]:
            found = hosts if asked == "many.test" else [asked]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in found]

        monkeypatch.setattr(socket, "getaddrinfo", resolver)
        began = time.monotonic()

        # When it is called
        with pytest.raises(Unreachable) as silent:
            outward.get(f"http://many.test:{port}/x", allow=["127.0.0.0/8"], time_out=0.2)

    # Then not all of them are waited for
    assert time.monotonic() - began < 2
    assert not silent.value.maybe_arrived


def test_what_may_have_arrived_is_told_from_what_cannot_have(base: str) -> None:
    """An outbox must know."""
    with pytest.raises(Unreachable) as silent:
        outward.post(f"{base}/silent", allow=LOOPBACK, data=b"x", time_out=0.3)
    with pytest.raises(Unreachable) as short:
        outward.get(f"{base}/short", allow=LOOPBACK)
    with pytest.raises(Unreachable) as refused:
        outward.post("http://127.0.0.1:9/", allow=LOOPBACK, data=b"x")
    with pytest.raises(Unreachable) as unknown:
        outward.get("https://no-such-name.invalid/")

    assert [one.value.maybe_arrived for one in (silent, short, refused, unknown)] == [
        True,
        True,
        False,
        False,
    ]


def test_every_address_of_a_name_is_tried(server: ThreadingHTTPServer) -> None:
    """`localhost` is often ::1 first, where nobody listens."""
    assert outward.get(f"http://localhost:{server.server_port}/x", allow=LOOPBACK).ok


def test_proxies_of_the_environment_are_not_used(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would connect to whatever they resolve themselves."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")

    assert outward.get(f"{base}/x", allow=LOOPBACK).ok
