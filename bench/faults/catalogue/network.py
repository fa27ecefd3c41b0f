"""Lines that are slow, late, lossy or cut, between the primary and one of its workers; and where
the pictures come from: a camera, another program, a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.camera import Camera
from bench.faults.cable import Cable, cable_trouble
from bench.faults.invariants import Limits, accounted
from bench.faults.proxy import Line, Proxy
from bench.faults.show import RecordedShow
from bench.faults.table import Setting, fault
from bench.ports import LOCAL, free_ports

FAR = "w0"  # the worker on the other host
OPEN = ("--bind", "0.0.0.0", "--control_token", "of-a-show-that-is-attacked")
BAD = Limits(lost=6, silence_ms=100, normal_s=2)
GONE = replace(BAD, lost=2, out_s=0.6, says=r"worker w0 silent")


@contextmanager
def through_proxy(show: RecordedShow) -> Iterator[Proxy]:
    """What lies between the primary and one worker, for as long as a show stands."""
    ports = [show.ports["job_port"], show.ports["result_port"]]
    with Proxy(LOCAL, ports, show.random.randrange(1 << 30)) as proxy:
        jobs, results = map(str, proxy.ports)
        show.respecify(FAR, "--job_port", jobs, "--result_port", results)
        yield proxy


@contextmanager
def by_cable(show: RecordedShow) -> Iterator[Cable]:
    with Cable() as cable:
        show.respecify(FAR, "--primary_hostname", cable.here, before=cable.enter())
        yield cable


def from_source(mode: str) -> Setting:
    @contextmanager
    def setting(show: RecordedShow) -> Iterator[Camera]:
        (port,) = free_ports(1)
        flags = ["--zmq"] if mode == "zmq" else []
        with Camera(port, show.fps, *flags) as camera:
            place = ["--video_port", str(port)]
            if mode == "camera":
                place = ["--camera", f"http://{LOCAL}:{port}/camera.mjpg"]
            show.flag("--mode", mode, *place)
            yield camera

    return setting


@fault(
    "unplug",
    "a host unplugged without a word, and plugged in again",
    GONE,
    lasts_s=4.0,
    watch_s=4.0,
    flags=OPEN,
    needs=cable_trouble,
    setting=by_cable,
)
def unplug(show: RecordedShow) -> Iterator[None]:
    cable: Cable = show.beside
    cable.unplug()
    show.struck()
    yield
    cable.plug()
    show.healed()
    show.until(lambda: show.said.workers.get(FAR) == "active", 6, "the host is not used again")


def bad_line(
    name: str, words: str, line: Line | None, limits: Limits, watch_s: float = 1.6
) -> None:
    """None: it is cut."""

    @fault(name, words, limits, lasts_s=4.0, watch_s=watch_s, setting=through_proxy)
    def strike(show: RecordedShow) -> Iterator[None]:
        proxy: Proxy = show.beside
        _ = proxy.become(line) if line else proxy.cut()
        show.struck()
        yield
        proxy.become(Line())


HARMLESS = "nothing is lost: the others take what it cannot"
COMES_AND_GOES = "comes and goes: too slow to be given frames, by its network"
LATE = "a line to one worker, 50 ms long with up to 50 ms of jitter each way"
CUT = "a line cut without a word for 4 s, behind a switch that stays"
# 4: what was under way, and what was tried after
SLOW = replace(BAD, lost=4, why_silent=HARMLESS)
bad_line("slow line", "a line of 20 Mbit/s to one worker", Line(mbit_s=20), SLOW)
for share, why in ((0.01, HARMLESS), (0.1, COMES_AND_GOES)):
    words = f"a line to one worker that loses {share:.0%} of its segments".replace("%", " %")
    name = f"loss of {share:.0%}".replace("%", " %")
    bad_line(name, words, Line(loss=share), replace(BAD, why_silent=why))
TOO_SLOW = replace(BAD, says=r"worker w0 is too slow .* on the way")
bad_line("late line", LATE, Line(delay_ms=50, jitter_ms=50), TOO_SLOW)
bad_line("cut line", CUT, None, GONE, watch_s=4.0)


def source_lost(name: str, words: str, mode: str, limits: Limits, watch_s: float) -> None:
    @fault(name, words, limits, lasts_s=4, watch_s=watch_s, setting=from_source(mode))
    def lost_and_back(show: RecordedShow) -> Iterator[None]:
        camera: Camera = show.beside
        camera.lose()
        show.struck()
        yield
        if found := accounted(show.said):
            raise RuntimeError(found[0])
        camera.bring_back()


CAMERA = "a camera (moving JPEG over HTTP) lost for 4 s, and back"
TRYING = Limits(picture_s=4, normal_s=6, heals=True, live=True, says="camera at .* trying")
source_lost("camera lost", CAMERA, "camera", TRYING, watch_s=8)
PROGRAM = "the program that publishes pictures (--mode zmq) silent for 4 s"
NOT_HEARD = Limits(picture_s=2, normal_s=3, heals=True, live=True, says="nothing heard from")
source_lost("source lost", PROGRAM, "zmq", NOT_HEARD, watch_s=4)


@fault(
    "folder emptied",
    "the folder of the sequence emptied, and refilled with damaged pictures among the others",
    Limits(picture_s=4, normal_s=6, heals=True, beginnings=2, says="no picture in "),
    lasts_s=4,
    watch_s=5,
    soak=True,
)
def folder_emptied(show: RecordedShow) -> Iterator[None]:
    folder, aside = show.pictures, show.out / "aside"
    emptied(folder, aside)
    yield
    whole = (aside / "0000.jpg").read_bytes()
    damaged = {"0100a.jpg": whole[:5000], "0200a.jpg": b"", "0300a.jpg": whole[::-1]}
    for name, data in damaged.items():
        (folder / name).write_bytes(data)
    for path in aside.iterdir():
        path.rename(folder / path.name)
    show.healed()
    show.until(lambda: "left out: " in "".join(show.said.warnings), 15, "nothing was left out")
    for name in damaged:
        (folder / name).unlink()


def emptied(folder: Path, aside: Path) -> None:
    """At once: while it is emptied picture by picture, the sequence goes on with what is left."""
    folder.rename(aside)  # an empty one may be there
    folder.mkdir()
