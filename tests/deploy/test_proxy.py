"""The proxies of docs/setup.md, run as they stand there but for addresses and certificates."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx2 as httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lib.config.settings import ROOT, WorkerSettings
from lib.engine.identity import Identity
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.transform.stills.setup import live_tunnel
from lib.tunnel.relay import Relay
from tests.ports import free_ports
from tests.rig import primary, until
from tests.stills.service.scripted import Service, noise, png, running
from tests.stream.way import Way, check
from tests.web.conftest import Host, running_host

NAME = "wall.example.com"
CONTROL, GUEST, WORKER = "control" * 4, "guest" * 5, "worker" * 4
TOKENS = {"control_token": CONTROL, "guest_token": GUEST, "worker_token": WORKER}
IN_FRONT = {**TOKENS, "allowed_names": NAME, "trusted_proxy": "127.0.0.1"}


class Ports(NamedTuple):
    page: int
    stills: int
    behind_page: int
    behind_stills: int


class ByName(httpx.HTTPTransport):
    """Dials an address, and asks for the certificate of the name."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": NAME}
        return super().handle_request(request)


@dataclass
class Front:
    """A proxy, and the two services behind it."""

    host: Host
    service: Service
    ports: Ports
    tls: ssl.SSLContext
    folder: Path  # its certificate, and the sockets of the show's processes

    @contextmanager
    def visitor(self, port: int, came_from: str = "127.0.0.7") -> Iterator[httpx.Client]:
        """A browser that knows the machine by the proxy's name."""
        way = ByName(verify=self.tls, local_address=came_from)
        headers = {"Host": f"{NAME}:{port}"}
        with httpx.Client(
            base_url=f"https://127.0.0.1:{port}", transport=way, headers=headers, timeout=10
        ) as client:
            yield client

    def origin(self, port: int) -> dict[str, str]:
        return {"Origin": f"https://{NAME}:{port}", "Sec-Fetch-Site": "same-origin"}


def block(kind: str) -> str:
    text = (ROOT / "docs" / "setup.md").read_text("utf-8")
    (found,) = re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)
    return str(found)


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "fullchain.pem", folder / "privkey.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def nginx(folder: Path, ports: Ports) -> list[str]:
    chain, key = certificate(folder)
    there = "/etc/letsencrypt/live/wall.example.com"
    server = replaced(
        re.sub(r"\n *listen 203.0.113.10:5560 .*", "", block("nginx")),
        ("203.0.113.10:443", f"127.0.0.1:{ports.page}"),
        ("203.0.113.10:5559", f"127.0.0.1:{ports.stills}"),
        (
            "default 5556; 5559 5559; 5560 5560;",
            f"default {ports.behind_page}; {ports.stills} {ports.behind_stills};",
        ),
        (f"{there}/fullchain.pem", str(chain)),
        (f"{there}/privkey.pem", str(key)),
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    conf = folder / "nginx.conf"
    user = "user root;" if Path("/root").is_dir() and Path.home() == Path("/root") else ""
    conf.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log stderr error; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{server} }}\n"
    )
    return ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(conf)]


def caddy(folder: Path, ports: Ports) -> list[str]:
    chain, key = certificate(folder)
    sites = replaced(
        block("caddyfile").partition("wall.example.com:5560")[0],
        ("    bind 203.0.113.10\n", f"    bind 127.0.0.1\n    tls {chain} {key}\n"),
        ("wall.example.com {", f"{NAME}:{ports.page} {{"),
        ("wall.example.com:5559", f"{NAME}:{ports.stills}"),
        ("127.0.0.1:5556", f"127.0.0.1:{ports.behind_page}"),
        ("127.0.0.1:5559", f"127.0.0.1:{ports.behind_stills}"),
    )
    conf = folder / "Caddyfile"
    conf.write_text("{\n    admin off\n    auto_https off\n}\n" + sites)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(conf)]


PROXIES: dict[str, Callable[[Path, Ports], list[str]]] = {"nginx": nginx, "caddy": caddy}


@pytest.fixture(scope="module", params=PROXIES)
def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed: apt install {request.param}")
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as resources:
        host = resources.enter_context(running_host(**IN_FRONT))
        service = resources.enter_context(running(run_dir=folder, **IN_FRONT))
        ports = Ports(*free_ports(2), host.http_port, service.settings.stills_port)
        command = PROXIES[request.param](folder, ports)
        environment = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(folder)}
        log = resources.enter_context((folder / "log").open("w+"))
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        resources.callback(process.wait, 10)
        resources.callback(process.terminate)
        tls = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        tls.check_hostname = False  # the machine is called by its address here
        front = Front(host, service, ports, tls, folder)
        wait_for_both(front, process, folder)
        yield front


def wait_for_both(front: Front, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + 10
    for port in front.ports[:2]:
        while True:
            assert process.poll() is None, (folder / "log").read_text()
            try:
                with front.visitor(port) as client:
                    assert client.get("/healthz").status_code in (200, 503)
                break
            except httpx.TransportError:
                assert time.monotonic() < end
                time.sleep(0.05)


def test_a_visitor_signs_in_and_plays(front: Front) -> None:
    port = front.ports.page
    with front.visitor(port, "127.0.0.8") as client:
        assert client.get("/").status_code == 401
        welcome = client.get(f"/?token={CONTROL}")
        assert welcome.status_code == 303 and "; Secure" in welcome.headers["set-cookie"]
        assert client.get("/").status_code == 200
        change = client.patch("/params", json={"seed": 7}, headers=front.origin(port))
        assert change.status_code == 200, change.text
        evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert client.patch("/params", json={"seed": 8}, headers=evil).status_code == 403
        prompt = client.get(f"/prompt/50%25 fog%2Fsnow? yes?token={CONTROL}").json()["prompt"]
        assert prompt == "50% fog/snow? yes", "an address is passed on as it came"
        (who, *_) = [one["who"] for one in client.get("/journal").json()["entries"]]
        assert who == "127.0.0.8", "not the proxy"
    assert front.host.session.played.seed == 7


@pytest.mark.parametrize("service", ["page", "stills"])
def test_a_websocket_passes(front: Front, service: str) -> None:
    port: int = getattr(front.ports, service)
    path, token = {"page": ("/live", CONTROL), "stills": ("/events", GUEST)}[service]
    with front.visitor(port) as client:
        client.get(f"/?token={token}")
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())

    def opened(origin: str) -> ClientConnection:
        line = socket.create_connection(("127.0.0.1", port), timeout=5)
        shown = {"Cookie": cookie}
        address = f"wss://{NAME}:{port}{path}"
        return connect(address, sock=line, ssl=front.tls, origin=origin, additional_headers=shown)

    with opened(f"https://{NAME}:{port}") as live:
        assert live.recv(5)
    with pytest.raises(InvalidStatus) as refused:
        opened("https://evil.example")
    assert refused.value.response.status_code == 403


def test_pictures_of_any_size_that_is_taken_pass(front: Front) -> None:
    big = noise(2000, 1600)  # not squeezable, so it has 9.6 MB
    assert len(big) > 9_000_000
    with front.visitor(front.ports.stills) as client:
        shown = {"Authorization": f"Bearer {GUEST}"}
        assert client.post("/pictures", content=big, headers=shown).status_code == 200
        too_big = b"x" * (32 * 1024 * 1024 + 1)
        try:
            refused = client.post("/pictures", content=too_big, headers=shown).status_code
            assert refused in (413, 502)  # the latter if the service hung up on the proxy
        except httpx.TransportError:  # it hung up before all of it was sent, as it may
            assert sys.platform == "linux"
        asked = client.post("/jobs", json={"prompt": "a cat"}, headers=shown)
        assert asked.status_code == 202, asked.text


def test_a_worker_comes_through_it_with_its_token(front: Front) -> None:
    shown = {"Authorization": f"Bearer {WORKER}"}
    said = {
        "claim": "0123456789abcdef", "worker": "far", "version": 1, "role": "stills",
        "engine": "painter", "rank": 1, "wait_s": 5, "largest": 1024, "kinds": ["txt2img"],
        "models": None, "held": [],
    }  # fmt: skip
    with front.visitor(front.ports.stills) as client:
        guest = {"Authorization": f"Bearer {GUEST}"}
        client.post("/jobs", json={"prompt": "a dog"}, headers=guest)
        lease = client.post("/work/claim", json=said, headers=shown).json()
        query = {"id": lease["id"], "token": lease["token"], "sample": 0}
        made = png(lease["params"]["width"], lease["params"]["height"])
        done = client.post("/work/finish", params=query, content=made, headers=shown)
        assert done.status_code == 200, done.text
        assert client.get("/jobs", headers=shown).status_code == 403


def test_the_live_picture_of_a_worker_far_away_passes(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same block and the proxy's name, with its certificate checked."""
    monkeypatch.setenv("SSL_CERT_FILE", str(front.folder / "fullchain.pem"))
    monkeypatch.setenv("NO_PROXY", NAME)
    look_up = socket.getaddrinfo

    def here(host: str, *more: Any, **named: Any) -> Any:
        """As a line in /etc/hosts would have it."""
        return look_up("127.0.0.1" if host == NAME else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    with ExitStack() as resources:
        way = Way(resources, primary(), front.folder, 30)
        relay = Flow(Relay(front.service.settings, front.folder))
        assert relay.start()
        resources.callback(relay.stop)
        settings = WorkerSettings(
            _env_file=None, engine="identity", worker_token=WORKER, tunnel="on",
            server=f"https://{NAME}:{front.ports.stills}",
        )  # fmt: skip
        tunnel = live_tunnel(settings)
        fetch = Fetch(settings, tunnel)
        generate = Generate(Identity(), after=fetch)
        worker = Flow(fetch, generate, Send(settings, "far", after=generate, tunnel=tunnel))
        assert worker.start()
        resources.callback(worker.stop)
        assert until(lambda: any(one.name == "far" for one in way.dispatch.workers))
        check(way.see(30))
