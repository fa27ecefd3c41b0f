"""Checks now and then what the show needs of its machine: disk space, and the right time."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

from lib.control.notices import Notices
from lib.control.wall_clock import Clocks
from lib.core.clockstep import ClockStep
from lib.stage import Stage

LOOK_EVERY_S = 1.0
SAID_FOR_S = 60.0
FULL_KB, ROOM_KB = 4096, 8192  # free: full below the first, no longer above the second


class HostHealth(Stage):
    """Reports what it finds, and changes nothing."""

    def __init__(
        self, folders: Sequence[Path], notices: Notices, clocks: Clocks | None = None
    ) -> None:
        super().__init__()
        self._folders, self._notices = folders, notices
        self._clocks, self._step = clocks or Clocks(), ClockStep()

    def open(self, resources: ExitStack) -> None:
        """Nothing to open."""

    def step(self) -> None:
        self._look_at_clock()
        self._look_at_disks()
        self.pause(LOOK_EVERY_S)

    def _look_at_clock(self) -> None:
        by_s = self._step.step_s(self._clocks.steady_s(), self._clocks.unix_s())
        if by_s:
            by = timedelta(seconds=round(abs(by_s)))
            way = "back by" if by_s < 0 else "forward, or this machine slept, by"
            text = f"the clock was set {way} {by} (h:mm:ss): cues by the clock follow it"
            self._notices.say("clock", text, SAID_FOR_S)

    def _look_at_disks(self) -> None:
        disks: dict[int, Path] = {}
        for folder in self._folders:
            with suppress(OSError):  # the folder does not exist yet
                disks.setdefault(folder.stat().st_dev, folder)
        for folder in disks.values():
            with suppress(OSError):
                self._look_at_room(folder)

    def _look_at_room(self, folder: Path) -> None:
        left_kb = shutil.disk_usage(folder).free // 1024
        if left_kb > ROOM_KB:
            self._notices.unsay(f"full {folder}")
        elif left_kb < FULL_KB:
            text = f"the disk with {folder} is full: make room, or what is changed now may be lost"
            self._notices.say(f"full {folder}", text)
