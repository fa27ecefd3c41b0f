"""The web server as a stage: it steps a few times a second on its own thread, and ends in order.

A service may have parts beside its port: other ports, of any protocol, on the same event loop.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from lib.http.connections import BoundedHttp, BoundedWebSocket, HttpLimits
from lib.http.raw_path import TextPaths
from lib.stage import Stage

T = TypeVar("T")
BEAT_S = 0.5
PING_EVERY_S = 10
LAST_WORDS_S = 0.3  # when the server ends, open connections are closed after this time


class LoopPart(Protocol):
    """What a service has beside its port. Everything is called on the server's loop."""

    async def start(self) -> None:
        """Once, before the service is ready; what fails here ends the server."""

    async def tick(self, beats: int) -> None:
        """Twice a second."""

    async def stop(self) -> None:
        """Once, before the service's own port closes."""


@dataclass(frozen=True)
class HttpService:
    """What a server serves, and where.

    `open_app` is called once, on the server's thread, before the first request. What it registers
    is closed first when the server ends, while the loop still runs, so that endless answers can be
    ended.
    """

    bind: str
    port: int
    open_app: Callable[[ExitStack], ASGIApp]
    limits: HttpLimits = field(default_factory=HttpLimits)
    text_paths: TextPaths = field(default_factory=TextPaths)
    websockets: frozenset[str] = frozenset()  # paths of WebSockets
    trusted_proxy: str = ""  # addresses and networks whose X-Forwarded-For is believed
    beside: tuple[LoopPart, ...] = ()


class HttpPort:
    """One service's port, on the loop that runs."""

    def __init__(self, service: HttpService, app: ASGIApp) -> None:
        self._service = service
        self._server = uvicorn.Server(_config(app, service))
        self._listener: socket.socket | None = None

    def listen(self) -> None:
        """OSError says why the port cannot be had."""
        # Strangers can cause its warnings: a port scanner would fill the log.
        for name in ("uvicorn.error", "asyncio"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._listener = listen(self._service.bind, self._service.port)

    async def start(self) -> None:
        if self._listener is None:
            self.listen()
        assert self._listener
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=[self._listener])

    async def tick(self, beats: int) -> None:
        await self._server.on_tick(beats)

    async def stop(self) -> None:
        if self._listener is None:
            return
        cut = asyncio.get_running_loop().call_later(LAST_WORDS_S, self._cut)
        await self._server.shutdown(sockets=[self._listener])
        cut.cancel()

    def close(self) -> None:
        if self._listener is not None:
            self._listener.close()

    @property
    def connections(self) -> int:
        return len(self._server.server_state.connections)

    def _cut(self) -> None:
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()


class HttpServer(Stage):
    """Serves one app, and what is beside it, on a thread and an event loop of its own."""

    def __init__(
        self,
        service: HttpService,
        on_ready: Callable[[], None] = lambda: None,
        on_beat: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._service = service
        self._on_ready, self._on_beat = on_ready, on_beat
        self._beats = 0
        self._app_resources = ExitStack()
        self._starved: MemoryError | None = None
        self._rest: asyncio.Future[None] | None = None

    def open(self, resources: ExitStack) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._went_wrong)
        resources.callback(self._loop.close)
        resources.enter_context(self._app_resources)
        app = self._service.open_app(self._app_resources)
        self._port = HttpPort(self._service, self._watched(app))
        resources.callback(self._port.close)
        self._port.listen()
        self._wait_for(self._port.start())
        resources.callback(self._shut)
        for part in self._service.beside:
            self._wait_for(part.start())
        self._on_ready()

    def step(self) -> None:
        self._wait_for(self._beat())
        if self._starved:  # it ends and is restarted, instead of refusing everything from now on
            raise self._starved
        self._on_beat()

    async def _beat(self) -> None:
        for part in (self._port, *self._service.beside):
            await part.tick(self._beats)
        self._beats += 1
        self._rest = self._loop.create_future()
        timer = self._loop.call_later(BEAT_S, self._end_rest)
        if not self.pause(0):
            await self._rest
        timer.cancel()

    def _end_rest(self) -> None:
        if self._rest and not self._rest.done():
            self._rest.set_result(None)

    def stir(self) -> None:
        super().stir()
        if self._rest:
            with suppress(RuntimeError):  # its loop has been closed
                self._loop.call_soon_threadsafe(self._end_rest)

    def _watched(self, app: ASGIApp) -> ASGIApp:
        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except MemoryError as error:
                self._starved = error

        return served

    def _went_wrong(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, MemoryError):
            self._starved = error
        else:
            loop.default_exception_handler(context)

    def _shut(self) -> None:
        self._app_resources.close()
        self._wait_for(self._stop())
        self._wait_for(self._cancel_rest())

    async def _stop(self) -> None:
        """All at once: each may wait for its last words."""
        await asyncio.gather(
            *(part.stop() for part in (*self._service.beside, self._port)), return_exceptions=True
        )

    async def _cancel_rest(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._loop.shutdown_asyncgens()

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)


def _config(app: Any, service: HttpService) -> uvicorn.Config:
    rules = {
        "limits": service.limits,
        "text_paths": service.text_paths,
        "websockets": service.websockets,
        "trusted_proxy": service.trusted_proxy,
        "silent": {},
    }
    return uvicorn.Config(
        app,
        http=type("ServiceHttp", (BoundedHttp,), rules),  # uvicorn takes a class, not an object
        ws=BoundedWebSocket,
        ws_max_size=service.limits.message,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PING_EVERY_S,
        ws_per_message_deflate=False,  # JPEGs get no smaller, and all other messages are small
        # Anybody else could forge an address in such a header.
        proxy_headers=bool(service.trusted_proxy),
        forwarded_allow_ips=service.trusted_proxy,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def listen(address: str, port: int) -> socket.socket:
    """The listening socket. Accepted connections inherit its options; one whose browser vanished is
    closed within 10 s."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, port), family=family, backlog=64)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 * 1024)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # asyncio does not set it for such sockets; without it each answer takes 45 ms instead of 3.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(AttributeError):  # Linux only
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 10_000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 20)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
    return listener
