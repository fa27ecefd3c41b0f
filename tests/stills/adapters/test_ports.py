"""The ports of the older protocols: one that is taken, and one that the network reaches."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from lib.config.settings import PrimarySettings
from lib.http.server import listen
from lib.ops.doctor.running import RunningShow, about
from lib.stills.adapters.ports import AdapterPorts
from lib.web.host_report import open_adapters
from tests.ports import free_ports
from tests.rig import until
from tests.stills.adapters.test_intermediary import spoken
from tests.stills.service.scripted import running


def test_a_taken_port_is_named_and_taken_back_later() -> None:
    (port,) = free_ports(1)
    with listen("127.0.0.1", port) as taken, spoken(intermediary_port=port) as foreign:
        (told,) = foreign.service.client.get("/health").json()["adapters"]
        assert (
            told["trouble"]
            == f"port {port} of the protocol intermediary is in use by another program"
        )
        taken.close()
        until(
            lambda: not foreign.service.client.get("/health").json()["adapters"][0]["trouble"], 15
        )
        assert foreign.client.get("/").status_code == 200


def test_the_doctor_names_it_with_clients_and_jobs() -> None:
    with spoken() as foreign:
        foreign.picture("a cat")
        foreign.waiting()
        stream = {"uptime_s": 1.0, "fps_in": 1.0, "fps_out": 1.0, "latency_ms": None,
                  "source": "a", "size": "64x64", "stages": {"publish": {"counts": {}}},
                  "workers": []}  # fmt: skip
        found = about(RunningShow({"stream": stream, "params": {}}), foreign.service.settings)
        (says,) = [one.says for one in found if one.what == "older protocols"]
        assert "intermediary on port" in says and "1 jobs" in says and "0 refused" in says


def test_the_page_of_the_show_is_told_of_a_taken_port() -> None:
    notes: list[str | None] = []
    (port,) = free_ports(1)
    with listen("127.0.0.1", port), running(adapters="intermediary", intermediary_port=port) as one:
        ports = AdapterPorts(one.settings, replace(one.parts, note_trouble=notes.append))
        asyncio.run(ports.start())
    assert notes == [f"port {port} of the protocol intermediary is in use by another program"]


@pytest.mark.parametrize(
    ("bind", "token", "names"),
    [
        ("127.0.0.1", "", ""),
        ("0.0.0.0", "", "intermediary and runai"),
        ("0.0.0.0", "t" * 32, "runai"),
    ],
)
def test_a_protocol_that_the_network_reaches_without_a_token_is_a_warning(
    bind: str, token: str, names: str
) -> None:
    settings = PrimarySettings(
        _env_file=None, adapters="intermediary,runai", adapters_bind=bind, control_token=token
    )
    found = open_adapters(settings)
    assert [names in one for one in found] == ([True] if names else [])
