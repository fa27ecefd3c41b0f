"""Whatever a server does, the one who asks has an answer or a sentence in time."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.http_client.service_url import ServiceError, key_problem, parse_service_url
from lib.prompts import service_client
from lib.prompts.service_client import Json, post_json, value_at
from tests.http_client.server import (
    Answer,
    Server,
    drips,
    endless,
    endless_headers,
    raw,
    says,
    sends,
    silent,
)
from tests.ports import free_ports
from tests.rig import until

Serve = Callable[..., Server]
KEY = "sk-geheim-0123456789"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def asked(url: str, within_s: float = 2.0) -> Json:
    until_ns = time.monotonic_ns() + int(within_s * 1e9)
    headers = {"Authorization": f"Bearer {KEY}"}
    return post_json(parse_service_url(url), {"a": "ü"}, until_ns, headers)


def trouble(url: str, within_s: float = 2.0) -> str:
    with pytest.raises(ServiceError) as caught:
        asked(url, within_s)
    assert KEY not in str(caught.value) and "\n" not in str(caught.value)
    return str(caught.value)


def test_a_question_and_its_answer(serve: Serve) -> None:
    server = serve(says({"yes": [1, "ä"]}))
    assert asked(server.url + "/v1/x") == {"yes": [1, "ä"]}
    (request,) = server.requests
    assert (request.path, request.json) == ("/v1/x", {"a": "ü"})
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (says({}, 401), "refused the key (401)"),
        (says({}, 403), "does not allow it (403)"),
        (says({}, 404), "has nothing at this address (404)"),
        (says({}, 429), "is asked too often"),
        (says({}, 500), "has a trouble of its own (500)"),
        (says({}, 503), "has a trouble of its own (503)"),
        (says({}, 204), "answered with 204"),
        (says({}, 418), "answered with 418"),
        (sends(b"<html>hello</html>"), "not JSON"),
        (sends(b""), "not JSON"),
        (sends(b'{"half": '), "not JSON"),
        (sends(b"\xff\xfe\x00"), "not JSON"),
        (sends(b"[" * 100_000), "not JSON"),
        (sends(b"9" * 100_000), "not JSON"),
        (sends(b" " * 300_000), "answered more than 256 kB"),
        (endless, "answered more than 256 kB"),
        (endless_headers, "not HTTP"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "not HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n{"), "not HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"), "not HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "not HTTP"),
        (raw(b""), "it hung up"),
    ],
)
def test_a_bad_answer_is_a_sentence(serve: Serve, answer: Answer, sentence: str) -> None:
    server = serve(answer)
    said = trouble(server.url)
    assert sentence in said and said.startswith(f"127.0.0.1:{server.port} ")


@pytest.mark.parametrize(
    "answer",
    [silent, drips(b"H"), drips(GOOD[:20]), drips(b"HTTP/1.1 100 Continue\r\n\r\n")],
    ids=["silent", "drips", "drips a head", "goes on and on"],
)
def test_the_deadline_is_one_for_all(serve: Serve, answer: Answer) -> None:
    server = serve(answer)
    before = time.monotonic()
    assert "did not answer in time" in trouble(server.url, within_s=0.2)
    assert time.monotonic() - before < 0.9
    # The thread that waited is gone too, while the server goes on, and its place is free.
    assert until(
        lambda: not any(thread.name == "ServiceClient" for thread in threading.enumerate())
    )
    assert until(lambda: service_client._waiting._value == service_client.MOST_AT_ONCE)


def test_a_drip_inside_the_body_ends_with_the_deadline_too(serve: Serve) -> None:
    def answer(server: Server, connection: socket.socket, _: object) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while not server.over.wait(0.02):
            connection.sendall(b" ")

    before = time.monotonic()
    assert "did not answer in time" in trouble(serve(answer).url, within_s=0.2)
    assert time.monotonic() - before < 0.9


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    elsewhere = serve(says({"stolen": True}))
    for status in (301, 302, 307, 308):
        server = serve(sends(b"", status, f"Location: {elsewhere.url}/\r\n"))
        assert f"wants to send us elsewhere ({status})" in trouble(server.url)
    assert not elsewhere.requests


def test_nobody_there() -> None:
    assert "nothing listens there" in trouble(f"http://127.0.0.1:{free_ports(1)[0]}")
    assert "there is no nowhere.invalid to be found" in trouble("http://nowhere.invalid", 5)
    assert "no time left" in trouble("http://127.0.0.1:9", within_s=0)


def test_a_name_that_takes_long_to_find_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    found = threading.Event()

    def slow(*_: object, **__: object) -> list[object]:
        found.wait(5)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    before = time.monotonic()
    assert "did not answer in time" in trouble("http://slow.example", within_s=0.15)
    assert time.monotonic() - before < 0.9
    found.set()
    assert until(lambda: service_client._waiting._value == service_client.MOST_AT_ONCE)


def test_only_so_many_wait_at_once(serve: Serve) -> None:
    server = serve(silent)
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda: said.append(trouble(server.url, within_s=0.6)))
        for _ in range(service_client.MOST_AT_ONCE + 3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("is being asked too much at once" in one for one in said) == 3
    assert sum("did not answer in time" in one for one in said) == service_client.MOST_AT_ONCE


def test_proxies_of_the_environment_are_not_used(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = serve(says({"proxy": True})), serve(says({"server": True}))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    assert asked(server.url) == {"server": True}
    assert not proxy.requests


def test_a_certificate_that_nobody_signed_gets_no_key(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made)
    server = serve(says({"ok": True}), tls=context)
    assert "the certificate of 127.0.0.1" in trouble(server.url)
    assert not server.requests
    monkeypatch.setenv("SSL_CERT_FILE", str(made))  # a signer of one's own, as the docs say
    assert asked(server.url) == {"ok": True}


def test_a_server_without_tls_is_a_sentence() -> None:
    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 plain words only\r\n\r\n")
            connection.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        assert "does not speak TLS as it should" in trouble(url)
        thread.join()


def test_a_handshake_without_an_end_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        before = time.monotonic()
        assert "did not answer in time" in trouble(url, within_s=0.2)
        assert time.monotonic() - before < 0.9
    assert until(lambda: service_client._waiting._value == service_client.MOST_AT_ONCE)


def certificate(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = folder / "both.pem"
    made.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "must be a URL"),
        ("api.openai.com/v1", "must be a URL"),
        ("ftp://host/", "must be a URL"),
        ("https://", "must be a URL"),
        ("http://host:99999", "is not a URL"),
        ("http://[::1", "is not a URL"),
        ("http://a" + "b" * 70 + ".c", "is not a URL"),
        ("https://me:secret@host/v1", "without a password"),
        ("https://host/v1?key=secret", "without a password"),
        ("https://host/v1 \r\nX-Other: 1", "characters"),
        ("https://host/" + "a" * 3000, "must be a URL"),
    ],
)
def test_what_is_no_place_to_ask(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        parse_service_url(url)
    assert "secret" not in str(caught.value)


def test_places_and_their_names() -> None:
    assert parse_service_url("https://api.openai.com/v1/").name == "api.openai.com"
    assert parse_service_url("https://api.openai.com/v1/").path == "/v1"
    assert parse_service_url("http://[::1]:5000").name == "[::1]:5000"
    assert (
        parse_service_url("http://[::1]:5000").is_near
        and parse_service_url("http://localhost").is_near
    )
    assert not parse_service_url("https://localhost.example.org").is_near
    assert not parse_service_url("http://127.0.0.1.example.org").is_near
    assert parse_service_url("http://bücher.example").name == "xn--bcher-kva.example"
    assert parse_service_url("http://host").below("/translate").path == "/translate"


@pytest.mark.parametrize("key", ["a\nb", "a b", "schlüssel", "x" * 5000, "\x7f"])
def test_a_key_that_can_not_be_sent(key: str) -> None:
    said = key_problem(key)
    assert said and key not in said
    assert key_problem(KEY) is None


def test_nothing_inside_is_none() -> None:
    answer: Json = {"a": [{"b": 1}], "c": None}
    assert value_at(answer, "a", 0, "b") == 1
    for way in [("a", 1), ("a", "b"), ("x",), (0,), ("c", "d"), ("a", 0, "b", "c")]:
        assert value_at(answer, *way) is None
