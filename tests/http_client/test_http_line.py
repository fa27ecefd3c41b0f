"""A line to a server is kept from one request to the next, goes by the proxy, and can be cut."""

from __future__ import annotations

import base64
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lib.http_client.deadline_http import HttpLine, Question, https_proxy, proxy_problem
from lib.http_client.service_url import ServiceError, ServiceUrl, parse_service_url
from tests.http_client.connect_proxy import ConnectProxy
from tests.http_client.server import Answer, Server, endless, says, silent
from tests.prompts.test_service_client import certificate


class Echo(BaseHTTPRequestHandler):
    """Says who asked by which connection, and what; ends the connection after /close."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = f"{self.client_address[1]} {self.path} {self.headers['Host']} ".encode() + body
        self.send_response(409 if self.path.endswith("409") else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        self.close_connection = self.path.endswith("close")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def echo() -> Iterator[ServiceUrl]:
    with serving(None) as where:
        yield where


class serving:  # noqa: N801 - reads as what it is: a context
    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> ServiceUrl:
        self._thread.start()
        return parse_service_url(f"{self._scheme}://127.0.0.1:{self._server.server_port}/base")

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def ask(line: HttpLine, path: str, within_s: float = 3.0, body: bytes = b"x") -> tuple[int, str]:
    until_ns = time.monotonic_ns() + int(within_s * 1e9)
    answer = line.ask(Question("POST", path, {"Authorization": "Bearer t"}, body), until_ns)
    return answer.status, answer.body.decode()


def test_one_connection_serves_many_requests(echo: ServiceUrl) -> None:
    with HttpLine(echo) as line:
        status, one = ask(line, "/one")
        _, two = ask(line, "/two?a=b", body=b"more")
    assert status == 200 and one.split()[1:] == ["/base/one", echo.name, "x"]
    assert two.split()[1:] == ["/base/two?a=b", echo.name, "more"]
    assert one.split()[0] == two.split()[0]


def test_a_connection_that_ended_meanwhile_is_made_anew(echo: ServiceUrl) -> None:
    with HttpLine(echo) as line:
        one = ask(line, "/close")[1].split()[0]
        time.sleep(0.05)
        assert ask(line, "/again")[1].split()[0] != one


def test_any_status_is_an_answer(echo: ServiceUrl) -> None:
    with HttpLine(echo) as line:
        assert ask(line, "/409")[0] == 409
        assert ask(line, "/after")[0] == 200


def test_a_deadline_is_for_one_request_and_not_for_the_line(
    serve: Callable[[Answer], Server],
) -> None:
    server = serve(silent)
    with HttpLine(parse_service_url(server.url)) as line:
        with pytest.raises(ServiceError, match="did not answer in time"):
            ask(line, "/", within_s=0.1)
        server.answer = says({"yes": 1})
        assert ask(line, "/") == (200, '{"yes": 1}')


def test_a_long_answer_is_refused(serve: Callable[[Answer], Server]) -> None:
    with (
        HttpLine(parse_service_url(serve(endless).url)) as line,
        pytest.raises(ServiceError, match="answered more than 256 kB"),
    ):
        ask(line, "/")


def test_another_thread_cuts_a_request_that_waits(serve: Callable[[Answer], Server]) -> None:
    server = serve(silent)
    with HttpLine(parse_service_url(server.url)) as line:
        cut = threading.Timer(0.1, line.abort)
        cut.start()
        began = time.monotonic()
        with pytest.raises(ServiceError):
            ask(line, "/", within_s=20)
        assert time.monotonic() - began < 2
        with pytest.raises(ServiceError):  # and is cut for good
            ask(line, "/", within_s=20)
        cut.join()


@pytest.fixture
def tls_echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceUrl]:
    made = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made)
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    with serving(context) as where:
        yield where


@pytest.fixture
def through() -> Iterator[Callable[..., ConnectProxy]]:
    proxies: list[ConnectProxy] = []

    def made(**more: bool) -> ConnectProxy:
        proxies.append(ConnectProxy(**more))
        return proxies[-1]

    yield made
    for proxy in proxies:
        proxy.close()


def test_https_goes_through_the_proxy_and_shows_it_no_token(
    tls_echo: ServiceUrl, through: Callable[..., ConnectProxy]
) -> None:
    proxy = through()
    with HttpLine(tls_echo, f"http://me:se%20cret@{proxy.name}") as line:
        one, two = ask(line, "/one")[1], ask(line, "/two")[1]
    assert one.split()[0] == two.split()[0]
    (head,) = proxy.asked
    assert head.startswith(f"CONNECT 127.0.0.1:{tls_echo.port} ")
    assert base64.b64encode(b"me:se cret").decode() in head
    assert "Bearer" not in head


def test_a_proxy_that_refuses_is_a_sentence_without_its_password(
    tls_echo: ServiceUrl, through: Callable[..., ConnectProxy]
) -> None:
    proxy = through(refuses=True)
    with (
        HttpLine(tls_echo, f"http://me:secret@{proxy.name}") as line,
        pytest.raises(ServiceError, match="the proxy does not let us through") as caught,
    ):
        ask(line, "/")
    assert "secret" not in str(caught.value)


def test_the_proxy_is_the_environments_and_only_for_https(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    far = parse_service_url("https://stills.example.org")
    assert https_proxy(far) == ""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    assert https_proxy(far) == "http://proxy.example.org:3128"
    assert https_proxy(parse_service_url("http://stills.example.org")) == ""
    monkeypatch.setenv("NO_PROXY", "example.org")
    assert https_proxy(far) == ""


def test_a_proxy_that_is_none_is_said_before_it_is_used() -> None:
    for url in ("http://proxy:3128", "proxy.example.org:3128", "https://a:b@[::1]:8080"):
        assert proxy_problem(url) is None
    for url in ("socks5://a:secret@proxy", "http://", "http://proxy:port"):
        said = proxy_problem(url)
        assert said and "secret" not in said
