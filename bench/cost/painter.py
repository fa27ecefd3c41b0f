"""What the painter's live picture costs, how restless it is, and whether a lattice shows.

    python -m bench.cost.painter                  100 frames of each kind, by turns
    python -m bench.cost.painter --crops OUT      also writes crops at 100 %

`published` is the style network with the upscaling that it was trained with, which repeats pixels;
`smooth` is what the painter uses. Both paint the same frames in turn, in one process. The lattice
is the largest peak of the painting's Fourier transform at a period of 2, 4 or 8 pixels over the
median of its neighbours: about 2 where there is none.
"""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np

from bench.report import Report, command, machine, say_broken
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.engine.painter.graph import REPEATED, SMOOTH, STYLES
from lib.engine.painter.style_network import StyleNetwork
from lib.scene.lake_walk import LakeWalk

SIDE, SHOWN = 256, 512
NOISE = 3.0  # grey levels of a camera's noise
PERIODS = (2, 4, 8)
COSTS = 1.1  # times the published network; medians by turns differ by some per cent


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


def main() -> int:
    parser = command(__doc__)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--crops", type=Path)
    given = parser.parse_args()
    networks = {"published": StyleNetwork(REPEATED), "smooth": StyleNetwork(SMOOTH)}
    scene = LakeWalk(Size(SIDE, SIDE))
    rng = np.random.default_rng(2)
    took_ms: dict[str, list[float]] = {name: [] for name in networks}
    change: dict[str, list[float]] = {name: [] for name in networks}
    peaks: dict[str, list[float]] = {f"{name} {p}": [] for name in networks for p in PERIODS}
    for number in range(given.frames):
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
            if given.crops and number < STYLES:
                given.crops.mkdir(parents=True, exist_ok=True)
                crop = enlarged(painted)[160:352, 160:352, ::-1]
                cv2.imwrite(str(given.crops / f"{number:02d}-{name}.png"), crop)
    return told(took_ms, change, peaks)


def told(
    took_ms: dict[str, list[float]], change: dict[str, list[float]], peaks: dict[str, list[float]]
) -> int:
    report = Report()
    print(machine())
    for name, each_ms in took_ms.items():
        report.line(f"{SIDE}x{SIDE}, {name}", each_ms, "ms")
        report.line(f"changed by noise, {name}", change[name], "grey levels")
        for period in PERIODS:
            report.line(f"peak at {period} px, {name}", peaks[f"{name} {period}"], "")
    ratios = np.divide(took_ms["smooth"], took_ms["published"]).tolist()
    report.line("smooth over published", ratios, "", most=COSTS)
    calmer = np.divide(change["smooth"], change["published"]).tolist()
    report.line("its restlessness over the published", calmer, "", most=1.0)
    return say_broken(report.missed)


if __name__ == "__main__":
    raise SystemExit(main())
