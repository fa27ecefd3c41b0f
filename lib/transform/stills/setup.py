"""From settings to the stages that make stills in a worker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from pydantic import ValidationError

from lib.config.access import ControlToken
from lib.config.cli import env_file
from lib.config.settings import WorkerSettings
from lib.core.tokens import worker_token_of
from lib.engine.choose import open_engine
from lib.engine.engine import Engine
from lib.http_client.service_url import ServiceUrl, key_problem, parse_service_url
from lib.memory import go_first
from lib.stage import Stage
from lib.transform.stills.beside_live import RESTS_S, RoomForStills, StillsProcess
from lib.transform.stills.lease import Lease, Leaser
from lib.transform.stills.makers import MakeBetweenFrames, MakeStills, StillsBesideFrames
from lib.transform.stills.processor import delayed_ns, step_back
from lib.transform.stills.service_link import ServiceAddress
from lib.transform.tunnel import Tunnel
from lib.wire.keys import worker_key

log = logging.getLogger(__name__)


class SetupError(ValueError):
    """A setting that stills cannot be asked for with; the text is one sentence."""


class BesideLive(NamedTuple):
    """What a worker has for stills beside its live picture."""

    stages: Sequence[Stage] = ()
    frames: StillsBesideFrames | None = None
    process: StillsProcess | None = None


def service_address(settings: WorkerSettings) -> ServiceAddress | None:
    """None where this worker shall ask for no stills."""
    if settings.wire != "stills" and not settings.server:
        raise SetupError(f"WIRE {settings.wire} needs SERVER, the address of that server")
    if settings.worker_role == "live" or (not settings.server and not settings.stills_port):
        return None
    host = settings.primary_hostname
    host = f"[{host}]" if ":" in host else host
    try:
        where = parse_service_url(settings.server or f"http://{host}:{settings.stills_port}")
    except ValueError as error:
        if settings.server:
            raise SetupError(f"SERVER {error}") from None
        return None  # the live picture's stages say what they make of that name
    return _address(settings, where)


def live_tunnel(settings: WorkerSettings) -> Tunnel | None:
    """The way of the live picture through SERVER; None: it comes from PRIMARY_HOSTNAME."""
    if settings.tunnel == "off" or settings.worker_role == "stills":
        return None
    if not settings.server or settings.wire != "stills":
        if settings.tunnel == "on":
            raise SetupError("TUNNEL on needs SERVER, the address of the primary's stills service")
        return None
    try:
        where = parse_service_url(settings.server)
    except ValueError as error:
        raise SetupError(f"SERVER {error}") from None
    if settings.tunnel == "auto" and (where.is_near or settings.primary_hostname != "localhost"):
        return None
    return Tunnel(_address(settings, where), worker_key(settings.keys))


def _address(settings: WorkerSettings, where: ServiceUrl) -> ServiceAddress:
    token = settings.worker_token
    if not token and (where.is_near or where.host == settings.primary_hostname.lower()):
        token = _token_of_primary()  # never to a SERVER of somebody else's
    problem = key_problem(token)
    if problem:
        raise SetupError(f"WORKER_TOKEN {problem}")
    from lib.http_client.deadline_http import https_proxy, proxy_problem  # noqa: PLC0415 - httpcore

    proxy = https_proxy(where)
    problem = proxy_problem(proxy) if proxy else None
    if problem:
        raise SetupError(f"HTTPS_PROXY {problem}")
    foreign_side = settings.still_side if settings.wire == "intermediary" else 0
    return ServiceAddress(where, token, proxy, foreign_side)


def _token_of_primary() -> str:
    """From the control token of a primary host whose .env this is: the workers' that is made from
    it, which opens nothing else, or that itself where it is short."""
    try:
        control = ControlToken(_env_file=env_file()).control_token  # type: ignore[call-arg] # pydantic's own
    except (ValidationError, OSError, UnicodeDecodeError):
        return ""  # app.py says what is wrong with it
    return worker_token_of(control) or control


def beside_live(
    settings: WorkerSettings, address: ServiceAddress | None, worker_id: str, engine: Engine
) -> BesideLive:
    """For a worker that makes the live picture."""
    if address is None:
        return BesideLive()
    leaser = _leaser(worker_id, settings, engine)
    if leaser is None:
        log.info("engine %s makes no stills", engine.name)
        return BesideLive()
    if engine.stills_apart:
        own = settings.model_copy(update={"worker_token": address.token})
        process = StillsProcess(own, engine, leaser)
        return BesideLive([process], process, process)
    maker = MakeBetweenFrames(engine, settings.stills_share)

    def willing() -> Leaser | None:
        leaser = _leaser(worker_id, settings, engine) if maker.suited else None
        return leaser if leaser is None or maker.frames_rest else _only_held(leaser)

    return BesideLive([Lease(address, willing, maker, settings.load_s)], frames=maker)


def stills_alone(
    settings: WorkerSettings, address: ServiceAddress, worker_id: str, engine: Engine
) -> list[Stage]:
    """For a worker that makes nothing but stills."""
    maker = MakeStills(lambda: engine)
    lease = Lease(
        address,
        lambda: _leaser(worker_id, settings, engine),
        maker,
        settings.load_s,
        delayed_ns,
    )
    return [lease, maker]


def stills_in_idle_time(
    settings: WorkerSettings, address: ServiceAddress, live: Leaser, quit_event: threading.Event
) -> list[Stage]:
    """For the process beside a live picture: its engine is opened with the first still, and the
    process ends, to be started anew, when there was none for a while: libraries keep what they once
    had."""
    room = RoomForStills(live)
    go_first()

    def willing() -> Leaser | None:
        if lease.idle_s > RESTS_S:
            quit_event.set()
            return None
        return room.leaser()

    maker = MakeStills(lambda: open_engine(settings), step_back)
    lease = Lease(address, willing, maker, settings.load_s, delayed_ns)
    return [lease, maker]


def _only_held(leaser: Leaser) -> Leaser:
    """Beside a live picture no model is loaded: its frames would wait for the disk and the memory.
    Those that are there are made use of."""
    offer = leaser.offer
    if offer.models is None:
        return leaser
    there = tuple(dict.fromkeys((*offer.models[:1], *offer.held)))
    return replace(leaser, offer=replace(offer, models=there))


def _leaser(worker_id: str, settings: WorkerSettings, engine: Engine) -> Leaser | None:
    offer = engine.offered()
    if offer is None:
        return None
    return Leaser(worker_id, settings.worker_role, engine.name, offer)
