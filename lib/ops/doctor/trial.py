"""Opens the workers' ports for a moment and sends each worker a test frame.

Only done while no show runs. Workers connect to the primary host and try again within a second, so
all that run are here soon; afterwards they wait for a show as before.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.ops.doctor.result import CheckResult, named
from lib.ops.doctor.running import start_one
from lib.pictures.codec import open_codec
from lib.pictures.header import JpegError, read_header
from lib.wire.keys import KeysError, primary_key
from lib.wire.messages import (
    MAX_RESULT,
    JobSettings,
    Packer,
    Result,
    WireError,
    decode_result,
    encode_settings,
)
from lib.wire.result_listener import ResultListener
from lib.wire.tcp import Endpoint, Limits
from lib.wire.worker_listener import WorkerListener

COME_S = 2.5  # a worker takes up to a second to reconnect, and another for the result port
FIRST_S = 5.0  # for an echo, while the result port may not be connected yet
FRAME_S = 15.0  # for a frame that the engine makes, which may first prepare for the size
ALL_S = 45.0
LIMIT_S = COME_S + ALL_S + FRAME_S + 10  # the trial's end, however many workers there are
ECHOES = 5
SMALL, LARGE = Size(64, 64), Size(1408, 1408)
ENOUGH = 0.95


class WorkerTrial(NamedTuple):
    """What was measured of a worker; `trouble` says why it could not be."""

    address: str
    name: str = "?"
    made_by: str = ""
    trouble: str = ""
    echo_ms: float = 0.0
    frame_ms: float = 0.0
    timings: Mapping[str, float] = MappingProxyType({})
    mbit: float = 0.0

    @property
    def fps(self) -> float:
        """The most frames a second: its stages work in parallel, so the slowest sets the rate."""
        slowest = max(self.timings.values(), default=0.0) or self.frame_ms - self.echo_ms
        return 1000 / max(slowest, 0.1)


def test_picture(size: Size, quality: int, noise: int = 26) -> bytes:
    """Soft colours with noise; with much noise the picture can hardly be compressed."""
    rng = np.random.default_rng(1)
    soft = rng.integers(0, 255 - noise, (16, 16, 3), np.uint8)
    tall, wide = -(-size.height // 16), -(-size.width // 16)
    pixels = soft.repeat(tall, 0).repeat(wide, 1)[: size.height, : size.width]
    grain = rng.integers(0, noise + 1, pixels.shape, np.uint8)
    return open_codec().encode(np.ascontiguousarray(pixels + grain), quality)


def need_mbit(settings: PrimarySettings) -> float:
    """The rate that the frames need in one direction, by the size of the test picture."""
    return 8e-6 * float(settings.rate) * len(test_picture(settings.size, settings.quality))


def try_workers(settings: PrimarySettings) -> list[CheckResult]:
    """A line for each worker that came, and one for all of them together."""
    with ExitStack() as resources:
        try:
            trial = TrialPort(resources, settings)
        except (OSError, KeysError) as error:
            says = f"could not be tried: {error}"
            return [CheckResult("workers", "red", says, "see the lines about the ports")]
        met = trial.all()
    if not met:
        says = f"none connected within {COME_S:g} s"
        return [CheckResult("workers", "red", says, start_one(settings))]
    # Each worker's link needs its even share of the frames.
    need = need_mbit(settings) / max(1, sum(not one.trouble for one in met))
    return [*(_line(one, need) for one in met), *_together(met, settings)]


class TrialPort:
    """The primary host's ports, without a show. Used by one thread."""

    def __init__(self, resources: ExitStack, settings: PrimarySettings) -> None:
        self._settings = settings
        keys = primary_key(settings.keys)
        limits = Limits(settings.max_peers, settings.max_peers_per_address)
        jobs = Endpoint(settings.bind, settings.job_port)
        results = Endpoint(settings.bind, settings.result_port)
        self._jobs = WorkerListener(resources, jobs, limits, keys)
        self._results = ResultListener(resources, results, limits, MAX_RESULT, keys)
        self._packer = Packer()
        self._sent = 0
        self._here: dict[int, str] = {}

    def all(self) -> list[WorkerTrial]:
        """Try one worker after the other: two at once would share the network that is measured."""
        until_s = time.monotonic() + COME_S
        while time.monotonic() < until_s:
            self._meet(0.1)
        end_s = time.monotonic() + ALL_S
        met = []
        for peer, address in list(self._here.items()):
            if time.monotonic() > end_s:
                met.append(WorkerTrial(address, trouble="was not tried: the others took too long"))
            elif peer in self._here:
                met.append(self._one(peer, address))
        return met

    def _meet(self, wait_s: float) -> list[Result]:
        """Accept new workers, forget those that left, and take results that have come."""
        if not self._results.more:
            select.select([self._jobs.source, self._results.source], [], [], wait_s)
        for event in self._jobs.news():
            if event.kind == "join":
                self._here[event.peer] = event.address
            else:
                self._here.pop(event.peer, None)
        self._results.tend(time.monotonic())
        results = []
        for arrived in self._results.take():
            with suppress(WireError):  # of another program, or of an earlier job
                results.append(decode_result(arrived.data))
        return results

    def _one(self, peer: int, address: str) -> WorkerTrial:
        small = test_picture(SMALL, 85)
        found = self._ask(peer, small, SMALL, FIRST_S, passed=True)
        if found is None:
            return WorkerTrial(address, trouble="takes jobs and does not answer")
        met = WorkerTrial(address, str(found[0].worker_id) or "?")
        echoes = [self._ask(peer, small, SMALL, 1.0, passed=True) for _ in range(ECHOES)]
        times = [one[1] for one in echoes if one]
        if not times:
            return met._replace(trouble="stopped answering")
        met = met._replace(echo_ms=min(times))
        return self._large(peer, self._frame(peer, met))

    def _frame(self, peer: int, met: WorkerTrial) -> WorkerTrial:
        size = self._settings.size
        frame = test_picture(size, self._settings.quality)
        first = self._ask(peer, frame, size, FRAME_S)
        # The first frame of a size may take longer than all that follow.
        second = self._ask(peer, frame, size, FRAME_S) if first else None
        if second is None:
            return met._replace(trouble=f"made no picture within {FRAME_S:g} s")
        result, took_ms = second
        try:
            came = read_header(result.jpg).size
        except JpegError as error:
            return met._replace(trouble=f"gave back no picture: {error}")
        if came != size:
            return met._replace(trouble=f"gave back a picture of {came} for one of {size}")
        made_by = " on ".join(named(one) for one in (result.engine, result.device) if one)
        made_by = made_by or " on ".join(
            named(one) for one in ((first[0].engine, first[0].device) if first else ()) if one
        )
        timings = {named(name): took for name, took in result.timings.items()}
        return met._replace(frame_ms=took_ms, timings=timings, made_by=made_by)

    def _large(self, peer: int, met: WorkerTrial) -> WorkerTrial:
        """Measure the throughput, by a large frame that the worker only passes through."""
        if met.trouble:
            return met
        picture = test_picture(LARGE, 90, noise=200)
        found = [self._ask(peer, picture, LARGE, 5.0, passed=True) for _ in range(2)]
        times = [one[1] for one in found if one]
        if not times:
            return met._replace(trouble=f"a frame of {len(picture) / 1e6:.1f} MB did not come back")
        took_ms = max(min(times) - met.echo_ms, 0.01)
        return met._replace(mbit=2 * 8 * len(picture) / took_ms / 1000)

    def _ask(
        self, peer: int, frame: bytes, size: Size, wait_s: float, passed: bool = False
    ) -> tuple[Result, float] | None:
        """Send a frame; return its result, and the milliseconds that it took."""
        self._sent += 1
        token = time.time() + self._sent * 1e-3  # unique, since it identifies the answer
        side: int | str = size.width if size.width == size.height else str(size)
        wanted = encode_settings(JobSettings(passthrough=passed, resolution=side))
        message = bytes(self._packer.job([token], [self._sent], [frame], wanted))
        end_s = time.monotonic() + wait_s
        if not self._until(lambda: self._jobs.ready(peer), end_s):
            return None
        sent_s = time.monotonic()
        if not self._jobs.send(peer, message):
            return None
        while peer in self._here and (left_s := end_s - time.monotonic()) > 0:
            for result in self._meet(min(left_s, 0.1)):
                if (result.timestamp, result.index) == (token, self._sent):
                    return result, 1000 * (time.monotonic() - sent_s)
        return None

    def _until(self, is_so: Callable[[], bool], end_s: float) -> bool:
        while not is_so():
            if time.monotonic() > end_s:
                return False
            self._meet(0.02)
        return True


def _line(met: WorkerTrial, need: float) -> CheckResult:
    what = f"worker {named(met.name)}"
    if met.trouble:
        to_do = "look at its log there: journalctl -u 'afterimage-worker@*'"
        return CheckResult(
            what, "red", f"at {met.address} {met.trouble}", to_do, {"address": met.address}
        )
    own = ", ".join(f"{name} {took:.1f}" for name, took in met.timings.items())
    says = f"at {met.address}: test frame {met.frame_ms:.1f} ms ({own or 'it reports no parts'}); "
    says += f"round trip {met.echo_ms:.1f} ms, {met.mbit:.0f} Mbit/s"
    says += f"; {met.made_by}" if met.made_by else ""
    facts: dict[str, object] = {"address": met.address, "frame_ms": round(met.frame_ms, 2)}
    facts |= {"echo_ms": round(met.echo_ms, 2), "mbit": round(met.mbit), "fps": round(met.fps, 1)}
    facts |= met.timings
    if met.mbit < 2 * need:
        to_do = f"a faster link: its part of the frames takes {need:.0f} Mbit/s each way"
        return CheckResult(what, "red" if met.mbit < need else "yellow", says, to_do, facts)
    return CheckResult(what, "green", says, "", facts)


def _together(met: list[WorkerTrial], settings: PrimarySettings) -> list[CheckResult]:
    good = [one for one in met if not one.trouble]
    fps = sum(one.fps for one in good)
    says = f"{len(good)} of {len(met)} answer; together at most {fps:.0f} frames a second, "
    wanted = float(settings.rate)
    says += f"{wanted:g} wanted"
    facts: dict[str, object] = {"workers": len(good), "fps": round(fps, 1), "wanted": wanted}
    if not good:
        return [CheckResult("workers", "red", says, start_one(settings), facts)]
    if fps < ENOUGH * wanted:
        to_do = "add a worker, or lower fps, resolution or steps; else frames are left out evenly"
        return [CheckResult("workers", "yellow", says, to_do, facts)]
    return [CheckResult("workers", "green", says, "", facts)]
