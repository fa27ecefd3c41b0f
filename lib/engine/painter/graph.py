"""The style network, rebuilt from its own weights: a quarter cheaper, and without a lattice.

Three changes leave the picture as it was (largest difference seen: 1.4e-6 of full scale): each
normalisation is one operation instead of ten; the convolutions after an upscaling run before it, on
a quarter of the positions, once for each of the four places a pixel can have in a 2x2 block; the
last convolution, which has only three outputs where a vector unit computes sixteen at once, makes
2x2 pixels at a time in the same way.
Measured at 256x256 on one thread: 41.5 ms as published, 31.5 ms rebuilt (docs/engine.md).

The fourth changes it. The published network upscales twice by repeating pixels, and the steps of 2
and 4 pixels that this leaves show as a weave all over the painting. Here it upscales smoothly; in
the kernels that are computed before the upscaling that is only other numbers, so it costs nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lib.engine.painter.onnx_file import GraphWriter, Tensors

STYLES = 26
PADDING = 4  # of the first layer, on each side
_WIDTH = 32  # channels between the first layer and the last ones
STRIDE = 4  # the network halves its input twice, so both sides must be multiples of this
_EPSILON = 1e-5
# How upscaling by two spreads a value: the share of it that the fine pixel at each distance gets,
# where 0 and 1 are the two pixels that it covers.
Upscaling = dict[int, float]
REPEATED: Upscaling = {0: 1.0, 1: 1.0}
SMOOTH: Upscaling = {-2: 1 / 16, -1: 5 / 16, 0: 5 / 8, 1: 5 / 8, 2: 5 / 16, 3: 1 / 16}
_RESIDUALS = 6
_LAYERS = [
    *(f"contract.{i}" for i in range(3)),
    *(f"res.{i}.{j}" for i in range(_RESIDUALS) for j in range(2)),
    *(f"expand.{i}" for i in range(3)),
]


def rebuild(weights: Tensors, upscaling: Upscaling = SMOOTH) -> bytes:
    """A model file with the original's inputs `image` and `style_weights` and its output.

    REPEATED paints what the original paints. A KeyError means that the weights are not those of
    this network.
    """
    net = _Builder(weights, upscaling)
    x = net.encoded(net.convolved("image", "contract.0"))
    for number in range(_RESIDUALS):
        x = net.residual(x, number)
    inputs: dict[str, list[int | str]] = {"image": [1, 3, "h", "w"], "style_weights": [STYLES]}
    return net.writer.model(inputs, net.decoded(x), "stylized")


def rebuild_parts(weights: Tensors, upscaling: Upscaling = SMOOTH) -> list[bytes]:
    """The same network as models to be run one after the other, each with the last one's result as
    `image`: none of them takes long. The first one takes an image that is padded by PADDING already
    and may be run on strips of it, since it only convolves."""
    net = _Builder(weights, upscaling)
    parts = [net.part(3, net.convolved("image", "contract.0", padded=True))]
    net = _Builder(weights, upscaling)
    parts.append(net.part(_WIDTH, net.encoded("image")))
    for half in (range(_RESIDUALS // 2), range(_RESIDUALS // 2, _RESIDUALS)):
        net, x = _Builder(weights, upscaling), "image"
        for number in half:
            x = net.residual(x, number)
        parts.append(net.part(_WIDTH, x))
    net = _Builder(weights, upscaling)
    return [*parts, net.part(_WIDTH, net.decoded("image"))]


class _Builder:
    def __init__(self, weights: Tensors, upscaling: Upscaling) -> None:
        self.writer = GraphWriter()
        self._upscaling = upscaling
        self._weights = weights
        tables = [weights[f"{name}.norm.{kind}"] for name in _LAYERS for kind in ("gamma", "beta")]
        blend = self.writer.constant(np.concatenate(tables, axis=1))
        split = self.writer.constant(np.array([table.shape[1] for table in tables], np.int64))
        row = self.writer.node("MatMul", ["style_weights", blend])
        names = self.writer.nodes("Split", [row, split], len(tables), axis=0)
        self._gammas = dict(zip(_LAYERS, names[::2], strict=True))
        self._betas = dict(zip(_LAYERS, names[1::2], strict=True))

    def part(self, channels: int, result: str) -> bytes:
        shape: list[int | str] = [1, channels, "h", "w"]
        inputs: dict[str, list[int | str]] = {"image": shape, "style_weights": [STYLES]}
        return self.writer.model(inputs, result, "result", [1, "channels", "rows", "columns"])

    def encoded(self, convolved: str) -> str:
        """What follows on the first convolution, down to a quarter of the size."""
        x = self._norm(convolved, "contract.0", relu=True)
        return self.layer(self.layer(x, "contract.1", stride=2), "contract.2", stride=2)

    def residual(self, x: str, number: int) -> str:
        y = self.layer(self.layer(x, f"res.{number}.0"), f"res.{number}.1", relu=False)
        return self.writer.node("Add", [x, y])

    def decoded(self, x: str) -> str:
        # All of the smooth upscaling's reach where the finest lattice would come from; in the other
        # layer it would cost a tenth of a frame and take nothing away that can be measured.
        x = self.upscaled_layer(x, "expand.0", reach=1)
        x = self.upscaled_layer(x, "expand.1", reach=1 if self._upscaling == REPEATED else 2)
        return self.writer.node("Sigmoid", [self.last_layer(x, "expand.2")])

    def layer(self, x: str, name: str, stride: int = 1, relu: bool = True) -> str:
        return self._norm(self.convolved(x, name, stride), name, relu)

    def convolved(self, x: str, name: str, stride: int = 1, padded: bool = False) -> str:
        weights = self._weights[f"{name}.w"]
        if not padded:
            x = self._pad(x, weights.shape[2] // 2, "reflect")
        return self._convolve(x, weights, stride)

    def upscaled_layer(self, x: str, name: str, reach: int) -> str:
        """Upscaling, then a 3x3 layer, computed before the upscaling.

        Reflecting one pixel of what was upscaled by repeating equals repeating the small one's
        edge.
        """
        x = self._pad(x, reach, "edge")
        x = self._convolve(x, four_phases(self._weights[f"{name}.w"], self._upscaling, reach), 1)
        return self._norm(self._unfold(x), name, relu=True)

    def last_layer(self, x: str, name: str) -> str:
        weights = self._weights[f"{name}.w"]
        x = self._pad(x, weights.shape[2] // 2, "reflect")
        x = self._convolve(x, four_shifts(weights), 2)
        return self._norm(self._unfold(x), name, relu=False)

    def _pad(self, x: str, by: int, mode: str) -> str:
        pads = self.writer.constant(np.array([0, 0, by, by, 0, 0, by, by], np.int64))
        return self.writer.node("Pad", [x, pads], mode=mode)

    def _convolve(self, x: str, weights: NDArray[np.float32], stride: int) -> str:
        kernel, strides = list(weights.shape[2:]), [stride, stride]
        name = self.writer.constant(np.ascontiguousarray(weights))
        return self.writer.node("Conv", [x, name], kernel_shape=kernel, strides=strides)

    def _unfold(self, x: str) -> str:
        return self.writer.node("DepthToSpace", [x], blocksize=2, mode="CRD")

    def _norm(self, x: str, name: str, relu: bool) -> str:
        inputs = [x, self._gammas[name], self._betas[name]]
        x = self.writer.node("InstanceNormalization", inputs, epsilon=_EPSILON)
        return self.writer.node("Relu", [x]) if relu else x


def four_phases(
    weights: NDArray[np.float32], upscaling: Upscaling, reach: int
) -> NDArray[np.float32]:
    """The 3x3 kernel as applied before upscaling, for each of the four pixels that one becomes;
    what lies further away than `reach` small pixels falls to the last of them."""
    out, inner = weights.shape[:2]
    side = 2 * reach + 1
    # Through which small pixels, at which share, a fine pixel sees: [place][tap][small pixel].
    seen = np.zeros((2, 3, side))
    for place in (0, 1):
        for tap in (-1, 0, 1):
            for distance, share in upscaling.items():
                small, odd = divmod(place + tap - distance, 2)
                if not odd:
                    seen[place, tap + 1, min(max(small, -reach), reach) + reach] += share
    phases = np.einsum("oiyx,pya,qxb->opqiab", weights, seen, seen)
    return np.asarray(phases.reshape(out * 4, inner, side, side), np.float32)


def four_shifts(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The kernel at the four places of a 2x2 block, for a stride of two pixels."""
    out, inner, height, width = weights.shape
    shifts = np.zeros((out, 4, inner, height + 1, width + 1), np.float32)
    for phase in range(4):
        y, x = phase // 2, phase % 2
        shifts[:, phase, :, y : y + height, x : x + width] = weights
    return shifts.reshape(out * 4, inner, height + 1, width + 1)
