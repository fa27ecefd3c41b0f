"""Requests through httpcore, with one deadline for all of each.

httpcore limits each read by itself, so that a server which sends a byte now and then holds it for
ever. Here each step of the connection gets what is left of the whole time. Only a name's address
is looked up without a limit, by the system, which is why who must not wait has a thread for it.

This is a file of its own because its users import it with the first question: httpcore takes 17 ms
and 0.6 MB of a process, and with anyio and h11 a good deal more where those are not loaded, and
many a process never asks anything.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import httpcore2 as httpcore

from lib.http_client.service_url import (
    LARGEST_ANSWER,
    LONGEST_URL,
    ServiceError,
    ServiceUrl,
)

# At its DEBUG it logs ten lines for each request.
logging.getLogger("httpcore2").setLevel(logging.INFO)


SWITCHING = 101


class Question(NamedTuple):
    method: str
    path: str  # below the service's own
    headers: dict[str, str]
    body: bytes = b""


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = {}  # of an upgrade; names in small letters


def post_until(where: ServiceUrl, body: bytes, headers: dict[str, str], until_ns: int) -> bytes:
    """The body of the answer; ServiceError in one sentence. No proxy is used."""
    with HttpLine(where) as line:
        answer = line.ask(Question("POST", "", headers, body), until_ns)
    if answer.status != 200:
        raise ServiceError(f"{where.name} {refusal(answer.status)}", answer.status)
    return answer.body


class HttpLine:
    """A connection to a service, kept from one request to the next. Belongs to one thread."""

    def __init__(self, where: ServiceUrl, proxy: str = "") -> None:
        """`proxy`: the URL of one, perhaps with a password in it, as `https_proxy` finds it."""
        self._where, self._network = where, DeadlineNetwork()
        self._held = ExitStack()
        # What the system trusts, or SSL_CERT_FILE names.
        tls = ssl.create_default_context() if where.secure else None
        self._pool: httpcore.ConnectionPool
        if proxy and where.secure:
            there, auth = _proxy(proxy)
            self._pool = httpcore.HTTPProxy(
                there, auth, ssl_context=tls, max_connections=1, network_backend=self._network
            )
        else:
            self._pool = httpcore.ConnectionPool(
                tls, max_connections=1, network_backend=self._network
            )

    def __enter__(self) -> HttpLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._held.close()
        self._pool.close()

    def abort(self) -> None:
        """End the request that is on its way with a ServiceError. Any thread may call this; a name
        that is just being looked up is not interrupted."""
        self._network.abort()

    def ask(self, question: Question, until_ns: int, largest: int = LARGEST_ANSWER) -> Answer:
        """The answer, whatever its status; ServiceError in one sentence where there was none."""
        self._network.begin(until_ns)
        with self.in_sentences(), self._stream(question) as response:
            return self._read(response, largest)

    def upgrade(
        self, question: Question, until_ns: int
    ) -> tuple[Answer, httpcore.NetworkStream | None]:
        """The answer, and with status 101 the connection itself, which lasts until `close`. Each
        use of it begins with `use` and is `in_sentences`."""
        self._network.begin(until_ns)
        with self.in_sentences(), ExitStack() as resources:
            response = resources.enter_context(self._stream(question))
            if response.status != SWITCHING:
                return self._read(response, LARGEST_ANSWER), None
            self._held = resources.pop_all()
            stream: httpcore.NetworkStream = response.extensions["network_stream"]
            headers = {key.decode().lower(): value.decode() for key, value in response.headers}
            return Answer(response.status, b"", headers), stream

    def use(self, within_s: float) -> None:
        self._network.begin(time.monotonic_ns() + int(within_s * 1e9))

    @contextmanager
    def in_sentences(self) -> Iterator[None]:
        """What goes wrong meanwhile, as a ServiceError."""
        name = self._where.name
        try:
            yield
        except (TimeoutError, httpcore.TimeoutException):
            raise ServiceError(f"{name} did not answer in time") from None
        except httpcore.ProxyError:
            raise ServiceError(f"the proxy does not let us through to {name}") from None
        except (OSError, httpcore.NetworkError) as error:
            raise ServiceError(
                _in_words(error.__cause__ or error.__context__ or error, name)
            ) from None
        except httpcore.ProtocolError:
            heard, mute = (
                "answered with something that is not HTTP",
                "cannot be reached: it hung up",
            )
            raise ServiceError(f"{name} {heard if self._network.heard else mute}") from None

    def _stream(self, question: Question) -> AbstractContextManager[httpcore.Response]:
        where, (method, path, headers, body) = self._where, question
        url = httpcore.URL(
            scheme=b"https" if where.secure else b"http",
            host=where.host.encode(),
            port=where.port,
            target=(where.path + path or "/").encode(),
        )
        sent = list({"Host": where.name, **headers}.items())
        return self._pool.stream(method, url, headers=sent, content=body)

    def _read(self, response: httpcore.Response, largest: int) -> Answer:
        answer = b""
        for piece in response.iter_stream():
            answer += piece
            if len(answer) > largest:
                raise ServiceError(f"{self._where.name} answered more than {largest // 1024} kB")
        return Answer(response.status, answer)


def https_proxy(where: ServiceUrl) -> str:
    """The proxy that HTTPS_PROXY names for this server, unless NO_PROXY excepts it. Plain HTTP goes
    without one: what has no encryption shows its token to nobody on the way that need not be."""
    if not where.secure or urllib.request.proxy_bypass(where.host):
        return ""
    return urllib.request.getproxies().get("https", "")


def proxy_problem(url: str) -> str | None:
    """What is wrong with a proxy's URL; the end of a sentence, without its password."""
    try:
        _proxy(url)
    except ValueError:
        return "must be a URL like http://proxy.example.org:3128"
    return None


def _proxy(url: str) -> tuple[str, tuple[str, str] | None]:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    port, host = parts.port, parts.hostname
    if parts.scheme not in ("http", "https") or not host or len(url) > LONGEST_URL:
        raise ValueError(url)
    name = f"[{host}]" if ":" in host else host.encode("idna").decode()
    there = f"{parts.scheme}://{name}:{port or (443 if parts.scheme == 'https' else 80)}"
    if parts.username is None:
        return there, None
    return there, (unquote(parts.username), unquote(parts.password or ""))


class DeadlineNetwork(httpcore.SyncBackend):
    """The system's sockets, each step of which takes at most the time that is left."""

    def __init__(self) -> None:
        self._until_ns = 0
        self._socket: socket.socket | None = None
        self._aborted = False
        self.heard = False  # a byte of the other side, at least

    def begin(self, until_ns: int) -> None:
        """A request that must be over by then."""
        self._until_ns, self.heard = until_ns, False

    def abort(self) -> None:
        self._aborted = True
        there = self._socket
        if there is not None:
            with suppress(OSError):  # of an SSLSocket this one, which takes no TLS apart
                socket.socket.shutdown(there, socket.SHUT_RDWR)

    def left_s(self, most_s: float | None = None) -> float:
        """For the next step; TimeoutError when nothing is left."""
        left = (self._until_ns - time.monotonic_ns()) / 1e9
        if left <= 0 or self._aborted:
            raise TimeoutError
        return left if most_s is None else min(left, most_s)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        # A third for one address, so that a name with a dead one first still gets its turn.
        third = max(0.05, self.left_s(timeout) / 3)
        stream = super().connect_tcp(host, port, third, local_address, socket_options or ())
        return self.watched(stream)

    def watched(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        there = stream.get_extra_info("socket")
        self._socket = there if isinstance(there, socket.socket) else None
        return DeadlineStream(stream, self)


class DeadlineStream(httpcore.NetworkStream):
    """A connection, with or without TLS, that ends with its network's deadline."""

    def __init__(self, stream: httpcore.NetworkStream, network: DeadlineNetwork) -> None:
        self._stream, self._network = stream, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._network.left_s(timeout))
        self._network.heard |= bool(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.left_s(timeout))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> object:
        """Among others whether there is something to read: of an idle connection that is its
        end."""
        return self._stream.get_extra_info(info)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            left_s = self._network.left_s(timeout)
        except TimeoutError:
            self.close()
            raise
        return self._network.watched(self._stream.start_tls(ssl_context, server_hostname, left_s))


def refusal(status: int) -> str:
    said = {
        401: "refused the key (401)",
        403: "does not allow it (403)",
        404: "has nothing at this address (404)",
        429: "is asked too often or is paid for no more (429)",
    }
    if status in said:
        return said[status]
    if 300 <= status < 400:
        return f"wants to send us elsewhere ({status}), which is not followed"
    if status >= 500:
        return f"has a trouble of its own ({status})"
    return f"answered with {status}"


def _in_words(error: BaseException, name: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {name} is not valid"
    if isinstance(error, ssl.SSLError):
        return f"{name} does not speak TLS as it should"
    if isinstance(error, socket.gaierror):
        return f"there is no {name} to be found"
    if isinstance(error, ConnectionRefusedError):
        return f"{name} cannot be reached: nothing listens there"
    if isinstance(error, ConnectionError):
        return f"{name} cannot be reached: it hung up"
    is_known = isinstance(error, OSError) and error.errno is not None
    return f"{name} cannot be reached: {'no way to it' if is_known else 'it did not work out'}"
