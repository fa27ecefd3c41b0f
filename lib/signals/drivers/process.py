"""The parent's side: a driver's process, and a source that reads its lines."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any, ClassVar

from lib.config.settings import ROOT
from lib.signals.source import SignalSource, SourceError

STARTS_S = 20.0  # an import on a busy machine
HANGS_S = 5.0  # without a line: a driver has something to say twice a second
WAIT_S = 0.1
AT_ONCE = 256 * 1024  # bytes of a step
LONGEST_LINE = 64 * 1024
ENDS_S = 1.0  # after it was killed; one that the kernel holds is left to the kernel

Line = dict[str, Any]


class DriverProcess:
    """Used by one thread, with whose end the kernel ends the process."""

    def __init__(self, resources: ExitStack, driver: str, wishes: Mapping[str, object]) -> None:
        command = [sys.executable, "-m", "lib.signals.drivers", driver, json.dumps(wishes)]
        self._process = subprocess.Popen(
            [*command, str(os.getpid())],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries write there what no operator can use
        )
        resources.callback(self._end)
        assert self._process.stdin and self._process.stdout
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._selector = resources.enter_context(selectors.DefaultSelector())
        self._selector.register(self._out, selectors.EVENT_READ)
        self._rest = b""
        self._patience_s = STARTS_S
        self._heard = time.monotonic()
        self.pid = self._process.pid

    def read(self, wait_s: float) -> list[Line]:
        """What it said; SourceError once it hangs or has ended."""
        if not self._selector.select(wait_s):
            if time.monotonic() - self._heard > self._patience_s:
                raise SourceError(
                    f"its driver has not answered for {self._patience_s:g} s, and is started again"
                )
            return []
        data = os.read(self._out, AT_ONCE)
        if not data:
            raise SourceError("its driver has ended, and is started again")
        self._heard, self._patience_s = time.monotonic(), HANGS_S
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise SourceError("its driver says more than can be taken, and is started again")
        return [said for line in lines if (said := _read_line(line)) is not None]

    def tell(self, **fields: object) -> bool:
        """False if it has enough to read already."""
        try:
            os.write(self._in, json.dumps(fields).encode() + b"\n")
        except OSError:
            return False
        return True

    def _end(self) -> None:
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDS_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


def _read_line(line: bytes) -> Line | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


class DriverSource(SignalSource):
    """A source whose library runs in a process of its own."""

    driver: ClassVar[str]

    @abstractmethod
    def wishes(self) -> Mapping[str, object]:
        """What the driver is to open; SourceError if the settings name nothing."""

    def open(self, resources: ExitStack) -> None:
        self._about = "looks for it"
        self.process = DriverProcess(resources, self.driver, self.wishes())

    def step(self) -> None:
        for said in self.process.read(WAIT_S):
            self.take(said)

    def describe(self) -> str:
        return self._about

    def take(self, said: Line) -> None:
        """One line of the driver."""
        if "trouble" in said:
            raise SourceError(str(said["trouble"])[:300])
        if "stream" in said:
            rate = said.get("rate") or 0
            self._about = f"{said['stream']}, {said.get('channels')} channels, {rate:g} Hz"
        if "lost" in said:
            self.tally.count("lost")
            self._about = f"{said['lost']} is lost, looks for it"
            self.bus.lose(self.name)
        put = said.get("put")
        if isinstance(put, dict):
            self.tally.count("in")
            for name, (value, quality) in put.items():
                self.put(name, value, quality=quality)


class LslSource(DriverSource):
    name: ClassVar[str] = "lsl"
    driver: ClassVar[str] = "lsl"

    def wishes(self) -> Mapping[str, object]:
        if not self.settings.lsl_stream:
            raise SourceError("LSL_STREAM names no stream, by its name or its type, such as EEG")
        return {"stream": self.settings.lsl_stream}


class BoardSource(DriverSource):
    name: ClassVar[str] = "board"
    driver: ClassVar[str] = "board"

    def wishes(self) -> Mapping[str, object]:
        if not self.settings.board:
            raise SourceError("BOARD names no board, such as synthetic or muse_2")
        return {"board": self.settings.board}
