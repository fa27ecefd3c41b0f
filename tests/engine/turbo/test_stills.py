"""Stills with the model of a live picture: over its tensors, between its frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lib.config.params import Params
from lib.core.still_params import StillParams
from lib.engine.turbo.library_logs import libraries_muted
from tests.engine.still_models.conftest import Told, make_library
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames, of_diffusers, of_turbo, pipeline
from tests.engine.turbo.test_lora import write_lora

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

PLAYED = Params(prompt="snow", num_inference_steps=2, strength=0.5)
GUIDED: dict[str, Any] = {"prompt": "a cat", "negative": "dogs", "guidance": 5.0, "steps": 3}
GUIDED |= {"width": 64, "height": 64, "seed": 2}


def made(engine: Turbo, told: Told | None = None, **changed: Any) -> np.ndarray[Any, Any]:
    (picture,) = engine.make(StillParams(**{**GUIDED, **changed}), None, None, told or Told())
    return picture


def of_plain_pipeline(model: Path, lora: Path | None = None) -> np.ndarray[Any, Any]:
    import torch
    from diffusers import StableDiffusionPipeline

    with libraries_muted(), torch.no_grad():
        plain = StableDiffusionPipeline.from_pretrained(model, safety_checker=None)
        plain.set_progress_bar_config(disable=True)
        if lora:
            plain.load_lora_weights(lora.parent, weight_name=lora.name)
        pictures = plain(
            "a cat", negative_prompt="dogs", guidance_scale=5.0, num_inference_steps=3, width=64,
            height=64, generator=torch.Generator().manual_seed(2), output_type="np",
        ).images  # fmt: skip
    whole: np.ndarray[Any, Any] = (pictures[0] * 255).round().astype(np.uint8)
    return whole


@pytest.mark.parametrize("with_lora", [False, True])
def test_a_guided_still_shares_the_shows_tensors_and_frames_stay_the_same(
    opens: Opens, weights: Path, tmp_path: Path, with_lora: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lib.engine.turbo import load

    loaded, lora = list[str](), tmp_path / "ink.safetensors"
    read = load.read_part

    def counted(reader: Any, folder: Path, *more: Any) -> Any:
        loaded.append(folder.name)
        return read(reader, folder, *more)

    monkeypatch.setattr(load, "read_part", counted)
    write_lora(lora, weights / "turbo", seed=1)
    engine = opens(lora="ink" if with_lora else "", lora_dir=str(tmp_path))
    frames = noise_frames(1, 64, 64)
    before = engine.generate(frames, PLAYED)
    addresses = [one.data_ptr() for one in engine.models.unet.parameters()]
    still = made(engine)
    theirs = of_plain_pipeline(weights / "turbo", lora if with_lora else None)
    assert np.abs(still.astype(int) - theirs).max() <= 1
    # Each part once, and the model's own VAE beside the small one of the frames.
    assert sorted(loaded) == ["taesd", "text_encoder", "unet", "vae"]
    (held,) = engine._stills.models.held._held.values()
    assert held.shared and held.components["unet"] is engine.models.parts["unet"]
    of_still = {one.untyped_storage().data_ptr() for one in held.components["unet"].parameters()}
    assert {one.untyped_storage().data_ptr() for one in engine.models.unet.parameters()} <= of_still
    assert [one.data_ptr() for one in engine.models.unet.parameters()] == addresses
    assert np.array_equal(engine.generate(frames, PLAYED), before)
    if not with_lora:
        plain = pipeline(weights / "turbo", weights / "taesd")
        pair = of_turbo(engine, frames, PLAYED), of_diffusers(plain, frames, PLAYED)
        assert float((pair[0] - pair[1]).abs().max()) < 1e-4


def test_frames_are_made_between_its_steps_and_neither_changes_the_other(
    opens: Opens, engine: Turbo
) -> None:
    frames = noise_frames(2, 64, 64)
    before, whole = engine.generate(frames, PLAYED), made(engine)

    class Between(Told):
        def piece(self) -> None:
            super().piece()
            assert np.array_equal(engine.generate(frames, PLAYED), before)

    told = Between()
    assert np.array_equal(made(engine, told), whole)
    assert told.pieces == 4 and told.done == [0, 1, 2, 3]


def test_it_offers_the_shows_model_first_and_those_of_the_folder(
    opens: Opens, weights: Path, tmp_path: Path
) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "forest.safetensors").write_bytes(b"")
    engine = opens(models_dir=str(tmp_path))
    offer = engine.offered()
    assert offer.unguided == ("", "turbo")
    assert offer.models == ("turbo", "v1/forest") and offer.held == () and offer.rank == 2
    made(engine)
    assert engine.offered().held == ("turbo",)
    assert not engine._stills.models.held.bytes  # what the frames have costs nothing more


def test_on_a_gpu_frames_go_before_stills(fresh: Turbo, gpu: Any) -> None:
    """Their streams, and the one that graphs are recorded on."""
    streams = fresh._streams
    assert streams is not None and fresh._stills._stream is not None
    ahead = [one.priority for one in (streams.work, streams._into, streams._out)]
    assert ahead == [-1, -1, -1] and fresh._stills._stream.priority == 0
    assert fresh.graph_cache._recorder._recording.priority == -1


def test_the_parts_that_a_live_picture_has_are_never_taken_from_a_gpu(
    gpu: Any, opens: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With MACHINE_SIZE tiny: those of another model are, which is loaded beside it."""
    from lib.engine.stills import memory_use

    monkeypatch.setattr(memory_use, "on_gpu", lambda _device: True)
    engine = opens(
        machine_size="tiny", compile="off", models_dir=str(make_library(tmp_path, {"v1": "ckpt"}))
    )
    assert engine.offer and engine.offer.memory.endswith("parts of the model in turn")
    before = engine.generate(noise_frames(1, 64, 64), PLAYED)
    made(engine, steps=1)
    made(engine, model="v1/dir", steps=1)
    shows, other = engine._stills.models.held._held.values()
    assert shows.shared and not other.shared
    hooked = [
        {name for name, part in one.components.items() if hasattr(part, "_hf_hook")}
        for one in (shows, other)
    ]
    assert hooked == [set(), {"unet", "vae", "text_encoder"}]
    assert np.array_equal(engine.generate(noise_frames(1, 64, 64), PLAYED), before)
