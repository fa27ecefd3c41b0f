"""What both protocols over TCP bear of their clients: halves, floods, readers that stop."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import NamedTuple

import pytest

from docs.examples.older.web_sd import WebSd
from lib.stills.adapters import tcp_port, web_sd
from lib.stills.adapters.runai_frames import CHUNK, framed
from tests.ports import free_ports
from tests.rig import until
from tests.stills.service.scripted import Service, Worker, png, running

HALF_RUNAI, HALF_WEB_SD = b'{"action": ' + b" " * CHUNK, struct.pack("<I", 30_000_000) + b"{"
MEGABYTE = 1_000_000
PLACES = 8


@contextmanager
def spoken(**changes: object) -> Iterator[Service]:
    runai, web = free_ports(2)
    with running(
        adapters="runai,web_sd", runai_port=runai, web_sd_port=web, machine_size="tiny", **changes
    ) as service:
        yield service


def line_to(service: Service, name: str) -> socket.socket:
    port = getattr(service.settings, f"{name}_port")
    line = socket.create_connection(("127.0.0.1", port), 10)
    if name == "web_sd":
        assert b"connect" in line.recv(100)
    return line


def has_ended(line: socket.socket) -> bool:
    line.settimeout(10)
    try:
        while line.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize(("name", "half"), [("runai", HALF_RUNAI), ("web_sd", HALF_WEB_SD)])
def test_a_message_that_stays_half_said_ends_its_connection_and_an_idle_one_stays(
    monkeypatch: pytest.MonkeyPatch, name: str, half: bytes
) -> None:
    monkeypatch.setattr(tcp_port, "ARRIVES_WITHIN_S", 1.0)
    with spoken() as service, line_to(service, name) as idle, line_to(service, name) as slow:
        slow.sendall(half)
        assert has_ended(slow)
        idle.settimeout(0.2)
        with pytest.raises(TimeoutError):
            idle.recv(1)


def test_what_all_connections_hold_together_is_bounded() -> None:
    """Each may send one large picture; all at once would be the machine's memory."""
    with spoken(max_upload_mb=4) as service, ExitStack() as lines:
        most = service.parts.bodies.most
        opened = [lines.enter_context(line_to(service, "web_sd")) for _ in range(3)]
        for line in opened:
            line.settimeout(5)
            line.sendall(struct.pack("<I", 30_000_000))
            try:
                for _ in range(12):
                    line.sendall(bytes(MEGABYTE))
            except OSError:
                break
        assert service.parts.bodies.held <= most + MEGABYTE
        told = {one["protocol"]: one for one in service.client.get("/health").json()["adapters"]}
        assert told["web_sd"]["reason"] == tcp_port.NO_ROOM and told["web_sd"]["refused"] >= 1
        lines.close()
        until(lambda: service.parts.bodies.held == 0, 20)


def test_where_all_places_are_taken_who_says_nothing_makes_room() -> None:
    with spoken(max_connections=PLACES) as service, ExitStack() as lines:
        idle = [lines.enter_context(line_to(service, "runai")) for _ in range(PLACES)]
        busy = lines.enter_context(line_to(service, "runai"))
        busy.sendall(framed({"action": "txt2img", "options": {"txt2img_prompt": "wait"}}))
        until(lambda: service.client.get("/health").json()["jobs"]["queued"] == 1, 20)
        assert has_ended(idle[0])
        for _ in range(PLACES - 1):
            lines.enter_context(line_to(service, "runai"))
        assert has_ended(idle[1]) and has_ended(idle[-1])
        assert service.client.get("/health").json()["jobs"]["queued"] == 1
        busy.settimeout(0.2)
        with pytest.raises(TimeoutError):
            busy.recv(1)


class Written(NamedTuple):
    data: bytes
    before: int  # bytes of earlier messages that had not gone out
    at_s: float


@pytest.mark.slow
def test_a_message_is_one_write_and_nothing_is_joined_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A known client loses the second of what it reads at once, so each has gone out before the
    next, also to a client that reads slowly."""
    written: list[Written] = []
    plain = asyncio.StreamWriter.write

    def write(writer: asyncio.StreamWriter, data: bytes) -> None:
        if writer.get_extra_info("sockname")[1] == service.settings.web_sd_port:
            waits = writer.transport.get_write_buffer_size()
            written.append(Written(data, waits, time.monotonic()))
        plain(writer, data)

    with spoken() as service:
        monkeypatch.setattr(asyncio.StreamWriter, "write", write)
        client = WebSd("127.0.0.1", service.settings.web_sd_port)
        client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.ask("txt2img", "x", {"prompt": "a", "samples": 3})
        worker = Worker(service)
        lease = worker.claim()
        for sample in range(3):
            worker.finish(lease, sample=sample, data=png(256, 256, sample))
        time.sleep(0.5)  # its buffers are full by now
        samples = 0
        while samples < 3:
            kind, _ = next(client.messages())
            samples += kind == "txt2img"
        client._file.close()
        client._socket.close()
    assert len(written) >= 7  # a greeting, three samples, progress before each
    for one in written:
        assert struct.unpack_from("<I", one.data)[0] == len(one.data) - 4
        assert one.before == 0
    apart = [later.at_s - one.at_s for one, later in pairwise(written)]
    assert min(apart) >= 0.9 * web_sd.APART_S
