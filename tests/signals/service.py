"""The whole process of signals beside a real control process, for tests of its port and page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2 as httpx

from lib.config.settings import PrimarySettings
from lib.http.server import HttpServer
from lib.signals.app import ServiceParts, signals_service
from lib.signals.modulate import Modulate
from lib.signals.parts import SignalParts
from lib.signals.report import SignalReport
from lib.signals.run import signal_parts
from lib.signals.sources import Sources
from lib.stage import Flow
from tests.ports import free_ports
from tests.rig import until
from tests.web.conftest import Host, running_host


@dataclass
class SignalsService:
    address: str
    parts: SignalParts
    client: httpx.Client
    host: Host

    def status(self) -> dict[str, object]:
        found: dict[str, object] = self.client.get("/status").json()
        return found


@contextmanager
def running_signals(**changes: object) -> Iterator[SignalsService]:
    (port,) = free_ports(1)
    with running_host(signals_port=port, **changes) as host:
        settings = PrimarySettings(
            _env_file=None,  # type: ignore[call-arg] # pydantic's own
            settings_port=host.http_port,
            output_port=host.output_port,
            stills_port=0,
            signals_port=port,
            **changes,  # type: ignore[arg-type] # whatever the test sets
        )
        parts = signal_parts(settings, host.run_dir)
        sources = Sources(parts)
        modulate = Modulate(parts, host.run_dir, sources.need)
        report = SignalReport(parts, sources, modulate)
        server = HttpServer(signals_service(settings, ServiceParts(parts, sources, report)))
        flow = Flow(sources, modulate, server)
        assert flow.start()
        token = str(changes.get("control_token", ""))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        address = f"http://127.0.0.1:{port}"
        try:
            with httpx.Client(
                base_url=address, verify=False, timeout=20, headers=headers
            ) as client:
                assert until(lambda: parts.now.known)
                yield SignalsService(address, parts, client, host)
        finally:
            assert flow.stop()
