"""transform.py as somebody starts it, and a service that it dials."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from lib.config.settings import ROOT, WorkerSettings
from lib.core.still_params import StillParams
from lib.core.tokens import worker_token_of
from lib.transform.stills.setup import SetupError, service_address
from tests.ports import free_ports
from tests.programs import environment, finish
from tests.prompts.test_service_client import certificate
from tests.rig import until
from tests.transform.stills.service import Service

STARTS_S = 30  # on two cores that do much else
LONG = StillParams("a", steps=150, width=64, height=64)
SMALL = StillParams("a", steps=1, width=64, height=64)
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.close()


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as resources:

        def started(*argv: str, **more: str) -> subprocess.Popen[bytes]:
            job, result = free_ports(2)
            flags = [f"--job_port={job}", f"--result_port={result}", "--engine=identity"]
            process = subprocess.Popen(
                [sys.executable, "transform.py", *flags, *argv], cwd=ROOT, env=environment(**more)
            )
            resources.callback(process.wait)
            resources.callback(process.kill)
            return process

        yield started


def ended_in_s(process: subprocess.Popen[bytes]) -> float:
    asked_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    return time.monotonic() - asked_s


@pytest.mark.parametrize("role", ["both", "stills"])
def test_it_makes_stills_listens_nowhere_and_gives_back_when_it_ends(
    service: Service, start: Start, role: str
) -> None:
    process = start(f"--role={role}", f"--server={service.url}", "--delay_ms=50", "--worker_id=w")
    small, job = service.add(SMALL), service.add(LONG)
    assert until(lambda: small.state == "done" and len(job.beats) > 1, STARTS_S)
    assert {(one["worker"], one["role"]) for one in service.offers} == {("w", role)}
    listens = [
        one for one in psutil.Process(process.pid).net_connections() if one.status == "LISTEN"
    ]
    assert not listens
    assert ended_in_s(process) < 1
    assert job.given_back == [""]


def test_it_asks_over_tls_under_the_name_and_token_that_it_was_given(
    start: Start, tmp_path: Path
) -> None:
    made = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made)
    service = Service(token="w-0123456789", tls=tls)
    try:
        more = {"SERVER": service.url, "WORKER_TOKEN": "w-0123456789", "SSL_CERT_FILE": str(made)}
        start(WORKER_ROLE="stills", **more)
        job = service.add(SMALL)
        assert until(lambda: job.state == "done", STARTS_S)
        assert set(service.hosts) == {f"127.0.0.1:{service.port}"}
    finally:
        service.close()


def test_beside_its_primary_it_shows_the_control_token_of_its_env(
    start: Start, tmp_path: Path
) -> None:
    service = Service(token="c-0123456789")
    try:
        (tmp_path / ".env").write_text("CONTROL_TOKEN=c-0123456789\nROLE=view\n")
        start("--role=stills", f"--server={service.url}", ENV_FILE=str(tmp_path / ".env"))
        job = service.add(SMALL)
        assert until(lambda: job.state == "done", STARTS_S)
    finally:
        service.close()


def settings(**changed: object) -> WorkerSettings:
    return WorkerSettings(_env_file=None, **changed)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"server": "wall.example.com"}, "SERVER must be a URL like https://example.org/v1"),
        ({"server": "https://me:secret@wall"}, "SERVER must be a URL without a password"),
        ({"worker_token": "sec ret"}, "WORKER_TOKEN holds characters that no key has"),
    ],
)
def test_a_mistake_is_one_sentence(changed: dict[str, object], says: str) -> None:
    with pytest.raises(SetupError, match=says) as caught:
        service_address(settings(**changed))
    assert "secret" not in str(caught.value) and "sec ret" not in str(caught.value)


@pytest.mark.parametrize("control", ["of the primary host, and long", "short"])
def test_of_a_control_token_its_own_primary_alone_is_shown_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, control: str
) -> None:
    (tmp_path / ".env").write_text(f"CONTROL_TOKEN='{control}'\n")
    monkeypatch.setenv("ENV_FILE", str(tmp_path / ".env"))
    shown = worker_token_of(control) or control
    ours = {"primary_hostname": "Wall.local", "server": "https://wall.local"}
    for own in ({}, {"server": "http://127.0.0.1:5559"}, {"server": "http://[::1]:1"}, ours):
        assert token_for(**own) == shown
    for foreign in (
        "https://wall.example.com",
        "http://127.0.0.1.example.com",
        "http://wall.local",
    ):
        assert token_for(server=foreign) == ""
        assert token_for(server=foreign, worker_token="of-workers") == "of-workers"


def token_for(**changed: object) -> str:
    there = service_address(settings(**changed))
    assert there
    return there.token


def test_where_stills_are_asked_for() -> None:
    there = service_address(settings(primary_hostname="::1"))
    assert there and there.where.name == "[::1]:5559" and not there.where.secure
    there = service_address(settings(server="https://wall.example.com/a", stills_port=0))
    assert there and (there.where.name, there.where.path) == ("wall.example.com", "/a")
    assert service_address(settings(worker_role="live")) is None
    assert service_address(settings(stills_port=0)) is None
    assert service_address(settings(primary_hostname="a" * 70)) is None


def test_stills_without_a_service_is_exit_code_2() -> None:
    done = finish("transform.py", "--engine=identity", "--role=stills", "--stills_port=0")
    assert done.returncode == 2 and done.stderr == (
        "transform.py: --role stills needs a service: STILLS_PORT must not be 0 without SERVER\n"
    )


HANGS = """
    import sys, time
    from lib.engine.identity import Identity
    from lib.http_client.service_url import parse_service_url
    from lib.stage import Flow
    from lib.transform.stills.lease import Lease, Leaser
    from lib.transform.stills.makers import MakeStills
    from lib.transform.stills.service_link import ServiceAddress
    engine = Identity()
    engine.make = lambda *_: iter(lambda: time.sleep(60), 0)
    leaser = Leaser("w", "stills", engine.name, engine.offer)
    maker = MakeStills(lambda: engine)
    address = ServiceAddress(parse_service_url(sys.argv[1]))
    Flow(Lease(address, lambda: leaser, maker, 0.5), maker).start()
    time.sleep(60)
"""


def test_an_engine_that_hangs_gives_back_and_ends_with_code_70(service: Service) -> None:
    job = service.add(SMALL)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(HANGS), service.url],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=STARTS_S,
        check=False,
    )
    assert done.returncode == 70
    assert job.given_back == ["The engine did not begin within 2 s."]
    assert "Thread" in done.stderr and "time.sleep" not in job.given_back[0]
