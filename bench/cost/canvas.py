"""Measures a shared map: 20 people on 500 nodes, 19 of them in one process, one in Chromium.

    python -m bench.canvas                     about three minutes
    python -m bench.canvas --seconds 5 --rounds 1      a first look
    python -m bench.canvas --browser ""        without Chromium

An edit counts as seen by all when the last of the 20 has read it; all of them share this machine's
clock. Frames are compared with those of an empty page in the same Chromium, in turns.
"""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import sqlite3
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx2 as httpx
import numpy as np
import websockets

from bench.cost.stills_client import start_service
from bench.ports import free_ports
from bench.processes import Programs, cpu_s
from bench.report import Report, command, machine, percentiles, say_broken

NODES, CLIENTS, PICTURES = 500, 19, 24
EDITS_A_SECOND = 2  # of each
DRAGS = 10_000
EDIT_MS, LATE_MORE = 200, 10.0
LATE = 1.5  # times the empty page's usual frame
BROWSER = "/usr/bin/chromium"
# Notes what arrives at the page, by the clock of the machine, before the page itself does anything.
_WATCH = """
window.seen = [];
window.WebSocket = class extends WebSocket {
  constructor(...how) {
    super(...how);
    this.addEventListener("message", ({ data }) => {
      if (!data.startsWith('{"what":"ops"')) return;
      const now = performance.timeOrigin + performance.now();
      for (const { client, n } of JSON.parse(data).ops)
        if (client) window.seen.push([client, n, now]);
    });
  }
};
"""
_FRAMES = """() => {
  window.frames_ms = [];
  let last = 0;
  const tick = (now) => {
    if (last) window.frames_ms.push(now - last);
    last = now;
    window.ticking = requestAnimationFrame(tick);
  };
  window.ticking = requestAnimationFrame(tick);
}"""
_SEEN = "() => { const seen = window.seen; window.seen = []; return seen; }"
_NO_FRAMES = "() => { cancelAnimationFrame(window.ticking); return window.frames_ms; }"

Edit = tuple[str, int]  # client and its number


class Hand:
    """One of the 19: it edits nodes of its own and notes when it reads those of all."""

    def __init__(self, address: str, seen: dict[Edit, list[float]]) -> None:
        self._address, self._seen = address, seen
        self.client, self.key, self.n = secrets.token_hex(8), secrets.token_urlsafe(16), 0
        self.received, self.said = 0, 0
        self.sent_s: dict[Edit, float] = {}
        self.opened_s = 0.0
        self._acknowledged = 0
        self._moved = asyncio.Event()

    async def open(self) -> None:
        begin_s = time.monotonic()
        headers = {"Cookie": f"afterimage-owner={self.key}"}
        self.socket = await websockets.connect(
            self._address, additional_headers=headers, max_size=None, compression=None
        )
        await self._say({"what": "hello", "protocol": 1, "client": self.client, "epoch": None,
                         "since": None, "n": 0})  # fmt: skip
        while json.loads(await self.socket.recv())["what"] != "welcome":
            pass
        self.opened_s = time.monotonic() - begin_s
        self.reading = asyncio.create_task(self._read())

    async def _say(self, told: object) -> None:
        text = json.dumps(told)
        self.said += len(text)
        await self.socket.send(text)

    async def _read(self) -> None:
        async for text in self.socket:
            self.received += len(text)
            told = json.loads(text)
            now_s = time.time()
            if told["what"] == "ops":
                for op in told["ops"]:
                    if op["client"]:
                        self._seen.setdefault((op["client"], op["n"]), []).append(now_s)
            elif told["what"] == "ack":
                self._acknowledged = told["n"]
                self._moved.set()

    async def write(self, *ops: tuple[str, str, object]) -> None:
        told = []
        for node, field, value in ops:
            self.n += 1
            told.append({"node": node, "field": field, "value": value, "n": self.n})
            self.sent_s[self.client, self.n] = time.time()
        await self._say({"what": "ops", "ops": told})

    async def draw(self, count: int) -> list[str]:
        """New nodes of its own."""
        nodes = [secrets.token_hex(8) for _ in range(count)]
        for node in nodes:
            await self.write((node, "type", "still"), (node, "at", [0, 0]))
        await self.settle()
        return nodes

    async def settle(self) -> None:
        while self._acknowledged < self.n:
            self._moved.clear()
            await self._moved.wait()

    async def edit(self, nodes: list[str], until_s: float) -> None:
        while time.monotonic() < until_s:
            await asyncio.sleep(secrets.randbelow(1000) / 1000 * 2 / EDITS_A_SECOND)
            await self.write((secrets.choice(nodes), "at", [secrets.randbelow(9000), 5]))
        await self.settle()

    async def drag(self, nodes: list[str], count: int) -> None:
        """`count` drags, as fast as they are taken."""
        for start in range(0, count, 100):
            await self.write(*((nodes[at % len(nodes)], "at", [at, start])
                               for at in range(start, min(count, start + 100))))  # fmt: skip
            await self.settle()

    async def close(self) -> None:
        await self.socket.close()
        await self.reading


class Loop:
    """An event loop on a thread of its own: the driver of the browser has the first thread's."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def main() -> int:
    parser = command(__doc__, rounds=3, seconds=15.0, folder=".", browser=BROWSER)
    options = parser.parse_args()
    print(f"{machine()}; median of {options.rounds} (lowest to highest)")
    report = Report()
    with tempfile.TemporaryDirectory(dir=options.folder) as name, Programs() as programs:
        (port,) = free_ports(1)
        program = start_service(programs, port, name)
        address = f"http://127.0.0.1:{port}"
        ref = _imported(address)
        sync, seen = f"{address.replace('http', 'ws', 1)}/maps/sync?map={ref}", {}
        loop = Loop()
        with _chromium(options.browser) as browser:
            page = _page(browser, f"{address}/canvas/{ref}", report) if browser else None
            people = People([Hand(sync, seen) for _ in range(CLIENTS)], page, seen, {})
            _people(report, loop, people, lambda: cpu_s([program.pid]), options)
            if page:
                _frames(report, browser, page, options)
        loop.run(_file(report, address, Path(name)))
        loop.end()
    report.say()
    return say_broken(report.missed)


def _imported(address: str) -> str:
    headers = {"Cookie": f"afterimage-owner={secrets.token_urlsafe(16)}"}
    made = httpx.post(f"{address}/maps/import?name=bench", content=_map(), headers=headers,
                      timeout=60)  # fmt: skip
    made.raise_for_status()
    return str(made.json()["id"])


def _map() -> bytes:
    """500 nodes with pictures, and an edge to each from another one, as a zip."""
    dice = np.random.default_rng(1)
    out = io.BytesIO()
    nodes = [
        {"id": str(at), "type": "file", "file": f"{at % PICTURES}.jpg", "x": at % 25 * 320,
         "y": at // 25 * 320, "width": 256, "height": 256}
        for at in range(NODES)
    ]  # fmt: skip
    edges = [{"id": str(at), "fromNode": str(at // 2), "toNode": str(at)} for at in range(1, NODES)]
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("bench.canvas", json.dumps({"nodes": nodes, "edges": edges}))
        for at in range(PICTURES):
            pixels = cv2.resize(dice.integers(0, 256, (8, 8, 3), np.uint8), (512, 512))
            target.writestr(f"{at}.jpg", cv2.imencode(".jpg", pixels)[1].tobytes())
    return out.getvalue()


@contextmanager
def _chromium(path: str) -> Iterator[Any]:
    if not path:
        yield None
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only with a browser

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def _page(browser: Any, address: str, report: Report) -> Any:
    """The measured page, and how long it took until pictures of the map were there."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(_WATCH)
    for _ in range(3):
        begin_s = time.monotonic()
        page.goto(address)
        page.wait_for_selector("#nodes > *", state="attached")
        report.add("open: Chromium, first nodes drawn", (time.monotonic() - begin_s) * 1000, "ms")
    for name in ("#tour-skip", "#tour button"):
        if page.locator(name).count() and page.locator(name).first.is_visible():
            page.locator(name).first.click()
    return page


@dataclass
class People:
    """The 19 and the page, and what they have read of each other."""

    hands: list[Hand]
    page: Any
    seen: dict[Edit, list[float]]
    nodes: dict[Hand, list[str]]

    async def open(self) -> None:
        for hand in self.hands:
            await hand.open()
            self.nodes[hand] = await hand.draw(5)

    async def edit(self, seconds: float) -> None:
        """Everybody edits now and then."""
        self.seen.clear()
        for hand in self.hands:
            hand.sent_s.clear()
            hand.received = hand.said = 0
        until_s = time.monotonic() + seconds
        await asyncio.gather(*(hand.edit(self.nodes[hand], until_s) for hand in self.hands))
        await asyncio.sleep(0.5)

    def took_ms(self) -> list[float]:
        """From each edit to the last of the 20 that read it."""
        sent = {edit: at for hand in self.hands for edit, at in hand.sent_s.items()}
        if self.page:
            for client, n, at_ms in self.page.evaluate(_SEEN):
                if (client, n) in sent:
                    self.seen[client, n].append(at_ms / 1000)
        readers = CLIENTS + bool(self.page)
        assert all(len(self.seen[edit]) == readers for edit in sent), "somebody missed an edit"
        return [(max(self.seen[edit]) - at) * 1000 for edit, at in sent.items()]

    async def close(self) -> None:
        for hand in self.hands:
            await hand.close()


def _people(
    report: Report, loop: Loop, people: People, service: Callable[[], float], options: Any
) -> None:
    loop.run(people.open())
    for hand in people.hands:
        report.add("open: the whole state of 500 nodes", hand.opened_s * 1000, "ms")
    time.sleep(1)
    for _ in range(options.rounds):
        before_s = service()
        loop.run(people.edit(options.seconds))
        used_s, took_ms = service() - before_s, people.took_ms()
        spread, count = percentiles(took_ms), len(took_ms)
        report.add("edit to all: p50", spread["p50"], "ms")
        report.add("edit to all: p95", spread["p95"], "ms", most=EDIT_MS)
        report.add("edits a second", count / options.seconds, "")
        said, received = (sum(getattr(one, name) for one in people.hands)
                          for name in ("said", "received"))  # fmt: skip
        report.add("an operation: to the service", said / count, "bytes")
        report.add("an operation: to each reader", received / CLIENTS / count, "bytes")
        report.add("an operation: the service's CPU", used_s * 1000 / count, "ms")
    loop.run(people.close())


def _frames(report: Report, browser: Any, page: Any, options: Any) -> None:
    """Panning, in turns with an empty page under the same mouse."""
    empty = browser.new_page(viewport={"width": 1280, "height": 800})
    empty.set_content("<!doctype html><title>empty</title><body style='background:#111'>")
    usual: list[float] = []
    _moved(page, 2)  # each picture comes once, which is counted as opening
    for _ in range(options.rounds):
        bare = _moved(empty, options.seconds / 3)
        panned = _moved(page, options.seconds / 3)
        usual += bare
        late = LATE * float(np.median(usual))
        late_bare, late_panned = (
            100 * sum(one > late for one in frames) / len(frames) for frames in (bare, panned)
        )
        report.add("frames of an empty page: p95", percentiles(bare)["p95"], "ms")
        report.add("frames while panning: p95", percentiles(panned)["p95"], "ms")
        ratio = percentiles(panned)["p95"] / percentiles(bare)["p95"]
        report.add("frames while panning: p95, ratio", ratio, "x")
        report.add("late frames of an empty page", late_bare, "%")
        report.add("late frames while panning", late_panned, "%")
        report.add("late frames while panning: more", late_panned - late_bare, "%", most=LATE_MORE)


def _moved(page: Any, seconds: float) -> list[float]:
    page.bring_to_front()
    page.mouse.move(640, 400)
    page.evaluate(_FRAMES)
    page.mouse.down(button="middle")
    until_s, step = time.monotonic() + seconds, 0
    while time.monotonic() < until_s:
        step += 1
        page.mouse.move(640 + 300 * np.sin(step / 40), 400 + 200 * np.cos(step / 60))
        time.sleep(0.012)
    page.mouse.up(button="middle")
    frames: list[float] = page.evaluate(_NO_FRAMES)
    return frames


async def _file(report: Report, address: str, folder: Path) -> None:
    """What 10,000 drags leave behind: fields are written over, and there is no history."""
    key = secrets.token_urlsafe(16)
    told = httpx.post(f"{address}/maps", json={"name": "drags"},
                      headers={"Cookie": f"afterimage-owner={key}"})  # fmt: skip
    sync = f"{address.replace('http', 'ws', 1)}/maps/sync?map={told.json()['id']}"
    hands = [Hand(sync, {}) for _ in range(CLIENTS + 1)]
    nodes = {}
    for hand in hands:
        await hand.open()
        nodes[hand] = await hand.draw(NODES // len(hands))
    before = _size(folder)
    begin_s = time.monotonic()
    await asyncio.gather(*(hand.drag(nodes[hand], DRAGS // len(hands)) for hand in hands))
    took_s = time.monotonic() - begin_s
    report.line("10,000 drags of 500 nodes: drags a second", [DRAGS / took_s], "")
    report.line("10,000 drags of 500 nodes: the file grows by", [(_size(folder) - before) / 1000],
                "kB", most=100)  # fmt: skip
    for hand in hands:
        await hand.close()


def _size(folder: Path) -> int:
    """Of the ledger, once what is written ahead is in it."""
    with closing(sqlite3.connect(folder / "stills.sqlite", timeout=30)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return (folder / "stills.sqlite").stat().st_size


if __name__ == "__main__":
    raise SystemExit(main())
