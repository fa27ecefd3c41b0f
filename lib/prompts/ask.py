"""One question to a server elsewhere: a small POST, a small JSON answer, in the time that is left.

Nothing here outlives its deadline for the one who asks, whatever the other side does: a name that
does not resolve, a server that sends one byte a second, an answer without an end. No proxy is
used, no redirect is followed, and no text of the server's finds its way into a sentence of ours.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

# What a server's JSON may be; it is taken apart by `inside`, never by trust.
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

LARGEST_ANSWER = 256 * 1024
MOST_AT_ONCE = 8  # threads that wait for a server, those that were given up among them
LONGEST_URL = 2000

_waiting = threading.BoundedSemaphore(MOST_AT_ONCE)


class AskError(Exception):
    """No usable answer; the text says why, for the one who typed, and holds no key."""

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.status = status  # of HTTP, where there was one


class Place(NamedTuple):
    """Where a server is, taken from a URL once, at the start."""

    secure: bool
    host: str
    port: int
    path: str  # without a slash at its end

    @property
    def name(self) -> str:
        """For sentences and for the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def is_near(self) -> bool:
        """On this machine: what is sent there passes no network."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    def below(self, path: str) -> Place:
        return self._replace(path=self.path + path)


def place(url: str) -> Place:
    """ValueError with the end of a sentence that begins with the setting's name."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except (ValueError, UnicodeError):
        raise ValueError("is not a URL") from None
    if parts.scheme not in ("http", "https") or not host or len(url) > LONGEST_URL:
        raise ValueError("must be a URL like https://example.org/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be a URL without a password, ? or #")
    if not re.fullmatch(r"[\x21-\x7e]*", parts.path):
        raise ValueError("holds characters that a URL can not have")
    secure = parts.scheme == "https"
    return Place(secure, host, port or (443 if secure else 80), parts.path.rstrip("/"))


def key_trouble(key: str) -> str | None:
    """What keeps `key` from being sent in a header; the end of a sentence, without the key."""
    if re.fullmatch(r"[\x21-\x7e]{0,4096}", key):
        return None
    return "holds characters that no key has: was it copied whole, in one line?"


def left_s(until_ns: int) -> float:
    return (until_ns - time.monotonic_ns()) / 1e9


def ask_json(
    where: Place, question: object, until_ns: int, headers: Mapping[str, str] | None = None
) -> Json:
    """POST JSON, get JSON; AskError when that did not work out until `until_ns`."""
    body = json.dumps(question).encode()
    return ask(where, body, "application/json", until_ns, headers)


def ask(
    where: Place, body: bytes, kind: str, until_ns: int, headers: Mapping[str, str] | None = None
) -> Json:
    in_s = left_s(until_ns)
    if in_s <= 0:
        raise AskError(f"there was no time left to ask {where.name}")
    if not _waiting.acquire(blocking=False):
        raise AskError(f"{where.name} is being asked too much at once")
    sent = {"Host": where.name, "Content-Type": kind, "Accept": "application/json"}
    exchange = _Exchange(where, body, sent | dict(headers or {}), in_s)
    thread = threading.Thread(target=exchange.run, name="Ask", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads on this machine
        _waiting.release()
        raise AskError(f"{where.name} could not be asked on this machine") from None
    if not exchange.done.wait(in_s):
        exchange.give_up()
        raise AskError(f"{where.name} did not answer in time")
    if exchange.failure:
        raise exchange.failure
    return _json(exchange.answer, where)


@dataclass
class _Exchange:
    """Runs on a thread of its own, because reading a name's address can not be given a limit."""

    where: Place
    body: bytes
    headers: dict[str, str]
    in_s: float
    answer: bytes = b""
    failure: AskError | None = None
    done: threading.Event = field(default_factory=threading.Event)
    _given_up: bool = False
    _socket: socket.socket | None = None

    def run(self) -> None:
        name = self.where.name
        try:
            self.answer = self._talk()
        except AskError as error:
            self.failure = error
        except ssl.SSLCertVerificationError:
            self.failure = AskError(f"the certificate of {name} is not valid")
        except ssl.SSLError:
            self.failure = AskError(f"{name} does not speak TLS as it should")
        except socket.gaierror:
            self.failure = AskError(f"there is no {name} to be found")
        except TimeoutError:
            self.failure = AskError(f"{name} did not answer in time")
        except OSError as error:
            self.failure = AskError(f"{name} can not be reached: {_in_words(error)}")
        except (http.client.HTTPException, ValueError, AttributeError):
            # ValueError and AttributeError: the socket was closed under the reader's hands.
            self.failure = AskError(f"{name} answered with something that is not HTTP")
        finally:
            self.done.set()
            _waiting.release()

    def give_up(self) -> None:
        """Wake the thread, so that it ends: its socket says nothing more."""
        self._given_up = True
        if self._socket:
            with suppress(OSError):
                # Past TLS, which would wait for a farewell.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _talk(self) -> bytes:
        where = self.where
        # A third for one address, so that a name with a dead one first still gets its turn.
        near = socket.create_connection((where.host, where.port), max(0.05, self.in_s / 3))
        try:
            near.settimeout(self.in_s)
            self._socket = near
            if where.secure:
                context = ssl.create_default_context()
                near = context.wrap_socket(
                    near, server_hostname=where.host, do_handshake_on_connect=False
                )
                self._socket = near
            if self._given_up:
                raise TimeoutError
            if isinstance(near, ssl.SSLSocket):
                near.do_handshake()
            return self._post(near)
        finally:
            near.close()

    def _post(self, near: socket.socket) -> bytes:
        where = self.where
        connection = http.client.HTTPConnection(where.host, where.port)
        connection.sock = near
        connection.request("POST", where.path or "/", self.body, self.headers)
        response = connection.getresponse()
        with response:
            if response.status != 200:
                raise AskError(f"{where.name} {_refusal(response.status)}", response.status)
            answer = response.read(LARGEST_ANSWER + 1)
        if len(answer) > LARGEST_ANSWER:
            raise AskError(f"{where.name} answered more than {LARGEST_ANSWER // 1024} kB")
        return answer


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


def _in_words(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, ConnectionError):
        return "it hung up"
    return "no way to it" if error.errno is not None else "it did not work out"


def _json(answer: bytes, where: Place) -> Json:
    try:
        found: Json = json.loads(answer)
    except (ValueError, RecursionError):
        raise AskError(f"{where.name} answered with something that is not JSON") from None
    return found


def inside(answer: Json, *way: str | int) -> Json:
    """What lies at the end of the way through maps and lists; None where there is none."""
    for step in way:
        if isinstance(step, str) and isinstance(answer, dict):
            answer = answer.get(step)
        elif isinstance(step, int) and isinstance(answer, list) and step < len(answer):
            answer = answer[step]
        else:
            return None
    return answer
