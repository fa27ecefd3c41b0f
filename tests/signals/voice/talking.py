"""The service of signals on a port of its own, and a client that talks to its voice."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from lib.config.settings import PrimarySettings
from lib.core.voice.prosody import RATE_HZ, Samples
from lib.http.server import HttpServer
from lib.signals.app import ServiceParts, signals_service
from lib.signals.modulate import Modulate
from lib.signals.parts import SignalParts
from lib.signals.report import SignalReport
from lib.signals.run import signal_parts
from lib.signals.sources import Sources
from lib.signals.voice.opus import OpusDecoder
from lib.signals.voice.webm import AudioFormatError
from lib.stage import Flow
from tests.ports import free_ports


def _has_opus() -> bool:
    try:
        OpusDecoder()
    except AudioFormatError:
        return False
    return True


NEEDS_OPUS = pytest.mark.skipif(not _has_opus(), reason="no libopus here; apt install libopus0")
Facts = dict[str, Any]
CHAT = "/v0/evi/chat"
PIECE_S = 0.02


@dataclass
class VoiceService:
    settings: PrimarySettings
    parts: SignalParts
    client: httpx.Client

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.signals_port}"

    def value(self, name: str) -> float:
        signal = self.parts.bus.get(f"voice.{name}")
        return signal.value if signal else 0.0


@contextmanager
def serving(run_dir: Path, **changes: object) -> Iterator[VoiceService]:
    settings = PrimarySettings(
        _env_file=None,
        signals_port=free_ports(1)[0],
        **changes,  # type: ignore[arg-type, call-arg] # whatever the test sets
    )
    parts = signal_parts(settings, run_dir)
    sources = Sources(parts)
    report = SignalReport(parts, sources, Modulate(parts, run_dir, sources.need))
    flow = Flow(HttpServer(signals_service(settings, ServiceParts(parts, sources, report))))
    assert flow.start()
    address = f"http://127.0.0.1:{settings.signals_port}"
    try:
        with httpx.Client(base_url=address, verify=False, timeout=10) as client:
            yield VoiceService(settings, parts, client)
    finally:
        assert flow.stop()


@dataclass
class Talker:
    """Reads what comes on a thread, with the time at which it came."""

    socket: ClientConnection
    came: list[tuple[float, Facts]] = field(default_factory=list)
    _more: threading.Condition = field(default_factory=threading.Condition)

    def start(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(ConnectionClosed):
            for text in self.socket:
                with self._more:
                    self.came.append((time.monotonic(), json.loads(text)))
                    self._more.notify_all()

    def tell(self, kind: str, **more: object) -> None:
        self.socket.send(json.dumps({"type": kind, **more}))

    def first(
        self, kind: str, within_s: float = 15, wanted: Callable[[Facts], bool] = lambda _: True
    ) -> Facts:
        return self.at(kind, within_s, wanted)[1]

    def at(
        self, kind: str, within_s: float = 15, wanted: Callable[[Facts], bool] = lambda _: True
    ) -> tuple[float, Facts]:
        """Wait for a message of this kind and take it away, with all that came before it."""
        until_s = time.monotonic() + within_s
        with self._more:
            while True:
                for place, (at_s, facts) in enumerate(self.came):
                    if facts["type"] == kind and wanted(facts):
                        del self.came[: place + 1]
                        return at_s, facts
                left_s = until_s - time.monotonic()
                kinds = [facts["type"] for _, facts in self.came]
                assert left_s > 0 and self._more.wait(left_s), f"no {kind} but {kinds}"

    def speaks_linear16(self, rate_hz: int = RATE_HZ, **more: object) -> None:
        audio = {"encoding": "linear16", "sample_rate": rate_hz, "channels": 1}
        self.tell("session_settings", audio=audio, **more)

    def speak(self, *sounds: Samples, speed: float = 4.0) -> float:
        """Send sound in pieces of 20 ms; the time at which its first piece was sent."""
        data = np.concatenate(sounds).tobytes()
        size = int(RATE_HZ * PIECE_S) * 2
        begin_s = time.monotonic()
        for number, at in enumerate(range(0, len(data), size)):
            self.tell("audio_input", data=b64encode(data[at : at + size]).decode())
            ahead_s = number * PIECE_S / speed - (time.monotonic() - begin_s)
            time.sleep(max(0.0, ahead_s))
        return begin_s


@contextmanager
def talking(service: VoiceService, token: str = "", query: str = "") -> Iterator[Talker]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = service.address.replace("http://", "ws://")
    with connect(f"{address}{CHAT}{query}", additional_headers=headers) as socket:
        talker = Talker(socket)
        talker.start()
        yield talker
