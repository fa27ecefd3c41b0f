import numpy as np
import onnxruntime as ort
import pytest

from lib.engine.painter import NETWORK
from lib.engine.painter.graph import STRIDE, STYLES, rebuild
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
    return session(original), session(rebuild(read_tensors(original)))


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


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(KeyError):
        rebuild({"contract.0.w": np.zeros((32, 3, 9, 9), np.float32)})


def test_every_style_is_described() -> None:
    assert len(DESCRIBED) == STYLES
