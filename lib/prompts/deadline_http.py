"""One POST through httpcore, with one deadline for all of it.

httpcore limits each read by itself, so that a server which sends a byte now and then holds it for
ever. Here each step of the connection gets what is left of the whole time. Only a name's address
is looked up without a limit, by the system, which is why an exchange has a thread of its own.

This is a file of its own because `service_client` imports it with the first question: httpcore
takes 17 ms and 0.6 MB of the control process, and with anyio and h11 a good deal more where those
are not loaded, and only a show with a judge or a translator asks anything.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable

import httpcore2 as httpcore

from lib.prompts.service import LARGEST_ANSWER, ServiceError, ServiceUrl


def post_until(where: ServiceUrl, body: bytes, headers: dict[str, str], until_ns: int) -> bytes:
    """The body of the answer; ServiceError in one sentence."""
    network = DeadlineNetwork(until_ns)
    try:
        return _post(network, where, body, headers)
    except (TimeoutError, httpcore.TimeoutException):
        raise ServiceError(f"{where.name} did not answer in time") from None
    except (OSError, httpcore.NetworkError) as error:
        raise ServiceError(_in_words(error.__cause__ or error, where.name)) from None
    except httpcore.ProtocolError:
        heard, mute = "answered with something that is not HTTP", "cannot be reached: it hung up"
        raise ServiceError(f"{where.name} {heard if network.heard else mute}") from None


def _post(
    network: DeadlineNetwork, where: ServiceUrl, body: bytes, headers: dict[str, str]
) -> bytes:
    scheme, path = (b"https" if where.secure else b"http"), where.path or "/"
    url = httpcore.URL(
        scheme=scheme, host=where.host.encode(), port=where.port, target=path.encode()
    )
    # What the system trusts, or SSL_CERT_FILE names.
    tls = ssl.create_default_context() if where.secure else None
    with (
        httpcore.HTTPConnection(url.origin, tls, network_backend=network) as connection,
        connection.stream("POST", url, headers=list(headers.items()), content=body) as response,
    ):
        if response.status != 200:
            raise ServiceError(f"{where.name} {_refusal(response.status)}", response.status)
        answer = b""
        for piece in response.iter_stream():
            answer += piece
            if len(answer) > LARGEST_ANSWER:
                raise ServiceError(f"{where.name} answered more than {LARGEST_ANSWER // 1024} kB")
        return answer


class DeadlineNetwork(httpcore.SyncBackend):
    """The system's sockets, each step of which takes at most the time that is left."""

    def __init__(self, until_ns: int) -> None:
        self._until_ns = until_ns
        self.heard = False  # a byte of the other side, at least

    def left_s(self, most_s: float | None = None) -> float:
        """For the next step; TimeoutError when nothing is left."""
        left = (self._until_ns - time.monotonic_ns()) / 1e9
        if left <= 0:
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
        secure = self._stream.start_tls(ssl_context, server_hostname, left_s)
        return DeadlineStream(secure, self._network)


def _refusal(status: int) -> str:
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
