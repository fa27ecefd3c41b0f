"""What the two protocols over HTTP share: a port behind the guard, bounded as the service's own."""

from __future__ import annotations

from abc import ABC, abstractmethod

from starlette.types import ASGIApp

from lib.config.settings import PrimarySettings
from lib.http.access import AccessRules
from lib.http.connections import HttpLimits
from lib.http.guard import AccessGuard
from lib.http.rate_limit import RateLimit
from lib.http.server import HttpPort, HttpService
from lib.http.token import AccessTokens
from lib.stills.adapters.jobs import AdapterJobs
from lib.stills.service.parts import StillParts

A_SECOND, AT_ONCE = 200, 400  # requests of one address
SLOWEST = 32 * 1024  # bytes a second of an upload
LEAST_REQUEST = 256 * 1024


class HttpAdapter(ABC):
    """The port of one protocol. Used on the event loop's thread."""

    def __init__(self, name: str, port: int, parts: StillParts, settings: PrimarySettings) -> None:
        self.name, self.port = name, port
        self.parts, self.settings = parts, settings
        self.jobs = AdapterJobs(parts, name)
        self._served: HttpPort | None = None

    @property
    def clients(self) -> int:
        return self._served.connections if self._served else 0

    @abstractmethod
    def app(self) -> ASGIApp: ...

    @abstractmethod
    def rules(self) -> AccessRules: ...

    def around(self, guarded: ASGIApp) -> ASGIApp:
        """What comes before the guard."""
        return guarded

    async def start(self) -> None:
        """OSError where the port cannot be had."""
        rules = self.rules()
        guard = AccessGuard(
            self.app(), rules, AccessTokens(self.settings, "the stills"),
            RateLimit(A_SECOND, AT_ONCE),
        )  # fmt: skip
        app = self.around(guard)
        limits = HttpLimits(
            connections=2 * self.settings.max_connections,  # most of them only wait
            of_one_address=2 * self.settings.max_connections_per_address,
            request=max(LEAST_REQUEST, rules.longest),
            slowest=SLOWEST,
        )
        service = HttpService(
            self.settings.adapters_bind, self.port, lambda _: app, limits,
            trusted_proxy=self.settings.trusted_proxy,
        )  # fmt: skip
        served = HttpPort(service, app)
        served.listen()
        await served.start()
        self._served = served

    async def tick(self, beats: int) -> None:
        if self._served:
            await self._served.tick(beats)

    async def stop(self) -> None:
        if self._served:
            await self._served.stop()
            self._served.close()
