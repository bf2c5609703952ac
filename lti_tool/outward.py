"""Outgoing HTTP, guarded: https and public addresses only, pinned, capped, never redirected away.

Addresses that platforms and badges name are given to us by strangers, so each is resolved here,
checked, and the connection goes to exactly the address that was checked (no second look-up that
could answer differently). Hosts and networks of `CAIRN_LTI_HTTP_ALLOW` may be plain http or
private. Proxies of the environment are not used: they would hide the address from the check.
"""

import http.client
import io
import ipaddress
import json as json_module
import socket
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

USER_AGENT = "Cairn/0.1 (LTI 1.3 tool)"
"""Some Moodle hosts answer 403 to a client that does not name itself (T-038)."""

TIME_OUT = 5.0
"""Seconds to connect, and seconds without a byte."""

DEADLINE = 3
"""How many time-outs a whole answer may take, however slowly it drips."""

SIZE_CAP = 1_048_576
"""Bytes of an answer's body, after decompression."""

REDIRECTS = 3

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unreachable(Exception):
    """The other side gave no usable answer.

    `maybe_arrived` is true where the request may have been received all the same: a time-out
    while waiting for the answer, or a connection that broke after sending.
    """

    def __init__(self, words: str, *, maybe_arrived: bool = False) -> None:
        super().__init__(words)
        self.maybe_arrived = maybe_arrived


class AddressRefused(Unreachable):
    """The address may not be called: not https, not public, or a redirect to another host."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers (any case), and the body, at most `SIZE_CAP` bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""
    """The address that answered, after redirects."""
    reason: str = ""
    """The words of the status line: Moodle says there, and only there, why it refuses a score."""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, whatever the content type says. Raises `ValueError`."""
        try:
            return json_module.loads(self.body)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


@dataclass(frozen=True)
class Allowed:
    """Host names and networks that may be plain http and private."""

    names: frozenset[str] = frozenset()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    @classmethod
    def read(cls, entries: Iterable[str]) -> "Allowed":
        """Read entries such as `localhost`, `lms.test` or `10.0.0.0/8`."""
        names, networks = set(), []
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry.strip(), strict=False))
            except ValueError:
                names.add(entry.strip().lower())
        return cls(frozenset(names), tuple(networks))

    def covers(self, host: str, address: Address) -> bool:
        """Whether a host, or the address it resolved to, was allowed by the operator."""
        return host.lower() in self.names or any(address in network for network in self.networks)

    def may_be_plain(self, host: str) -> bool:
        """Whether plain http to a host could be allowed, before anybody resolves its name."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return host.lower() in self.names or bool(self.networks)
        return self.covers(host, address)


def _true_address(text: str) -> Address:
    """The address that packets go to: IPv4 wrapped in IPv6 is unwrapped."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address.sixtofour:
            return address.sixtofour
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    """Whether anybody on the internet may be behind it, and not the inside of this network."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        # What lies outside is old site-local space, or IPv4 wrapped in ways nobody announces.
        return False
    return address.is_global and not address.is_multicast and address not in _INSIDE


_UNICAST = ipaddress.ip_network("2000::/3")
_INSIDE = frozenset({ipaddress.ip_address("168.63.129.16")})
"""Looks public, but is Azure's own channel to the machine."""


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"The name {host} does not resolve.") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses(url: str, allowed: Allowed) -> list[str]:
    """The addresses behind a URL that may be called. Raises `AddressRefused` or `Unreachable`."""
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        raise AddressRefused("Only plain https addresses can be called.")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressRefused(f"The address of {host} has no valid port.") from error
    fitting, insecure = [], False
    for text in _resolve(host, port):
        address = _true_address(text)
        if allowed.covers(host, address):
            fitting.append(text)
        elif _is_public(address):
            if parts.scheme == "https":
                fitting.append(text)
            else:
                insecure = True
    if not fitting:
        why = "is not https" if insecure else "is not a public address"
        raise AddressRefused(f"{parts.scheme}://{host} {why}, so it is not called.")
    return fitting


class _Hurried(io.RawIOBase):
    """What comes from a socket until the answer has taken too long, headers included.

    The socket's own time-out begins anew with every byte: one byte a second would never end.
    """

    def __init__(self, raw: io.RawIOBase, until: float) -> None:
        super().__init__()
        self._raw = raw
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if time.monotonic() > self._until:
            raise TimeoutError("the answer took too long")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _HurriedResponse(http.client.HTTPResponse):
    """An answer that has to be whole after `DEADLINE` time-outs."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        until = time.monotonic() + DEADLINE * (sock.gettimeout() or TIME_OUT)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Hurried(raw, until))


class _Connection(HTTPConnection):
    response_class = _HurriedResponse


class _SecureConnection(HTTPSConnection):
    response_class = _HurriedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _GuardedAdapter(HTTPAdapter):
    """Sends to the checked address only, and reads no more and no longer than agreed."""

    def __init__(self, allowed: Allowed) -> None:
        super().__init__(pool_connections=16, pool_maxsize=4, max_retries=0)
        self.allowed = allowed
        self.pin = threading.local()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            # The certificate is checked for the name, while the socket goes to the address.
            name = urlsplit(request.url or "").hostname
            cast("dict[str, Any]", pool).update(server_hostname=name, assert_hostname=name)
        host["host"] = self.pin.address
        return host, pool

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> Any:
        url = request.url or ""
        request.headers["Host"] = urlsplit(url).netloc
        options.update(stream=True, proxies={})
        options["timeout"] = options.get("timeout") or TIME_OUT
        last: Exception | None = None
        began = time.monotonic()
        until = began + DEADLINE * options["timeout"]
        for address in addresses(url, self.allowed):
            if time.monotonic() > until:
                break  # a name may have hundreds of addresses, none of which answers
            self.pin.address = f"[{address}]" if ":" in address else address
            try:
                response = super().send(request, **options)
            except requests.exceptions.SSLError as error:
                raise Unreachable(f"The certificate of {_host(url)} is not accepted.") from error
            except requests.exceptions.ConnectTimeout as error:
                last = error
                continue
            except requests.exceptions.ReadTimeout as error:
                raise Unreachable(
                    f"{_host(url)} did not answer in time.", maybe_arrived=True
                ) from error
            except requests.exceptions.ConnectionError as error:
                if _never_connected(error):
                    last = error
                    continue
                raise Unreachable(
                    f"The connection to {_host(url)} broke off.", maybe_arrived=True
                ) from error
            except requests.exceptions.RequestException as error:
                raise Unreachable(f"{_host(url)} could not be called.") from error
            _read(response, until)
            return response
        raise Unreachable(f"{_host(url)} cannot be reached.") from last


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _read(response: requests.Response, until: float) -> None:
    """Read the body into the response, up to the cap and the deadline."""
    url = response.url
    body = bytearray()
    try:
        while chunk := response.raw.read1(65_536, decode_content=True):
            body += chunk
            if len(body) > SIZE_CAP:
                raise Unreachable(f"The answer of {_host(url)} is too large.", maybe_arrived=True)
            if time.monotonic() > until:
                raise Unreachable(f"The answer of {_host(url)} took too long.", maybe_arrived=True)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        response.close()
        what = "took too long" if time.monotonic() > until else "broke off"
        raise Unreachable(f"The answer of {_host(url)} {what}.", maybe_arrived=True) from error
    except Unreachable:
        response.close()
        raise
    response._content = bytes(body)
    response._content_consumed = True  # type: ignore[attr-defined]  # requests' own marker
    response.raw.release_conn()


class GuardedSession(requests.Session):
    """A `requests` session that only goes where this module allows. Not for sharing by threads.

    It can be handed to libraries that bring no guard of their own (PyLTI1p3's services).
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        super().__init__()
        self.trust_env = False
        self.headers["User-Agent"] = USER_AGENT
        self.max_redirects = REDIRECTS
        adapter = _GuardedAdapter(Allowed.read(allow))
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow only a GET, and only within one origin; anything else is refused."""
        target = super().get_redirect_target(resp)
        if target is None or resp.request.method not in {"GET", "HEAD"}:
            return None
        here, there = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise AddressRefused(
                f"{here.hostname} redirects to another host, which is not followed."
            )
        return target


_sessions = threading.local()


def _session(allow: tuple[str, ...]) -> GuardedSession:
    # One per thread keeps connections alive without sharing one session between threads.
    kept: dict[tuple[str, ...], GuardedSession] = _sessions.__dict__.setdefault("kept", {})
    if allow not in kept:
        kept[allow] = GuardedSession(allow)
    # What one host set must never be sent on behalf of another registration.
    kept[allow].cookies.clear()
    return kept[allow]


def request(
    method: str,
    url: str,
    *,
    allow: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    data: Mapping[str, str] | bytes | None = None,
    json: Any = None,
    time_out: float = TIME_OUT,
    follow: bool = True,
) -> Answer:
    """Call an address and give back what it answered, whatever the status.

    `allow` is `settings.lti_http_allow`. `json` is encoded compactly; its content type is
    `application/json` unless `headers` names another. `time_out` is in seconds. Without `follow`
    a redirect, even within one origin, is given back like any other answer.
    Raises `AddressRefused` where the address may not be called, `Unreachable` where no complete
    answer came.
    """
    own = CaseInsensitiveDict(headers or {})
    if json is not None:
        data = json_module.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
        own.setdefault("Content-Type", "application/json")
    try:
        response = _session(tuple(allow)).request(
            method,
            url,
            headers=own,
            params=params,
            data=data,
            timeout=time_out,
            allow_redirects=follow,
        )
    except (requests.exceptions.RequestException, ValueError) as error:
        # ValueError: an address, ours or that of a redirect, which is none.
        raise Unreachable(f"{_host(url)} could not be called.") from error
    return Answer(
        response.status_code,
        CaseInsensitiveDict(response.headers),
        response.content,
        response.url,
        response.reason or "",
    )


def get(url: str, **options: Any) -> Answer:
    """`request("GET", …)`."""
    return request("GET", url, **options)


def post(url: str, **options: Any) -> Answer:
    """`request("POST", …)`."""
    return request("POST", url, **options)
