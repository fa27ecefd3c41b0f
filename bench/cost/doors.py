"""Changes through every door of a show, and the first picture made with each.

A worker writes seed and strength into each picture it makes (bench/cost/telltale.py), so the first
picture made with a change is known exactly.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import websockets.sync.client
from pythonosc.osc_message_builder import build_msg

from bench.cost import telltale
from bench.cost.telltale import SCALE, Told
from bench.show import Show
from lib.pictures.codec import open_codec
from lib.pictures.header import read_header
from lib.wire.messages import decode_picture
from lib.wire.sockets import Socket

DOORS = ("GET /seed", "GET /strength", "PATCH /params", "WS /live", "OSC /seed")
LOCAL = "127.0.0.1"


class Sight(NamedTuple):
    """A picture of the feed: when it came, when its frame was captured, and what it tells."""

    came_s: float  # wall clock, as the feed's own timestamps
    captured_s: float
    told: Told


class Reached(NamedTuple):
    """One change, from its sending on."""

    seen_ms: float  # to the first picture made with it
    captured_ms: float  # to the capture of that picture's frame
    answered_ms: float  # to the answer of the door


class Eye(threading.Thread):
    """Reads every picture of a show's feed, at once. Until it is stopped the viewer is its own."""

    def __init__(self, viewer: Socket) -> None:
        super().__init__(daemon=True)
        self._viewer = viewer
        self._sights: list[Sight] = []
        self._news = threading.Condition()
        self._quit = False

    def run(self) -> None:
        codec = open_codec()
        while not self._quit:
            if not self._viewer.poll(100):
                continue
            picture = decode_picture(self._viewer.recv())
            came_s = time.time()
            told = telltale.read(codec, picture.jpg, read_header(picture.jpg).size)
            with self._news:  # half a millisecond more: the stamp has whole ones
                self._sights.append(Sight(came_s, picture.timestamp / 1000 + 0.0005, told))
                self._news.notify_all()

    def stop(self) -> None:
        self._quit = True
        self.join()

    def first(self, tells: Callable[[Told], bool], timeout_s: float = 5) -> Sight:
        """The first picture that was made so."""
        looked = 0

        def found() -> Sight | None:
            nonlocal looked
            while looked < len(self._sights):
                looked += 1
                if tells(self._sights[looked - 1].told):
                    return self._sights[looked - 1]
            return None

        with self._news:
            sight = self._news.wait_for(found, timeout_s)
        if sight is None:
            raise RuntimeError("no picture was made with the change")
        return sight

    def latencies_ms(self) -> list[float]:
        return [1000 * (sight.came_s - sight.captured_s) for sight in self._sights]


class Player:
    """Plays through every door of a show."""

    def __init__(self, resources: ExitStack, port: int, osc_port: int) -> None:
        self._http = http.client.HTTPConnection(LOCAL, port, timeout=5)
        resources.callback(self._http.close)
        url = f"ws://{LOCAL}:{port}/live"
        connection = websockets.sync.client.connect(url, compression=None, max_size=2**24)
        self._live = resources.enter_context(connection)
        self._osc = resources.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._osc.connect((LOCAL, osc_port))
        self._dice = random.Random(4)
        self._seed, self._strength = 1, 0.5

    def ask(self, method: str, path: str, body: object = None) -> None:
        self._http.request(method, path, None if body is None else json.dumps(body))
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]!r}")

    def play(self, door: str) -> Callable[[Told], bool]:
        """Something new; what a picture made with it tells."""
        self._seed += self._dice.randrange(1, 1000)
        self._strength = round((self._strength + self._dice.uniform(0.05, 0.6)) % 1, 4)
        seed, strength = self._seed, self._strength
        if door == "GET /strength":
            self.ask("GET", f"/strength/{strength}")
            return lambda told: round(told.strength * SCALE) == round(strength * SCALE)
        if door == "GET /seed":
            self.ask("GET", f"/seed/{seed}")
        elif door == "PATCH /params":
            self.ask("PATCH", "/params", {"seed": seed})
        elif door == "OSC /seed":
            self._osc.send(build_msg("/seed", seed).dgram)
        else:
            self._live.send(json.dumps({"type": "play", "id": seed, "change": {"seed": seed}}))
            self._wait_for_answer(seed)
        return lambda told: told.seed == seed

    def _wait_for_answer(self, number: int) -> None:
        while True:
            facts = json.loads(self._live.recv(timeout=5))
            if facts["type"] == "answer" and facts["id"] == number:
                if not facts["ok"]:
                    raise RuntimeError(facts["detail"])
                return


def reach(eye: Eye, player: Player, door: str) -> Reached:
    asked_s = time.time()
    tells = player.play(door)
    answered_s = time.time()
    sight = eye.first(tells)
    return Reached(
        1000 * (sight.came_s - asked_s),
        1000 * (sight.captured_s - asked_s),
        1000 * (answered_s - asked_s),
    )


class Found(NamedTuple):
    """What was seen of one show."""

    latency_ms: float  # the pipeline's own, p50
    reached: dict[str, list[Reached]]  # by door


@contextmanager
def telltale_show(pictures: Path, fps: float, delay_ms: float) -> Iterator[Show]:
    """One worker that writes into its pictures; all doors are open."""
    show = Show(pictures, fps, [])
    show.osc_port = free_udp_port()
    show.add_program("bench.cost.telltale", "--delay_ms", f"{delay_ms:g}")
    with show:
        show.until_answered()
        yield show


def through_doors(show: Show, fps: float, changes: int) -> Found:
    """So many changes through each door of a show with telltale workers."""
    with ExitStack() as resources:
        player = Player(resources, show.ports["settings_port"], show.osc_port)
        player.ask("GET", "/cut/true")  # a glide's first frame is hardly another
        show.settle(1.5)
        eye = Eye(show.viewer)
        eye.start()
        resources.callback(eye.stop)
        reached: dict[str, list[Reached]] = {door: [] for door in DOORS}
        dice = random.Random(7)
        for _ in range(changes):
            for door in DOORS:
                time.sleep(dice.uniform(0.05, 0.05 + 2 / fps))  # at no particular moment
                reached[door].append(reach(eye, player, door))
        return Found(statistics.median(eye.latencies_ms()), reached)


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((LOCAL, 0))
        return int(one.getsockname()[1])
