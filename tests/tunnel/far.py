"""A whole tunnel: the service of stills that meets workers, its process, and a stream behind it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from lib.config.settings import WorkerSettings
from lib.core.tokens import worker_token_of
from lib.engine.engine import Engine
from lib.engine.identity import Identity
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.transform.stills.setup import live_tunnel
from lib.transform.tunnel import Tunnel
from lib.tunnel.relay import Relay
from lib.wire.messages import WorkerStatus
from tests.ports import free_ports
from tests.rig import primary, until
from tests.stills.service.scripted import running
from tests.stream.way import Way

CONTROL = "control" * 4
WORKER = worker_token_of(CONTROL, "")


class FarWorker(NamedTuple):
    flow: Flow
    fetch: Fetch
    send: Send
    tunnel: Tunnel


class Far:
    """The primary; `join` starts a worker that knows its address and nothing else."""

    def __init__(self, resources: ExitStack, run_dir: Path, fps: float = 60, **changes: object):
        self.resources, self.run_dir = resources, run_dir
        more = {"control_token": CONTROL, "stills_port": free_ports(1)[0], **changes}
        self.settings = primary(**more)
        self.way = Way(resources, self.settings, run_dir, fps)
        self.relay = self.start_relay()
        port = self.settings.stills_port
        more.pop("stills_port")
        self.service = resources.enter_context(running(port=port, run_dir=run_dir, **more))
        self.server = f"http://127.0.0.1:{port}"

    def start_relay(self) -> Relay:
        relay = Relay(self.settings, self.run_dir)
        flow = Flow(relay)
        assert flow.start()
        self.resources.callback(flow.stop)
        return relay

    def join(self, engine: Engine | None = None, **changes: object) -> FarWorker:
        plain = {"engine": "identity", "server": self.server, "tunnel": "on", "worker_id": "far"}
        settings = WorkerSettings(
            _env_file=None,
            **{**plain, "worker_token": WORKER, **changes},  # type: ignore[arg-type]
        )
        tunnel = live_tunnel(settings)
        assert tunnel
        fetch = Fetch(settings, tunnel)
        generate = Generate(engine or Identity(settings.delay_ms, 0), after=fetch)
        send = Send(settings, settings.worker_id, after=generate, tunnel=tunnel)
        flow = Flow(fetch, generate, send)
        assert flow.start()
        self.resources.callback(flow.stop)
        return FarWorker(flow, fetch, send, tunnel)

    def worker(self, name: str = "far") -> WorkerStatus | None:
        return next((one for one in self.way.dispatch.workers if one.name == name), None)

    def works(self, name: str = "far") -> bool:
        there = self.worker(name)
        return there is not None and there.state == "active" and there.fps > 1

    def wait_for(self, name: str = "far", within_s: float = 20) -> WorkerStatus:
        assert until(lambda: self.works(name), within_s), self.way.dispatch.workers
        there = self.worker(name)
        assert there
        return there
