"""The ports of the older protocols: opened beside the service, each by itself.

One that cannot be had is named, is tried again, and stops nothing else.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from typing import Protocol, runtime_checkable

from lib.config.settings import PrimarySettings
from lib.stills.adapters.jobs import AdapterJobs
from lib.stills.adapters.web_sd_defaults import DefaultsFile
from lib.stills.service.parts import StillParts

log = logging.getLogger(__name__)
AGAIN_BEATS = 6  # three seconds


class Adapter(Protocol):
    """One protocol on its port, on the loop of the service."""

    name: str
    port: int

    @property
    def clients(self) -> int:
        """How many are connected."""

    @property
    def jobs(self) -> AdapterJobs:
        """What it has asked for."""

    async def start(self) -> None:
        """OSError where the port cannot be had."""

    async def tick(self, beats: int) -> None:
        """Twice a second."""

    async def stop(self) -> None: ...


@runtime_checkable
class HasDefaults(Protocol):
    """An adapter whose requests may leave out what people set on the page."""

    defaults: DefaultsFile


class AdapterPorts:
    """Opens those that the settings name, and tries again; a part of the stills service."""

    def __init__(self, settings: PrimarySettings, parts: StillParts) -> None:
        self.adapters = [_adapter(name, settings, parts) for name in settings.adapter_ports]
        self._bind, self._link = settings.adapters_bind, parts.link
        self.trouble: dict[str, str] = {}  # of those whose port cannot be had
        self._open: set[str] = set()
        self._note = parts.note_trouble

    async def start(self) -> None:
        if self.adapters:
            self._link.note()  # those that wait here are told, too
        for one in self.adapters:
            await one.jobs.leave_those_of_before()
            await self._start(one)

    async def tick(self, beats: int) -> None:
        for one in self.adapters:
            if one.name in self._open:
                await one.tick(beats)
            elif beats % AGAIN_BEATS == 0:
                await self._start(one)

    async def stop(self) -> None:
        there = [one for one in self.adapters if one.name in self._open]
        await asyncio.gather(*(one.stop() for one in there), return_exceptions=True)

    async def _start(self, one: Adapter) -> None:
        try:
            await one.start()
        except OSError as error:
            in_use = error.errno == errno.EADDRINUSE
            why = "is in use by another program" if in_use else f"cannot be had: {error.strerror}"
            sentence = f"port {one.port} of the protocol {one.name} {why}"
            if self.trouble.get(one.name) != sentence:
                log.warning("%s; %s_PORT chooses another", sentence, one.name.upper())
            self.trouble[one.name] = sentence
            self._tell()
            return
        self._open.add(one.name)
        self.trouble.pop(one.name, None)
        self._tell()
        log.info("clients of the protocol %s connect to %s:%d", one.name, self._bind, one.port)

    def _tell(self) -> None:
        """The page of the show and the doctor."""
        self._note("; ".join(self.trouble.values()) or None)

    def defaults(self) -> DefaultsFile | None:
        """What requests of web_sd leave out, where that is spoken."""
        return next((one.defaults for one in self.adapters if isinstance(one, HasDefaults)), None)

    def report(self) -> list[dict[str, object]]:
        """For the page, the doctor and the status."""
        return [
            {"protocol": one.name, "port": one.port, "clients": one.clients, "jobs": one.jobs.asked,
             "refused": one.jobs.refused, "reason": one.jobs.reason,
             "trouble": self.trouble.get(one.name, "")}
            for one in self.adapters
        ]  # fmt: skip


def _adapter(name: str, settings: PrimarySettings, parts: StillParts) -> Adapter:
    """Each is imported only where it is spoken."""
    if name == "intermediary":
        from lib.stills.adapters.intermediary import Intermediary  # noqa: PLC0415 - see above

        return Intermediary(parts, settings)
    if name == "sde":
        from lib.stills.adapters.sde import SdeServer  # noqa: PLC0415 - see above

        return SdeServer(parts, settings)
    if name == "runai":
        from lib.stills.adapters.runai import RunaiServer  # noqa: PLC0415 - see above

        return RunaiServer(parts, settings)
    from lib.stills.adapters.web_sd import WebSdServer  # noqa: PLC0415 - see above

    return WebSdServer(parts, settings)
