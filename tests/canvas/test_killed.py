"""The service is killed while two people edit: whatever was acknowledged is there afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.canvas.client import CanvasClient, new_key
from tests.ports import free_ports
from tests.programs import ROOT, environment
from tests.rig import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
KILLS = 2


@contextmanager
def served(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    own = environment(ENV_FILE=os.devnull)
    argv = [sys.executable, "app.py", "--role", "stills", "--stills_port", str(port)]
    program = subprocess.Popen(
        [*argv, "--state_dir", str(folder)], cwd=ROOT, env=own, stderr=subprocess.DEVNULL
    )
    try:
        assert until(lambda: listens(port), 60)
        yield program
    finally:
        program.kill()
        program.wait()


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    address, keys, dice = f"http://127.0.0.1:{port}", (new_key(), new_key()), random.Random(1)
    pages: list[CanvasClient] = []
    acknowledged: dict[str, tuple[int, int]] = {}
    for life in range(KILLS + 1):
        with served(port, tmp_path) as program:
            if not pages:
                made = httpx.post(f"{address}/maps", json={"name": "m"},
                                  headers={"Cookie": f"afterimage-owner={keys[0]}"})  # fmt: skip
                pages = [CanvasClient(address, made.json()["id"], key) for key in keys]
            for page in pages:
                page.open()
                for node, (n, value) in acknowledged.items():
                    there = page.replica.base.nodes[node]["seed"]
                    assert isinstance(there, int) and there >= value, (life, n)
            if life < KILLS:
                edit_until_killed(pages, acknowledged, program, dice)
            else:
                for page in pages:
                    page.settle()  # what was written and never answered arrives now
                last = max(pages, key=lambda page: page.replica.seq or 0)
                for page in pages:
                    whole = last.replica.base
                    page.until(lambda there, whole=whole: there == whole)  # type: ignore[misc] # bound here
                    assert page.replica.seq == last.replica.seq
        for page in pages:
            page.close()
    assert len(acknowledged) == KILLS * len(pages) * 20


def edit_until_killed(
    pages: list[CanvasClient],
    acknowledged: dict[str, tuple[int, int]],
    program: subprocess.Popen[bytes],
    dice: random.Random,
) -> None:
    """Each writes ahead of what it has been told; the kill comes in between."""
    mine = {page: [page.node(seed=0) for _ in range(20)] for page in pages}
    for page in pages:
        page.settle()
        for node in mine[page]:
            acknowledged[node] = (page.replica.decided, 0)
    kill_at, sent = dice.randrange(40, 120), 0
    with contextlib.suppress(ConnectionClosed, OSError):
        while True:
            for page in pages:
                node = dice.choice(mine[page])
                value = page.replica.n
                page.write("node", node, seed=value)
                sent += 1
                if sent == kill_at:
                    program.kill()
                if dice.random() < 0.5:
                    told = page.wait(lambda one: one["what"] == "ack")
                    done = page.replica.base.nodes
                    for one in mine[page]:
                        acknowledged[one] = (told["n"], int(str(done[one]["seed"])))
