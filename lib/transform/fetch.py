"""Takes jobs from the primary host and decodes their frames."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from typing import NamedTuple

from pydantic import ValidationError

from lib.config.params import Params
from lib.config.sentences import sentence
from lib.config.settings import WorkerSettings
from lib.core.counters import Drop, Mishap
from lib.core.geometry import Size, parse_size
from lib.core.ladder import Rung
from lib.core.staleness import STALE_S, Staleness
from lib.observe import OncePerSecond, Tally
from lib.pictures.codec import open_codec
from lib.pictures.fit import fit_pixels
from lib.pictures.header import JpegError, read_header
from lib.stage import Inbox, Stage
from lib.transform.task import Task
from lib.transform.tunnel import Tunnel, TunnelledSocket
from lib.wire import sockets
from lib.wire.keys import worker_key
from lib.wire.messages import UNSET, Job, JobSettings, WireError, decode_job
from lib.wire.reconnecting import ReconnectingSocket
from lib.wire.sockets import Again
from lib.zmtp.commands import SocketType

log = logging.getLogger(__name__)
loud = OncePerSecond(log)


class _How(NamedTuple):
    """A job's settings, validated."""

    params: Params
    wanted: Size | None  # the frames' size
    shown: Size | None  # the pictures' size, where it differs
    quality: int


class Fetch(Stage):
    """Decoded frames wait in `tasks`; under a primary of ours never more than its window. Somebody
    else's may deal them out without asking: then those that grew stale are dropped."""

    def __init__(self, settings: WorkerSettings, tunnel: Tunnel | None = None) -> None:
        """`tunnel`: the way to a primary that cannot be dialled."""
        super().__init__()
        self.tally = Tally()  # durations: decoding
        self._tunnel = tunnel
        self.tasks: Inbox[Task] = Inbox(32)
        self._settings = settings
        self._codec = open_codec()
        self._how: tuple[JobSettings, _How] | None = None
        self._staleness = Staleness()

    def open(self, resources: ExitStack) -> None:
        settings = self._settings
        self._line: ReconnectingSocket | TunnelledSocket
        if self._tunnel:
            self._line = TunnelledSocket(resources, self._tunnel, SocketType.PULL)
            return
        where = settings.primary_hostname, settings.job_port
        self._line = ReconnectingSocket(
            resources, where, worker_key(settings.keys), "worker", sockets.jobs_in
        )

    def step(self) -> None:
        try:
            message = self._line.recv()
        except Again:  # no job for a quarter of a second
            self._line.check()
            return
        try:
            job = decode_job(message, self._settings.bounds)
            how = self._how_to(job.settings)
        except (WireError, ValueError) as error:
            self.tally.count(Mishap.GARBAGE)
            loud.warning("garbage", "job dropped: %s", error)
            return
        if job.settings.shown is UNSET and job.timestamps:
            self._staleness.arrived(max(job.timestamps))
            self._drop(self.tasks.drop(lambda task: self._staleness.is_stale(task.timestamp)))
        for position in range(len(job.frames)):
            self._take(job, position, how)

    def _drop(self, stale: int) -> None:
        if stale:
            self.tally.count(Drop.LATE, stale)
            words = "%d frames dropped: older than the newest by more than %g s, since more come "
            loud.warning("late", words + "than this worker can make", stale, STALE_S)

    def _how_to(self, settings: JobSettings) -> _How:
        """The job's settings, validated once for as long as they stay the same."""
        if self._how is None or self._how[0] != settings:
            known = {name: getattr(settings, name) for name in Params.model_fields}
            try:
                params = Params.model_validate(known)
            except ValidationError as error:
                raise WireError(sentence(error.errors()[0])) from error
            quality = 100 if settings.quality is None else max(1, min(settings.quality, 100))
            shown = None if settings.shown is UNSET else self._size(settings.shown)
            wanted = self._size(settings.resolution)
            self._how = settings, _How(params, wanted, shown, quality)
        return self._how[1]

    def _take(self, job: Job, position: int, how: _How) -> None:
        params, wanted = how.params, how.wanted
        self.tally.count("in")
        data = job.frames[position]
        start_ns = time.monotonic_ns()
        try:
            size = read_header(data, self._settings.bounds).size
            untouched = params.passthrough and wanted in (None, size) and how.shown in (None, size)
            pixels = None if untouched else self._codec.decode(data)
        except JpegError as error:
            self.tally.count(Mishap.BAD)
            loud.warning("bad", "frame %s dropped: %s", job.indices[position], error)
            return
        if pixels is not None and wanted not in (None, size):
            pixels, size = fit_pixels(pixels, wanted), wanted
        took_ns = time.monotonic_ns() - start_ns
        self.tally.took(took_ns)
        task = Task(
            timestamp=job.timestamps[position],
            index=job.indices[position],
            params=params,
            size=size,
            batch_size=job.settings.batch_size,
            pixels=pixels,
            jpg=data if pixels is None else b"",
            timings={Rung.DECODE: took_ns / 1e6},
            shown=how.shown,
            quality=how.quality,
        )
        if self.tasks.put(task):
            self.tally.count(Drop.OVERRUN)

    def _size(self, sent: int | str | None) -> Size | None:
        size = None if sent is None else parse_size(sent)
        if size and max(size) > self._settings.max_side:
            raise WireError(f"pictures of {size}, larger than max_side {self._settings.max_side}")
        return size
