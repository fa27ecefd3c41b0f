"""What the painter costs: its live picture, and its stills.

    python -m bench.cost.painter                  both
    python -m bench.cost.painter --only stills --idle     as the worker's process for stills runs
    python -m bench.cost.painter --crops OUT      also writes crops of live pictures at 100 %

live: `published` is the style network with the upscaling that it was trained with, which repeats
pixels; `smooth` is what the painter uses. Both paint the same frames in turn, in one process. The
lattice is the largest peak of the painting's Fourier transform at a period of 2, 4 or 8 pixels over
the median of its neighbours: about 2 where there is none.
stills: twenty-four prompts, 512x512 and 256x256 in eight steps, from the words to the picture.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import cv2
import numpy as np

from bench.report import Report, command, machine, percentiles, say_broken
from lib.config.settings import WorkerSettings
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.engine.painter.graph import REPEATED, SMOOTH, STYLES
from lib.engine.painter.opening import open_painter
from lib.engine.painter.style_network import StyleNetwork
from lib.scene.lake_walk import LakeWalk

SIDE, SHOWN = 256, 512
NOISE = 3.0  # grey levels of a camera's noise
PERIODS = (2, 4, 8)
STEPS = 8
PROMPTS = (
    *("a cozy italian village", "a lighthouse in a storm", "a red house in an autumn forest"),
    *("northern lights over a frozen lake", "a misty harbour with boats at dawn", "a coral reef"),
    *("a city at night in the rain", "sailing boat at sunset, watercolour", "two camels, desert"),
    *("a volcano erupting at night", "a pier at the sea, black and white photograph"),
    *("sunflowers under a blue sky", "a purple balloon over a meadow", "an empty room"),
    *("a white cat under a red umbrella", "pines in snowy mountains", "a robot in a garden"),
    *("a castle on a hill, rainbow", "a ship at night under the moon", "an island with palms"),
    *("a bridge over a river, japanese woodblock print", "a windmill and cows, pastel"),
    *("a table with apples and a vase, oil painting", "a rocket in space, pop art"),
)
COSTS = 1.08  # times the published network; medians by turns differ by some per cent


def lattice_peak(picture: Pixels, period: int) -> float:
    """How far the picture's spectrum stands out at this period, in its rows, columns or both."""
    grey = picture.astype(np.float32).mean(axis=2)
    grey -= cv2.GaussianBlur(grey, (0, 0), 6)
    height, width = (side - side % period for side in grey.shape)
    spectrum = np.abs(np.fft.fft2(grey[:height, :width]))
    y, x = height // period, width // period
    found = []
    for row, column in ((y, 0), (0, x), (y, x), (y, width - x)):
        near = spectrum[max(0, row - 6) : row + 7, max(0, column - 6) : column + 7]
        found.append(float(spectrum[row, column] / (np.median(near) + 1e-9)))
    return max(found)


def enlarged(picture: Pixels) -> Pixels:
    large = cv2.resize(picture, (SHOWN, SHOWN), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)


def live(frames: int, crops: Path | None) -> list[str]:
    networks = {"published": StyleNetwork(REPEATED), "smooth": StyleNetwork(SMOOTH)}
    scene = LakeWalk(Size(SIDE, SIDE))
    rng = np.random.default_rng(2)
    took_ms: dict[str, list[float]] = {name: [] for name in networks}
    change: dict[str, list[float]] = {name: [] for name in networks}
    peaks: dict[str, list[float]] = {f"{name} {p}": [] for name in networks for p in PERIODS}
    for number in range(frames):
        styles = np.eye(STYLES, dtype=np.float32)[number % STYLES]
        still = scene.draw(number / 10)
        noisy = np.clip(still + rng.normal(0, NOISE, still.shape), 0, 255).astype(np.uint8)
        for name, network in networks.items():
            began_ns = time.perf_counter_ns()
            painted = network.paint(still, styles)
            took_ms[name].append((time.perf_counter_ns() - began_ns) / 1e6)
            moved = np.abs(network.paint(noisy, styles).astype(np.int16) - painted)
            change[name].append(float(moved.mean()))
            for period in PERIODS:
                peaks[f"{name} {period}"].append(lattice_peak(enlarged(painted), period))
            if crops and number < STYLES:
                crops.mkdir(parents=True, exist_ok=True)
                crop = enlarged(painted)[160:352, 160:352, ::-1]
                cv2.imwrite(str(crops / f"{number:02d}-{name}.png"), crop)
    return told(took_ms, change, peaks)


def told(
    took_ms: dict[str, list[float]], change: dict[str, list[float]], peaks: dict[str, list[float]]
) -> list[str]:
    report = Report()
    for name, each_ms in took_ms.items():
        report.line(f"{SIDE}x{SIDE}, {name}", each_ms, "ms")
        report.line(f"changed by noise, {name}", change[name], "grey levels")
        for period in PERIODS:
            report.line(f"peak at {period} px, {name}", peaks[f"{name} {period}"], "")
    ratios = np.divide(took_ms["smooth"], took_ms["published"]).tolist()
    report.line("smooth over published", ratios, "", most=COSTS)
    calmer = np.divide(change["smooth"], change["published"]).tolist()
    report.line("its restlessness over the published", calmer, "", most=1.0)
    return report.missed


class Pieces:
    """Notes when each piece of a still ended."""

    def __init__(self) -> None:
        self.ends_ns = [time.perf_counter_ns()]

    def piece(self) -> None:
        self.ends_ns.append(time.perf_counter_ns())

    def step(self, *_: object) -> None:
        self.piece()

    def each_ms(self) -> list[float]:
        return (np.diff(self.ends_ns) / 1e6).tolist()


def stills() -> None:
    painter = open_painter(WorkerSettings(_env_file=None), "measured")
    for side in (SHOWN, SIDE):
        took_s, used_s, pieces_ms = [], [], []
        for number, prompt in enumerate(("a cat", *PROMPTS)):
            params = StillParams(prompt, seed=number, width=side, height=side, steps=STEPS)
            pieces, began_s = Pieces(), time.process_time()
            list(painter.make(params, None, None, pieces))
            if number:  # the first one opens the network
                took_s.append((pieces.ends_ns[-1] - pieces.ends_ns[0]) / 1e9)
                used_s.append(time.process_time() - began_s)
                pieces_ms += pieces.each_ms()
        found = (("still", took_s, "s"), ("processor", used_s, "s"), ("pieces", pieces_ms, "ms"))
        for name, values, unit in found:
            shares = percentiles(values)
            said = "  ".join(f"{share} {value:.2f}" for share, value in shares.items())
            print(
                f"  {side}x{side}, {name:<11}{said}  longest {max(values):.2f} {unit}", flush=True
            )


def main() -> int:
    parser = command(__doc__, frames=100)
    parser.add_argument("--only", choices=("live", "stills"))
    parser.add_argument("--crops", type=Path)
    parser.add_argument("--idle", action="store_true", help="only while a processor is idle")
    given = parser.parse_args()
    if given.idle:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    print(machine())
    missed = live(given.frames, given.crops) if given.only != "stills" else []
    if given.only != "live":
        stills()
    return say_broken(missed)


if __name__ == "__main__":
    raise SystemExit(main())
