"""How soon a change is on the wall, and what open pages cost the frames.

    python -m bench.cost.live                      everything
    python -m bench.cost.live --only doors         from a request to the first picture made with it
    python -m bench.cost.live --only pages         ten pages open against none

doors: a worker writes seed and strength into each picture it makes (workers.py), so the first
picture made with a change is known exactly. `waited` is from a request's sending to the capture of
the frame of that picture, in frames: what a change takes beyond the pipeline's own latency. Below 0
that frame was already captured, and waited for a worker.
pages: in one show, turn by turn without and with pages; the frame path is the stream's process and
the workers, whose CPU time is counted without that of the control process and of the pages.
"""

from __future__ import annotations

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

from bench.asking import Asker
from bench.background import Background
from bench.cost.transport import FAST
from bench.cost.workers import SCALE, Told, read
from bench.ports import LOCAL, free_udp_port
from bench.processes import Programs
from bench.report import Parts, measure, percentiles
from bench.show import Seen, Show, arrivals
from lib.pictures.codec import open_codec
from lib.pictures.header import read_header
from lib.wire.sockets import Socket

DOORS = ("GET /seed", "GET /strength", "PATCH /params", "WS /live", "OSC /seed")


class Sight(NamedTuple):
    """A picture of the feed, by the wall clock, as the feed's own timestamps."""

    came_s: float
    captured_s: float
    told: Told


class Reached(NamedTuple):
    """One change, from its sending on."""

    seen_ms: float  # to the first picture made with it
    captured_ms: float  # to the capture of that picture's frame
    answered_ms: float  # to the answer of the door


class Eye(Background):
    """Reads every picture of a show's feed, at once. Until it is left the viewer is its own."""

    def __init__(self, viewer: Socket) -> None:
        super().__init__()
        self._viewer = viewer
        self._sights: list[Sight] = []
        self._news = threading.Condition()

    def run(self) -> None:
        codec = open_codec()
        while not self.quit.is_set():
            for _, latency_ms, picture in arrivals(self._viewer, time.monotonic() + 0.1):
                told = read(codec, picture.jpg, read_header(picture.jpg).size)
                if told is None:
                    continue
                with self._news:  # half a millisecond more: the stamp has whole ones
                    captured_s = picture.timestamp / 1000 + 0.0005
                    came_s = (picture.timestamp + latency_ms) / 1000
                    self._sights.append(Sight(came_s, captured_s, told))
                    self._news.notify_all()

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
        self.http = Asker(port)
        resources.callback(self.http.close)
        url = f"ws://{LOCAL}:{port}/live"
        connection = websockets.sync.client.connect(url, compression=None, max_size=2**24)
        self._live = resources.enter_context(connection)
        self._osc = resources.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._osc.connect((LOCAL, osc_port))
        self._dice = random.Random(4)
        self._seed, self._strength = 1, 0.5

    def play(self, door: str) -> Callable[[Told], bool]:
        """Something new; what a picture made with it tells."""
        self._seed += self._dice.randrange(1, 1000)
        self._strength = round((self._strength + self._dice.uniform(0.05, 0.6)) % 1, 4)
        seed, strength = self._seed, self._strength
        if door == "GET /strength":
            self.http.ask("GET", f"/strength/{strength}")
            return lambda told: round(told.strength * SCALE) == round(strength * SCALE)
        if door == "GET /seed":
            self.http.ask("GET", f"/seed/{seed}")
        elif door == "PATCH /params":
            self.http.ask("PATCH", "/params", {"seed": seed})
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

    def reach(self, eye: Eye, door: str) -> Reached:
        asked_s = time.time()
        tells = self.play(door)
        answered_s = time.time()
        sight = eye.first(tells)
        moments = (sight.came_s, sight.captured_s, answered_s)
        return Reached(*(1000 * (moment_s - asked_s) for moment_s in moments))


class Found(NamedTuple):
    """What was seen of one show."""

    latency_ms: float  # the pipeline's own, p50
    reached: dict[str, list[Reached]]  # by door


@contextmanager
def telltale_show(pictures: Path, fps: float, delay_ms: float) -> Iterator[Show]:
    """One worker that writes into its pictures; all doors are open."""
    telltale = f"-m bench.cost.workers telltale --delay_ms {delay_ms:g}"
    show = Show(pictures, fps, [telltale])
    show.osc_port = free_udp_port()
    with show:
        show.until_answered()
        yield show


def through_doors(show: Show, fps: float, changes: int) -> Found:
    """So many changes through each door of a show with telltale workers."""
    with ExitStack() as resources:
        player = Player(resources, show.ports["settings_port"], show.osc_port)
        player.http.ask("GET", "/cut/true")  # a glide's first frame is hardly another
        show.settle(1.5)
        eye = resources.enter_context(Eye(show.viewer))
        reached: dict[str, list[Reached]] = {door: [] for door in DOORS}
        dice = random.Random(7)
        for _ in range(changes):
            for door in DOORS:
                time.sleep(dice.uniform(0.05, 0.05 + 2 / fps))  # at no particular moment
                reached[door].append(player.reach(eye, door))
        return Found(statistics.median(eye.latencies_ms()), reached)


def path_ms(seen: Seen) -> float:
    """CPU a frame of the frame path alone."""
    return seen.cpu_ms("stream", "workers")


class Bench(Parts):
    def doors(self) -> None:
        """From a request's sending to the first picture made with it."""
        for fps, delay_ms in ((30, 20), (60, 5)):
            found = []
            for _ in range(self.runs):
                with telltale_show(self.pictures, fps, delay_ms) as show:
                    found.append(through_doors(show, fps, changes=20))
            print(f"  {fps} fps, a worker of {delay_ms} ms")
            self.report.line("the pipeline's own latency, p50", [f.latency_ms for f in found], "ms")
            for door in DOORS:
                runs = [f.reached[door] for f in found]
                seen = [statistics.median(one.seen_ms for one in run) for run in runs]
                answered = [statistics.median(one.answered_ms for one in run) for run in runs]
                frames = [[one.captured_ms * fps / 1000 for one in run] for run in runs]
                self.report.line(f"{door}: to the picture, p50", seen, "ms")
                waited = [statistics.median(run) for run in frames]
                self.report.line(f"{door}: waited, p50", waited, "frames", most=1)
                worst = [percentiles(run)["p95"] for run in frames]
                # What the door itself needs is a good part of a frame at 60 fps.
                self.report.line(f"{door}: waited, p95", worst, "frames", most=1 + 0.005 * fps)
                if not door.startswith("OSC"):
                    self.report.line(f"{door}: answered, p50", answered, "ms")

    def pages(self) -> None:
        """Ten pages open, eight over WS /live and two with moving JPEG, two of them slow."""
        for fps in (30, 60):
            seen: list[tuple[Seen, Seen]] = []
            with Show(self.pictures, fps, [""], *FAST) as show:
                show.until_answered()
                show.settle(3)
                port = str(show.ports["settings_port"])
                for _ in range(self.runs):
                    without = show.watch(self.seconds)
                    with Programs() as programs:
                        programs.start("-m", "bench.cost.pages", "--settings_port", port)
                        show.settle(2)
                        seen.append((without, show.watch(self.seconds)))
                    show.settle(1)
            cpu = [path_ms(pages) / path_ms(without) for without, pages in seen]
            rate = [pages.fps / without.fps for without, pages in seen]
            p50, p99 = (
                [pages.latency[name] - without.latency[name] for without, pages in seen]
                for name in ("p50", "p99")
            )
            print(f"  {fps} fps")
            alone = [path_ms(without) for without, _ in seen]
            self.report.line("frame path alone, CPU a frame", alone, "ms")
            self.report.line("with pages, CPU of the frame path", cpu, "x", most=1.1)
            self.report.line("with pages, frames published", rate, "x", least=0.98)
            self.report.line("with pages, latency p50 above", p50, "ms", most=2)
            self.report.line("with pages, latency p99 above", p99, "ms")
            control = [pages.cores["control"] for _, pages in seen]
            self.report.line("control process meanwhile", control, "cores")


def main() -> int:
    return measure(str(__doc__), Bench, ("doors", "pages"))


if __name__ == "__main__":
    raise SystemExit(main())
