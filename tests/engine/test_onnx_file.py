import numpy as np
import pytest

from lib.engine.painter import NETWORK
from lib.engine.painter.onnx_file import GraphWriter, read_tensors
from lib.words.package_file import find


def test_the_weights_of_the_real_file_are_read() -> None:
    tensors = read_tensors(find(NETWORK).read_bytes())
    assert tensors["contract.0.w"].shape == (32, 3, 9, 9)
    assert tensors["expand.2.norm.beta"].shape == (26, 3)
    assert all(np.isfinite(tensor).all() and tensor.any() for tensor in tensors.values())


def test_what_is_written_is_read_back() -> None:
    writer = GraphWriter()
    array = np.arange(600, dtype=np.float32).reshape(2, 300)
    name = writer.constant(array)
    model = writer.model({"x": [2, "n"]}, writer.node("Add", ["x", name]), "y")
    assert np.array_equal(read_tensors(model)[name], array)


@pytest.mark.parametrize("kept", [1, 100, 5000, 700_000])
def test_half_a_file_is_refused(kept: int) -> None:
    data = find(NETWORK).read_bytes()
    with pytest.raises(ValueError, match="the file ends in the middle"):
        read_tensors(data[:kept])
