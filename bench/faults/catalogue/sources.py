"""Where the pictures come from: a camera, another program, a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.faults.camera import Camera
from bench.faults.invariants import accounted
from bench.faults.limits import Limits
from bench.faults.stage import Stage
from bench.faults.table import Strike, fault
from bench.ports import free_ports


class Source:
    """What stands in for a camera, for as long as a stage stands."""

    camera: Camera

    def given(self, mode: str) -> Strike:
        @contextmanager
        def setting(stage: Stage) -> Iterator[None]:
            (port,) = free_ports(1)
            flags = ["--zmq"] if mode == "zmq" else []
            with Camera(port, stage.fps, *flags) as self.camera:
                place = ["--video_port", str(port)]
                if mode == "camera":
                    place = ["--camera", f"http://127.0.0.1:{port}/camera.mjpg"]
                stage.flag("--mode", mode, *place)
                yield

        return setting


SOURCE = Source()


def lost_and_back(stage: Stage) -> Iterator[None]:
    SOURCE.camera.lose()
    stage.struck()
    yield
    if found := accounted(stage.look):
        raise RuntimeError(found[0])
    SOURCE.camera.bring_back()
    stage.healed()


fault(
    "camera lost",
    "a camera (moving JPEG over HTTP) lost for 4 s, and back",
    Limits(picture_s=4, normal_s=6, heals=True, live=True, says="camera at .* trying"),
    lasts_s=4,
    watch_s=8,
    setting=SOURCE.given("camera"),
)(lost_and_back)

fault(
    "source lost",
    "the program that publishes pictures (--mode zmq) silent for 4 s",
    Limits(picture_s=2, normal_s=3, heals=True, live=True, says="nothing heard from"),
    lasts_s=4,
    watch_s=4,
    setting=SOURCE.given("zmq"),
)(lost_and_back)


def emptied(folder: Path, aside: Path) -> None:
    """At once: while it is emptied picture by picture, the sequence goes on with what is left."""
    folder.rename(aside)  # an empty one may be there
    folder.mkdir()


@fault(
    "folder emptied",
    "the folder of the sequence emptied, and refilled with damaged pictures among the others",
    Limits(picture_s=4, normal_s=6, heals=True, beginnings=2, says="no picture in "),
    lasts_s=4,
    watch_s=5,
    soak=True,
)
def folder_emptied(stage: Stage) -> Iterator[None]:
    folder, aside = stage.pictures, stage.out / "aside"
    stage.struck()
    emptied(folder, aside)
    yield
    whole = (aside / "0000.jpg").read_bytes()
    damaged = {"0100a.jpg": whole[:5000], "0200a.jpg": b"", "0300a.jpg": whole[::-1]}
    for name, data in damaged.items():
        (folder / name).write_bytes(data)
    for path in aside.iterdir():
        path.rename(folder / path.name)
    stage.healed()
    stage.until(lambda: "left out: " in "".join(stage.look.warnings), 15, "nothing was left out")
    for name in damaged:
        (folder / name).unlink()
