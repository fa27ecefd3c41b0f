"""MACHINE_SIZE tiny: the parts of a model come to the GPU in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lib.core.pixels import Pixels
from lib.core.still_params import StillKind, StillParams
from lib.engine.engine import EngineError, StillCancelledError
from tests.engine.still_models.conftest import Opens, Told

if TYPE_CHECKING:
    from lib.engine.stills.checkpoint import StillCheckpoint
    from lib.engine.stills.opening import StillsAlone
    from tests.engine.still_models.second_device import SecondDevice

pytestmark = pytest.mark.slow
SIZE = 64
IMAGE = np.random.default_rng(2).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
MASK = np.zeros((SIZE, SIZE), np.uint8)
MASK[:, SIZE // 2 :] = 255


@pytest.fixture
def device() -> Iterator[SecondDevice]:
    from tests.engine.still_models.second_device import second_device

    with second_device() as device:
        yield device


def still(engine: StillsAlone, told: Told | None = None, **changed: Any) -> Pixels:
    params = StillParams(
        **{"prompt": "a cat", "width": SIZE, "height": SIZE, "steps": 2, "seed": 5, **changed}
    )
    given = (None, None) if params.kind is StillKind.TXT2IMG else (IMAGE, MASK)
    (picture,) = engine.make(params, *given, told or Told())
    return picture


def held(engine: StillsAlone) -> StillCheckpoint:
    (one,) = engine._stills.models.held._held.values()
    return one


@pytest.mark.parametrize(
    "asked", [{"model": "v1/dir"}, {"model": "xl/dir", "kind": StillKind.INPAINT}], ids=["v1", "xl"]
)
def test_the_parts_of_a_model_take_turns_and_make_the_same_picture(
    library: Path, opens: Opens, asked: dict[str, Any]
) -> None:
    from tests.engine.still_models.second_device import second_device

    with second_device() as device:
        tiny = opens(library, machine_size="tiny", dtype="float32")
        made = still(tiny, **asked)
    assert tiny.offer and tiny.offer.memory == "attention in slices, parts of the model in turn"
    model = held(tiny)
    assert model.largest_part <= device.most_bytes < model.bytes, "one part at a time"
    assert device.bytes == 0, "it is all given back"
    plain = opens(library, machine_size="little", dtype="float32")
    assert np.abs(still(plain, **asked).astype(int) - made).max() <= 1


def test_a_still_that_ends_early_leaves_nothing_there(
    library: Path, opens: Opens, device: SecondDevice
) -> None:
    class Leaves(Told):
        def step(self, *_: Any) -> None:
            assert device.bytes
            raise StillCancelledError

    tiny = opens(library, machine_size="tiny", dtype="float32")
    with pytest.raises(StillCancelledError):
        still(tiny, Leaves(), model="v1/dir")
    assert device.bytes == 0
    still(tiny, model="v1/dir")  # and it is there for the next one
    assert device.most_bytes < held(tiny).bytes


def test_where_not_even_one_part_has_room_it_is_a_sentence(
    library: Path, opens: Opens, device: SecondDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = opens(library, machine_size="tiny", dtype="float32")
    monkeypatch.setattr(tiny._stills, "_free_bytes", lambda: 900_000_000)
    words = r"for a part of the model v1/dir: it needs 0.0 GB and 1 GB to work in, and 0.9 GB are"
    with pytest.raises(EngineError, match=words):
        still(tiny, model="v1/dir")
    assert device.most_bytes == 0
