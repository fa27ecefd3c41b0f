"""The process of signals: the bus, what puts on it, what it moves, and the pages."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fastapi import HTTPException

from lib.config.settings import PrimarySettings
from lib.http.away import AwayWork
from lib.http.server import HttpServer
from lib.http.token import warn_of_short_tokens
from lib.http_client.control_client import ControlClient
from lib.signals.app import ServiceParts, signals_service
from lib.signals.bus import Bus
from lib.signals.learn import Learn
from lib.signals.modulate import Modulate
from lib.signals.parts import LockedBeat, NowPlayed, SignalParts
from lib.signals.report import SignalReport
from lib.signals.sources import Sources
from lib.stage import Flow
from lib.wire.ports import local_name

MOST_AWAY = 8  # questions to control at once
AGENT = "afterimage-signals"
# A thread that computes lets another one in after this long: what has a cadence here, the broker
# and the moves, would wait five times as long by Python's own measure.
SWITCH_S = 0.001


def signal_parts(settings: PrimarySettings, run_dir: Path | None) -> SignalParts:
    bus = Bus()
    control = ControlClient(
        local_name(settings.bind), settings.settings_port, settings.control_token, AGENT
    )
    away = AwayWork(MOST_AWAY, "changes of the show", partial(HTTPException, 503))
    now = NowPlayed(settings.played)
    return SignalParts(settings, run_dir, bus, LockedBeat(), now, control, Learn(bus), away)


def run_signals(
    settings: PrimarySettings,
    run_dir: Path,
    quit_event: threading.Event,
    on_ready: Callable[[], None],
    on_beat: Callable[[], None],
) -> int:
    sys.setswitchinterval(SWITCH_S)
    warn_of_short_tokens(settings)
    parts = signal_parts(settings, run_dir)
    sources = Sources(parts)
    modulate = Modulate(parts, run_dir, sources.need)
    report = SignalReport(parts, sources, modulate)
    service = signals_service(settings, ServiceParts(parts, sources, report))
    server = HttpServer(service, on_ready, on_beat)
    return Flow(sources, modulate, server).run(quit_event, settings.hang_s)
