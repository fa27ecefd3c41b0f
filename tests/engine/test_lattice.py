"""The network upscales twice by two, which used to show as a weave of 2 and 4 pixels."""

import numpy as np
import pytest

from bench.cost.painter import enlarged, lattice_peak
from lib.engine.painter.graph import REPEATED, SMOOTH, STYLES
from lib.engine.painter.style_network import StyleNetwork
from tests.engine.scene import scene

# Of 2, 4 and 8 pixels in the picture, which is twice as large as what is painted.
MOST = 4.0


def peaks(network: StyleNetwork) -> list[float]:
    frame = scene(256, 256)[0]
    eye = np.eye(STYLES, dtype=np.float32)
    painted = [enlarged(network.paint(frame, styles)) for styles in eye[::2]]
    return [float(np.median([lattice_peak(one, period) for one in painted])) for period in (4, 8)]


def test_no_lattice_shows() -> None:
    assert max(peaks(StyleNetwork(SMOOTH))) < MOST


def test_the_network_as_it_was_trained_shows_one() -> None:
    assert max(peaks(StyleNetwork(REPEATED))) > 1.8 * MOST


@pytest.mark.parametrize("period", [2, 4, 8])
def test_the_measure_sees_a_faint_lattice(period: int) -> None:
    rng = np.random.default_rng(1)
    plain = rng.normal(128, 4, (256, 256, 3))
    stripes = 3 * np.cos(2 * np.pi / period * np.arange(256))[None, :, None]
    assert lattice_peak(plain.astype(np.uint8), period) < 4
    assert lattice_peak((plain + stripes).astype(np.uint8), period) > 12
