import numpy as np
import onnxruntime as ort
import pytest

from lib.engine.painter import NETWORK
from lib.engine.painter.graph import (
    REPEATED,
    SMOOTH,
    STRIDE,
    STYLES,
    four_phases,
    rebuild,
)
from lib.engine.painter.onnx_file import read_tensors
from lib.engine.painter.styles import STYLES as DESCRIBED
from lib.words.package_file import find


def session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def networks() -> tuple[ort.InferenceSession, ort.InferenceSession]:
    original = find(NETWORK).read_bytes()
    return session(original), session(rebuild(read_tensors(original), REPEATED))


@pytest.mark.parametrize("shape", [(64, 64), (48, 104), (100, 36), (12 * STRIDE, 7 * STRIDE)])
def test_the_rebuilt_network_paints_what_the_original_paints(
    shape: tuple[int, int], networks: tuple[ort.InferenceSession, ort.InferenceSession]
) -> None:
    rng = np.random.default_rng(shape[0])
    image = rng.random((1, 3, *shape), np.float32)
    for style in (np.eye(STYLES)[9], np.eye(STYLES)[22], rng.dirichlet(np.ones(STYLES))):
        given = {"image": image, "style_weights": style.astype(np.float32)}
        original, rebuilt = (one.run(["stylized"], given)[0] for one in networks)
        assert original.std() > 0.02
        np.testing.assert_allclose(rebuilt, original, atol=1e-4)


def test_smooth_upscaling_spreads_as_its_table_says_and_leaves_plain_areas_alone() -> None:
    """Of a plain area the network makes what it made before."""
    weights = np.random.default_rng(1).standard_normal((8, 32, 3, 3)).astype(np.float32)
    sums = [four_phases(weights, how, 1).sum(axis=(2, 3)) for how in (REPEATED, SMOOTH)]
    np.testing.assert_allclose(sums[1], sums[0], atol=1e-4)
    np.testing.assert_allclose(sums[0], np.repeat(weights.sum(axis=(2, 3)), 4, 0), atol=1e-4)
    delta = np.zeros((1, 1, 3, 3), np.float32)
    delta[0, 0, 1, 1] = 1  # a kernel that only looks: what it sees is the upscaling itself
    wide, narrow = (four_phases(delta, SMOOTH, reach)[3, 0].sum(axis=0) for reach in (2, 1))
    np.testing.assert_allclose(wide, [0, 1 / 16, 5 / 8, 5 / 16, 0], atol=1e-6)
    np.testing.assert_allclose(narrow, [1 / 16, 5 / 8, 5 / 16], atol=1e-6)


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(KeyError):
        rebuild({"contract.0.w": np.zeros((32, 3, 9, 9), np.float32)})


def test_every_style_is_described() -> None:
    assert len(DESCRIBED) == STYLES
